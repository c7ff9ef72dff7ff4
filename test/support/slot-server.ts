// A real server for slots: the Node door, a local storage and a store, on a port of its own.

import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeHandler } from '../../src/http/node/node-door.ts'
import type { LogEntry } from '../../src/log.ts'
import { createSlots } from '../../src/slots/slots.ts'
import type { Slots, SlotsSetting } from '../../src/slots/slots.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import type { SlotStore } from '../../src/slots/stores/store.ts'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createToWholeUrl } from '../../src/titofisto-origin.ts'
import { createKeyring } from '../../src/token/keyring.ts'

/** What a test stands on; `close` takes all of it away. */
export interface SlotServer {
  readonly origin: string
  readonly slots: Slots
  readonly storage: Storage
  readonly store: SlotStore
  readonly log: LogEntry[]
  /** Names in the spool: empty where nothing is left behind. */
  spooled(): Promise<string[]>
  close(): Promise<void>
}

/** Starts a server; its slots' URLs begin with its origin. */
export async function startSlotServer(
  setting: Partial<SlotsSetting> & { readonly root?: string } = {},
): Promise<SlotServer> {
  const { root: givenRoot, ...given } = setting
  const root = givenRoot ?? (await mkdtemp(join(tmpdir(), 'titofisto-slot-server-')))
  const storage = createLocalStorage({ root, durable: false })
  storage.makeSpoolFolder?.()
  const store = setting.store ?? createMemorySlotStore()
  const log: LogEntry[] = []
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const origin = `http://127.0.0.1:${port}`
  const slots = createSlots({
    pages: null,
    store,
    storage,
    keyring: createKeyring(['a secret for tests only, 32 bytes and more'], 'slot'),
    requestKeyring: createKeyring(['a secret for tests only, 32 bytes and more'], 'request'),
    urlBase: `${origin}/slots/`,
    toWholeUrl: createToWholeUrl([], (entry) => log.push(entry)),
    timeoutSeconds: 3600,
    durable: false,
    leaseSeconds: 30,
    keepInterruptedSeconds: 604_800,
    now: Date.now,
    log: (entry) => log.push(entry),
    events: { isHeard: () => false, tell: () => {} },
    ...given,
  })
  const handler = createNodeHandler(
    (incoming) => slots.endpoint(incoming, incoming.target.replace(/\?.*$/, '').slice(7)),
    { mountPath: '/' },
    (entry) => log.push(entry),
  )
  server.on('request', (req, res) => void handler(req, res))
  server.on('checkContinue', (req, res) => void handler(req, res))
  return {
    origin,
    slots,
    storage,
    store,
    log,
    spooled: () => readdir(storage.spoolFolder),
    async close() {
      await slots.close()
      server.close()
      server.closeAllConnections()
      if (givenRoot === undefined) await rm(root, { recursive: true, force: true })
    },
  }
}
