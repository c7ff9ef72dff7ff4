// Starts upload-server-child.mjs, asks it things, and ends it calmly or not.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
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
  /** The size of the largest file in the spool. */
  spooledBytes(): Promise<number>
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
    async spooledBytes() {
      const spool = join(root, '.titofisto/spool')
      const names = await readdir(spool).catch(() => [])
      // One may go while we look.
      const facts = names.map((name) => stat(join(spool, name)).catch(() => null))
      return Math.max(0, ...(await Promise.all(facts)).map((each) => each?.size ?? 0))
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A server of slots in its own process. */
export interface ServerProcess extends SpawnedServer {
  mint(kind: string, overrides?: SlotOverrides): Promise<SlotTicket>
  status(id: string): Promise<SlotStatus | null>
  revoke(id: string): Promise<boolean>
}

/**
 * Starts one; `port` 0 takes any. Tickets' URLs are made whole. `env` may name an engine that keeps
 * the slots: upload-server-child.mjs says how.
 */
export async function startServerProcess(
  sourceFolder: string,
  { root }: SharedGround,
  port = 0,
  { env = {}, under = [] }: SpawnSetting = {},
): Promise<ServerProcess> {
  const args = [sourceFolder, root]
  const child = await spawnServer('upload-server-child.mjs', args, port, { env, under })
  const { origin } = child

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return (await fetch(origin + path, { method, ...sent })).json()
  }

  return {
    ...child,
    async mint(kind, overrides = {}) {
      const ticket = (await ask('POST', `/mint/${kind}`, overrides)) as SlotTicket
      return { ...ticket, url: origin + ticket.url }
    },
    status: async (id) => (await ask('GET', `/status/${id}`)) as SlotStatus | null,
    revoke: async (id) => (await ask('POST', `/revoke/${id}`)) as boolean,
  }
}

/** How a server's process is started. */
export interface SpawnSetting {
  readonly env?: Readonly<Record<string, string>>
  /** A command that starts it in its turn, such as `unshare`. */
  readonly under?: readonly string[]
}

/** A server's process, whatever it serves. */
export interface SpawnedServer {
  readonly pid: number
  readonly port: number
  readonly origin: string
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

/** Starts a script of this folder that serves at PORT and prints its port once it listens. */
export async function spawnServer(
  script: string,
  args: readonly string[],
  port = 0,
  { env = {}, under = [] }: SpawnSetting = {},
): Promise<SpawnedServer> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const [program = '', ...rest] = [...under, process.execPath, file, ...args]
  const child = spawn(program, rest, {
    env: { ...process.env, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const line = once(createInterface({ input: child.stdout }), 'line')
  const first: unknown = (await Promise.race([line, exited.then(() => [])]))[0]
  if (typeof first !== 'string') throw new Error('The server ended before it listened.')

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }

  return {
    pid: child.pid ?? 0,
    port: Number(first),
    origin: `http://127.0.0.1:${first}`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}
