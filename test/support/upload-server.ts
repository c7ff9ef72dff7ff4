// A server for uploads through the public API alone: createTitofisto, its slots, and a door.

import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalStorage, createTitofisto } from '../../src/index.ts'
import type { LocalStorage, LogEntry, Titofisto, TitofistoOptions } from '../../src/index.ts'
import { secret } from './file-ground.ts'

/** What answers a server's requests. */
export type Listener = (req: IncomingMessage, res: ServerResponse) => unknown

/** A running server; `close` takes it and its folder away. */
export interface UploadServer {
  readonly origin: string
  readonly files: Titofisto<LocalStorage>
  readonly server: Server
  readonly root: string
  readonly log: readonly LogEntry[]
  /** The bytes of a saved file. */
  saved(name: string): Promise<Buffer>
  /** Names in the spool: empty where nothing is left behind. */
  spooled(): Promise<string[]>
  close(): Promise<void>
}

/** How the server is made. */
export interface UploadServerSetting {
  readonly options?: Partial<TitofistoOptions>
  /** Hangs the files into a door; default: the Node door itself. */
  readonly hang?: (files: Titofisto<LocalStorage>) => Listener
  /** Whether the door decides about `Expect: 100-continue`, instead of Node. Default false. */
  readonly decidesContinue?: boolean
}

/** Starts a server whose slots' URLs begin with its origin. */
export async function startUploadServer(setting: UploadServerSetting = {}): Promise<UploadServer> {
  const root = await mkdtemp(join(tmpdir(), 'titofisto-uploads-'))
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const log: LogEntry[] = []
  const storage = createLocalStorage({ root, durable: false })
  const files = createTitofisto({
    secret,
    storage,
    mediaUrl: `${origin}/media/`,
    durable: false,
    log: (entry) => log.push(entry),
    ...setting.options,
  } as TitofistoOptions & { readonly storage: LocalStorage })
  const listener = (setting.hang ?? ((hung) => hung.handler))(files)
  server.on('request', listener)
  if (setting.decidesContinue === true) server.on('checkContinue', listener)
  return {
    origin,
    files,
    server,
    root,
    log,
    saved: (name) => readFile(join(root, name)),
    spooled: () => readdir(storage.spoolFolder),
    async close() {
      await files.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(root, { recursive: true, force: true })
    },
  }
}
