// A network of two: this machine, and a namespace that an engine is started in, with a cable between
// them. What goes one way, or both, is lost on it when it is told to; the cable is pulled; all without a
// word to either side, as real networks do. Takes root and iproute2.

import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { findProgram } from '../../../tools/system-packages.mjs'

/** What is lost on the way. */
export type Cut = 'what is asked' | 'what is answered' | 'both'

/** A network with one place for an engine. */
export interface Network {
  /** Where an engine listens, and what starts it there. */
  readonly host: string
  readonly under: readonly string[]
  /** Loses what goes one way, or both, until `heal`; connections stay as they are. */
  cut(what: Cut): void
  /** Takes the cable's end away: this side learns at once that there is no way. */
  pull(): void
  heal(): void
  close(): void
}

/** Why there can be none here; `null` where there can. */
export function whyNoNetwork(): string | null {
  if (process.getuid?.() !== 0) return 'only root may make a network'
  if (findProgram('ip') === null) return 'iproute2 is not installed'
  try {
    openNetwork().close()
    return null
  } catch (error) {
    return `no network can be made: ${error instanceof Error ? error.message.split('\n')[1] : ''}`
  }
}

// Nobody has this address: what is sent to it reaches no one.
const nowhere = '02:00:00:00:00:01'

/** Makes one. @throws where that can't be done. */
export function openNetwork(): Network {
  const name = `titofisto-${randomInt(1e9)}`
  // At most 15 characters, for the kernel.
  const [here, there] = [`tf${randomInt(1e9)}a`, `tf${randomInt(1e9)}b`]
  // Of the addresses that RFC 5737 sets aside, four that no other such network is likely to have.
  const base = 4 * randomInt(64)
  const [ours, host] = [`198.51.100.${base + 1}`, `198.51.100.${base + 2}`]

  const inside = ['-n', name]
  /** Sends what is meant for the other side to nobody. */
  function mislead(side: readonly string[], to: string, by: string): void {
    ip(...side, 'neigh', 'replace', to, 'lladdr', nowhere, 'nud', 'permanent', 'dev', by)
  }
  function forget(side: readonly string[], to: string, by: string): void {
    try {
      ip(...side, 'neigh', 'del', to, 'dev', by)
    } catch {
      // It was not misled.
    }
  }

  ip('netns', 'add', name)
  try {
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name)
    ip('addr', 'add', `${ours}/30`, 'dev', here)
    ip(...inside, 'addr', 'add', `${host}/30`, 'dev', there)
    ip('link', 'set', here, 'up')
    for (const each of ['lo', there]) ip(...inside, 'link', 'set', each, 'up')
  } catch (error) {
    ip('netns', 'del', name)
    throw error
  }
  function close(): void {
    process.off('exit', close)
    // The cable goes with its end, once nobody is there any more.
    ip('netns', 'del', name)
  }
  process.once('exit', close)
  return {
    host,
    under: ['nsenter', `--net=/run/netns/${name}`, '--'],
    cut(what) {
      if (what !== 'what is answered') mislead([], host, here)
      if (what !== 'what is asked') mislead(inside, ours, there)
    },
    pull: () => ip('link', 'set', here, 'down'),
    heal() {
      ip('link', 'set', here, 'up')
      forget([], host, here)
      forget(inside, ours, there)
    },
    close,
  }
}

function ip(...args: readonly string[]): void {
  execFileSync(findProgram('ip') ?? 'ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
