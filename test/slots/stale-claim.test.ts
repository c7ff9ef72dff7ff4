// A process that sleeps between its look at an upload and its claim: meanwhile another one has the
// upload go on, and what the sleeper knows of it is not true any more. Found by an hour of soak.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage, createMemorySlotStore, createTitofisto } from '../../src/index.ts'
import type { SlotKind, SlotStore, Titofisto } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import type { Deferred } from '../support/deferred.ts'
import { secret } from '../support/file-ground.ts'
import { exchange } from '../support/raw-http.ts'

const startMs = 1_800_000_000_000
const leaseSeconds = 5

let root: string
let slotStore: SlotStore
let nowMs: number

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-stale-'))
  slotStore = createMemorySlotStore()
  nowMs = startMs
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

/** Ways for a piece to say what its bytes must be: then they count only once all have come. */
const proofs: readonly (readonly [string, (bytes: string) => Record<string, string>])[] = [
  ['without a digest', () => ({})],
  ['with an Upload-Checksum', (bytes) => ({ 'upload-checksum': `sha1 ${digest('sha1', bytes)}` })],
  [
    'with a Content-Digest',
    (bytes) => ({ 'content-digest': `sha-256=:${digest('sha256', bytes)}:` }),
  ],
]

describe.each(proofs)('a piece %s whose process sleeps before its claim is written', (_, proof) => {
  it('takes no byte back that another process has acknowledged meanwhile', async () => {
    const { store, asleep, awake } = sleepyStore()
    const sleeper = openFiles(store)
    const other = openFiles(slotStore)
    const { url } = await other.slots.mint('note')
    await send(other, url, 'POST', { 'upload-length': '9' })
    expect((await append(other, url, 0, 'abc')).status).toBe(204)

    const stale = append(sleeper, url, 3, 'def', proof('def'))
    await asleep.promise
    expect((await append(other, url, 3, 'def')).status).toBe(204)
    const proven = spyOnProvenBytes()
    awake.resolve()
    expect((await stale).status).toBe(423)

    expect(proven.filter((bytes) => bytes < 6)).toEqual([])
    const head = await send(other, url, 'HEAD', {})
    expect(head.headers.get('upload-offset')).toBe('6')
    expect((await append(other, url, 6, 'ghi')).status).toBe(204)
    await Promise.all([sleeper.close(), other.close()])
  })
})

describe('an upload in one piece whose process sleeps before its claim is written', () => {
  it('has the slot for as long from then as any, where it still gets it', async () => {
    const { store, asleep, awake } = sleepyStore()
    const sleeper = openFiles(store)
    const other = openFiles(slotStore)
    const { url, id } = await other.slots.mint('note')
    const leases: number[] = []
    const replace = slotStore.replace.bind(slotStore)
    slotStore.replace = (record, expectedRevision) => {
      if (record.state.name === 'receiving') leases.push(record.state.lease.untilMs)
      return replace(record, expectedRevision)
    }
    const upload = send(sleeper, url, 'PUT', {}, new Blob(['hello']).stream())
    await asleep.promise
    // Any change of the record sends the sleeper back to look once more.
    await kindOf(other).extend(id, 60)
    nowMs += 1000 * leaseSeconds + 1
    awake.resolve()
    expect((await upload).status).toBe(204)
    expect(leases.at(-1)).toBe(nowMs + 1000 * leaseSeconds)
    await Promise.all([sleeper.close(), other.close()])
  })
})

describe('an upload that is here at once, and comes second all the same', () => {
  it('is told so, and leaves nothing behind', async () => {
    const { store, asleep, awake } = sleepyStore()
    const sleeper = openFiles(store)
    const other = openFiles(slotStore)
    const server = createServer(sleeper.handler).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { url, id } = await other.slots.mint('note')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const late = exchange(
      socket,
      `PUT ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello`,
      ['PUT'],
    )
    await asleep.promise
    // Received before it is claimed: its bytes are in the spool, and no record says so.
    expect(await spooled()).toHaveLength(1)
    expect((await slotStore.read(id))?.state.name).toBe('open')
    expect((await send(other, url, 'PUT', {}, 'first')).status).toBe(204)
    awake.resolve()
    expect((await late).replies.map(({ status }) => status)).toEqual([404])
    expect(await spooled()).toEqual([])
    socket.destroy()
    server.close()
    await Promise.all([sleeper.close(), other.close()])
  })
})

async function spooled(): Promise<string[]> {
  return readdir(join(root, '.titofisto/spool')).catch(() => [])
}

/** A store that holds the first claim back until it is woken: as late as a process can fall asleep. */
function sleepyStore(): {
  readonly store: SlotStore
  readonly asleep: Deferred
  readonly awake: Deferred
} {
  const asleep = createDeferred()
  const awake = createDeferred()
  const store: SlotStore = {
    ...slotStore,
    async replace(record, expectedRevision) {
      asleep.resolve()
      await awake.promise
      return slotStore.replace(record, expectedRevision)
    },
  }
  return { store, asleep, awake }
}

/** From now on, how many bytes each change that was made says are proven, where it says so. */
function spyOnProvenBytes(): number[] {
  const proven: number[] = []
  const replace = slotStore.replace.bind(slotStore)
  slotStore.replace = async (record, expectedRevision) => {
    const isMade = await replace(record, expectedRevision)
    if (isMade) proven.push(record.tus?.provenBytes ?? Infinity)
    return isMade
  }
  return proven
}

function send(
  files: Titofisto,
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string | ReadableStream<Uint8Array> | null = null,
): Promise<Response> {
  const isTus = method !== 'PUT'
  const all = { ...headers, ...(isTus && { 'tus-resumable': '1.0.0' }) }
  return files.fetch(
    new Request(`http://localhost${url}`, { method, headers: all, body, duplex: 'half' }),
  )
}

function append(
  files: Titofisto,
  url: string,
  offsetBytes: number,
  bytes: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const type = { 'content-type': 'application/offset+octet-stream' }
  const all = { ...type, 'upload-offset': String(offsetBytes), ...headers }
  return send(files, url, 'PATCH', all, bytes)
}

function digest(algorithm: string, bytes: string): string {
  return createHash(algorithm).update(bytes).digest('base64')
}

const kinds = new Map<Titofisto, SlotKind>()

function kindOf(files: Titofisto): SlotKind {
  const kind = kinds.get(files)
  if (kind === undefined) throw new Error('it was opened here')
  return kind
}

function openFiles(store: SlotStore): Titofisto {
  const storage = createLocalStorage({ root, durable: false })
  const quiet = { durable: false, sweepSeconds: 0, log: () => {} }
  const options = { secret, storage, slotStore: store, leaseSeconds, now: () => nowMs }
  const files = createTitofisto({ ...options, ...quiet })
  kinds.set(files, files.slot('note', { handler: () => {} }))
  return files
}
