// Starts upload-server-child.mjs, asks it things, and ends it calmly or not.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SlotOverrides, SlotStatus, SlotTicket } from '../../src/index.ts'

/** A folder with a root in it, that servers share and outlive. */
export interface SharedGround {
  readonly root: string
  /** Lines of what handlers wrote: `runs.log` has one for each run, `seen.log` JSON of each file. */
  lines(file: 'runs.log' | 'seen.log' | 'log'): Promise<readonly string[]>
  remove(): Promise<void>
}

/** Makes the folder. */
export async function createSharedGround(): Promise<SharedGround> {
  const folder = await mkdtemp(join(tmpdir(), 'titofisto-shared-'))
  const root = join(folder, 'root')
  await mkdir(root)
  return {
    root,
    async lines(file) {
      const text = await readFile(join(folder, file), 'utf8').catch(() => '')
      return text.split('\n').filter((line) => line !== '')
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A server in its own process. */
export interface ServerProcess {
  readonly port: number
  readonly origin: string
  mint(kind: string, overrides?: SlotOverrides): Promise<SlotTicket>
  status(id: string): Promise<SlotStatus | null>
  revoke(id: string): Promise<boolean>
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts one; `port` 0 takes any. Tickets' URLs are made whole. */
export async function startServerProcess(
  sourceFolder: string,
  { root }: SharedGround,
  port = 0,
): Promise<ServerProcess> {
  const script = fileURLToPath(new URL('upload-server-child.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, sourceFolder, root], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const line = once(createInterface({ input: child.stdout }), 'line')
  const first: unknown[] | 'exited' = await Promise.race([
    line,
    exited.then(() => 'exited' as const),
  ])
  if (first === 'exited') throw new Error('The server ended before it listened.')
  const itsPort = Number(first[0])
  const origin = `http://127.0.0.1:${itsPort}`

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return (await fetch(origin + path, { method, ...sent })).json()
  }

  return {
    port: itsPort,
    origin,
    async mint(kind, overrides = {}) {
      const ticket = (await ask('POST', `/mint/${kind}`, overrides)) as SlotTicket
      return { ...ticket, url: origin + ticket.url }
    },
    status: async (id) => (await ask('GET', `/status/${id}`)) as SlotStatus | null,
    revoke: async (id) => (await ask('POST', `/revoke/${id}`)) as boolean,
    stop: () => end(child, 'SIGTERM', exited),
    kill: () => end(child, 'SIGKILL', exited),
  }
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals,
  exited: Promise<unknown>,
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
  await exited
}
