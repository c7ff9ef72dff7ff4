// Promise 7, where a handler that does no harm twice runs twice: its first run was taken for dead, and
// ended after all. Whoever hears of a success must find the slot used, and nobody else may use it then.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createLocalStorage,
  createMemorySlotStore,
  createTitofisto,
  SlotRejection,
  TitofistoError,
} from '../../src/index.ts'
import type {
  SlotDefinition,
  SlotId,
  SlotRecord,
  SlotStore,
  Titofisto,
  TitofistoOptions,
} from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import { seenFromElsewhere } from '../support/elsewhere.ts'
import { secret } from '../support/file-ground.ts'

const startMs = 1_800_000_000_000
const leaseMs = 30_000

let root: string
let slotStore: SlotStore
let nowMs: number
/** How often the slow process may still read a slot before its store is away. */
let readsUntilAway: number
/** Taken for dead: its clock stands still, and so does its handler until it is told how to end. */
let slow: Titofisto
let slowEnd: ReturnType<typeof createDeferred<unknown>>
/** The other, and what its handler does. */
let quick: Titofisto
let quickHandler: () => unknown
let url: string
let id: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-first-outcome-'))
  slotStore = createMemorySlotStore()
  nowMs = startMs
  slowEnd = createDeferred<unknown>()
  readsUntilAway = Infinity
  const store = seenFromElsewhere(slotStore)
  const elsewhere = {
    now: () => startMs,
    slotStore: {
      ...store,
      async read(wanted: SlotId) {
        readsUntilAway -= 1
        if (readsUntilAway < 0) throw new TitofistoError('slot-store-unavailable', 'Away.')
        return store.read(wanted)
      },
    },
  }
  slow = open(elsewhere, () => slowEnd.promise)
  quick = open({ now: () => nowMs }, () => quickHandler())
  ;({ url, id } = await slow.slots.mint('note'))
})

afterEach(async () => {
  await Promise.all([slow.close(), quick.close()])
  await rm(root, { recursive: true, force: true })
})

describe('a handler that ends after its upload was handled again elsewhere', () => {
  it('ends the slot where the other run is still at work', async () => {
    const upload = await sendToSlow()
    const quickEnd = createDeferred<unknown>()
    quickHandler = () => quickEnd.promise
    nowMs += leaseMs
    const sweep = quick.slots.sweep()
    await expect.poll(attempts).toBe(2)
    slowEnd.resolve({ by: 'slow' })
    expect(await upload.answer()).toEqual([200, { by: 'slow' }])
    expect(await state()).toBe('done')
    quickEnd.resolve({ by: 'quick' })
    await sweep
    expect(await state()).toBe('done')
    expect((await quick.fetch(put('another'))).status).toBe(404)
  })

  it('ends the slot where the other run has failed', async () => {
    const upload = await sendToSlow()
    await failElsewhere()
    expect(await state()).toBe('open')
    slowEnd.resolve({ by: 'slow' })
    expect(await upload.answer()).toEqual([200, { by: 'slow' }])
    expect(await state()).toBe('done')
    expect((await quick.fetch(put('another'))).status).toBe(404)
  })

  it.each([
    ['', new Error('not now')],
    [' since the storage was away', new TitofistoError('storage-unavailable', 'Away.')],
  ])('ends the slot of a resumable upload where the other run has failed%s', async (_, failure) => {
    const upload = slow.fetch(tusUpload())
    await expect.poll(state).toBe('handling')
    await failElsewhere(failure)
    expect(await state()).toBe('received')
    slowEnd.resolve({ by: 'slow' })
    expect((await upload).ok).toBe(true)
    expect(await state()).toBe('done')
  })

  it('tells a client that can resume by its protocol where another upload is at work', async () => {
    const upload = slow.fetch(tusUpload())
    await expect.poll(state).toBe('handling')
    const other = await startAnotherElsewhere()
    slowEnd.resolve({ by: 'slow' })
    expect((await upload).status).toBe(423)
    expect(await other.end()).toEqual([200, { by: 'other' }])
  })

  it.each([
    ['without its key', {}],
    ['with its key', { 'Idempotency-Key': 'k' }],
  ])(
    'tells a client that had it run again, %s, by its protocol where another upload is at work',
    async (_, ownHeaders) => {
      quickHandler = () => {
        throw new Error('not now')
      }
      const first = await quick.fetch(tusUpload({ 'Idempotency-Key': 'k' }))
      expect(first.status).toBe(500)
      const again = slow.fetch(
        new Request(`http://localhost${url}`, {
          method: 'PATCH',
          headers: { ...tusHeaders, 'Upload-Offset': '5', ...ownHeaders },
        }),
      )
      await expect.poll(state).toBe('handling')
      const other = await startAnotherElsewhere(3)
      slowEnd.resolve({ by: 'slow' })
      expect((await again).status).toBe(423)
      expect(await other.end()).toEqual([200, { by: 'other' }])
    },
  )

  it('says in its own words that it wants another upload, where the slot is open already', async () => {
    const upload = await sendToSlow()
    await failElsewhere()
    slowEnd.reject(new SlotRejection('A clearer photo, please.', { retry: true }))
    expect((await upload.answer())[0]).toBe(422)
    expect(await state()).toBe('open')
  })

  it('gives its own answer where the other run came to the same', async () => {
    const upload = await sendToSlow()
    quickHandler = () => ({ by: 'quick' })
    nowMs += leaseMs
    await quick.slots.sweep()
    await expect.poll(state).toBe('done')
    slowEnd.resolve({ by: 'slow' })
    expect(await upload.answer()).toEqual([200, { by: 'slow' }])
  })

  it('is told that the slot is in use where another upload is at work', async () => {
    const upload = await sendToSlow()
    const other = await startAnotherElsewhere()
    slowEnd.resolve({ by: 'slow' })
    expect((await upload.answer())[0]).toBe(409)
    expect(await other.end()).toEqual([200, { by: 'other' }])
    expect(await state()).toBe('done')
  })

  it.each(['while its bytes come in', 'while it is handled'])(
    'leaves another upload alone, %s, where the engine has forgotten the first',
    async (when) => {
      const minted = await record()
      const upload = await sendToSlow()
      await forgetAllSince(minted)
      const end = createDeferred<unknown>()
      quickHandler = () => end.promise
      const bytes = createDeferred()
      const other = quick.fetch(putAsStream('another', bytes.promise))
      await expect.poll(state).toBe('receiving')
      if (when === 'while it is handled') {
        bytes.resolve()
        await expect.poll(state).toBe('handling')
      }
      slowEnd.resolve({ by: 'slow' })
      expect((await upload.answer())[0]).toBe(409)
      bytes.resolve()
      end.resolve({ by: 'other' })
      expect(await answerTo(other)).toEqual([200, { by: 'other' }])
    },
  )

  it('ends the slot where the engine has forgotten that its bytes are in', async () => {
    const upload = await sendToSlow()
    const { state: handling, ...begun } = await record()
    if (handling.name !== 'handling') throw new Error('Nothing is handled.')
    await forgetAllSince({
      ...begun,
      attempt: 0,
      state: { name: 'receiving', lease: handling.lease },
    })
    slowEnd.resolve({ by: 'slow' })
    expect(await upload.answer()).toEqual([200, { by: 'slow' }])
    expect(await state()).toBe('done')
  })

  it('leaves another upload alone between two of its requests', async () => {
    const minted = await record()
    const upload = await sendToSlow()
    await forgetAllSince(minted)
    quickHandler = () => ({ by: 'other' })
    const headers = { ...tusHeaders, 'Upload-Length': '11' }
    const begin = { method: 'POST', body: 'hello ', headers }
    expect((await quick.fetch(new Request(`http://localhost${url}`, begin))).status).toBe(201)
    slowEnd.resolve({ by: 'slow' })
    expect((await upload.answer())[0]).toBe(409)
    const rest = {
      method: 'PATCH',
      body: 'world',
      headers: { ...tusHeaders, 'Upload-Offset': '6' },
    }
    expect((await quick.fetch(new Request(`http://localhost${url}`, rest))).ok).toBe(true)
    expect(await state()).toBe('done')
  })

  it('hears of no success where another upload has used the slot', async () => {
    const upload = await sendToSlow()
    await failElsewhere()
    quickHandler = () => ({ by: 'other' })
    expect(await answerTo(quick.fetch(put('another')))).toEqual([200, { by: 'other' }])
    slowEnd.resolve({ by: 'slow' })
    expect((await upload.answer())[0]).toBe(404)
  })

  it('gives the recorded answer to the bearer of the key where the other run came to another end', async () => {
    const key = { 'Idempotency-Key': 'k' }
    const upload = slow.fetch(put('hello', key))
    await expect.poll(state).toBe('handling')
    quickHandler = () => ({ by: 'quick' })
    nowMs += leaseMs
    await quick.slots.sweep()
    await expect.poll(state).toBe('done')
    slowEnd.reject(new SlotRejection('No.'))
    expect(await answerTo(upload)).toEqual([200, { by: 'quick' }])
  })

  it('asks for no other upload where the slot is done', async () => {
    const upload = await sendToSlow()
    quickHandler = () => ({ by: 'quick' })
    nowMs += leaseMs
    await quick.slots.sweep()
    await expect.poll(state).toBe('done')
    slowEnd.reject(new SlotRejection('A clearer photo, please.', { retry: true }))
    expect((await upload.answer())[0]).toBe(404)
  })

  it('is remembered for the bearer of the key where the other run had given the bytes up', async () => {
    const key = { 'Idempotency-Key': 'k' }
    const upload = slow.fetch(tusUpload(key))
    await expect.poll(state).toBe('handling')
    quickHandler = () => {
      throw new SlotRejection('Another one.', { retry: true })
    }
    nowMs += leaseMs
    await quick.slots.sweep()
    await expect.poll(state).toBe('open')
    slowEnd.resolve({ by: 'slow' })
    expect((await upload).ok).toBe(true)
    expect((await quick.fetch(tusUpload(key))).ok).toBe(true)
    expect((await quick.fetch(tusUpload())).status).toBe(404)
    // What is no repetition is not answered as one.
    expect((await quick.fetch(tusUpload({ ...key, 'Upload-Length': '999' }))).status).toBe(404)
    const atEnd = { ...tusHeaders, ...key, 'Upload-Offset': '5' }
    const more = { method: 'PATCH', body: 'more', headers: atEnd }
    expect((await quick.fetch(new Request(`http://localhost${url}`, more))).status).toBe(413)
  })

  it('writes nothing down later where the engine goes away once the end was refused', async () => {
    const upload = await sendToSlow()
    await failElsewhere()
    expect(await quick.slots.revoke(id)).toBe(true)
    readsUntilAway = 1
    slowEnd.resolve({ by: 'slow' })
    expect((await upload.answer())[0]).toBe(404)
  })

  it('hears of no success where the slot was revoked', async () => {
    const upload = await sendToSlow()
    await failElsewhere()
    expect(await quick.slots.revoke(id)).toBe(true)
    slowEnd.resolve({ by: 'slow' })
    expect((await upload.answer())[0]).toBe(404)
    expect(await state()).toBe('revoked')
  })
})

/** Sends an upload to the slow process; its handler runs once this has resolved. */
async function sendToSlow(): Promise<{ readonly answer: () => Promise<[number, unknown]> }> {
  const upload = slow.fetch(put('hello'))
  await expect.poll(state).toBe('handling')
  return { answer: () => answerTo(upload) }
}

/** The slow process is taken for dead; the handler runs again, and throws. */
async function failElsewhere(failure = new Error('not now'), runs = 2): Promise<void> {
  quickHandler = () => {
    throw failure
  }
  nowMs += leaseMs
  await quick.slots.sweep()
  await expect.poll(state).not.toBe('handling')
  expect(await attempts()).toBe(runs)
}

/** The engine loses its last moments, as in a failover. */
async function forgetAllSince(before: SlotRecord): Promise<void> {
  const { revision } = await record()
  await slotStore.replace({ ...before, revision: revision + 1 }, revision)
}

/** The handler's other run fails, and another upload is handled until it is told to end. */
async function startAnotherElsewhere(runs = 2) {
  await failElsewhere(undefined, runs)
  const end = createDeferred<unknown>()
  quickHandler = () => end.promise
  const upload = quick.fetch(put('another'))
  await expect.poll(attempts).toBe(runs + 1)
  return {
    end() {
      end.resolve({ by: 'other' })
      return answerTo(upload)
    },
  }
}

function open(options: Partial<TitofistoOptions>, handler: SlotDefinition['handler']): Titofisto {
  const storage = createLocalStorage({ root, durable: false })
  const quiet = { durable: false, sweepSeconds: 0, log: () => {} }
  const files = createTitofisto({ secret, storage, slotStore, ...quiet, ...options })
  files.slot('note', { idempotent: true, handler })
  return files
}

async function record(): Promise<SlotRecord> {
  const found = await slotStore.read(id as SlotId)
  if (found === null) throw new Error('The slot is gone.')
  return found
}

async function state(): Promise<string | undefined> {
  return (await slotStore.read(id as never))?.state.name
}

async function attempts(): Promise<number | undefined> {
  return (await slotStore.read(id as never))?.attempt
}

const tusHeaders = {
  'Tus-Resumable': '1.0.0',
  'Content-Type': 'application/offset+octet-stream',
}

function tusUpload(ownHeaders: Readonly<Record<string, string>> = {}): Request {
  const headers = { ...tusHeaders, 'Upload-Length': '5', ...ownHeaders }
  return new Request(`http://localhost${url}`, { method: 'POST', body: 'hello', headers })
}

function put(body: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(`http://localhost${url}`, { method: 'PUT', body, headers })
}

/** An upload whose last byte comes when it may. */
function putAsStream(body: string, mayEnd: Promise<unknown>): Request {
  const bytes = new TextEncoder().encode(body)
  let isBegun = false
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!isBegun) {
        isBegun = true
        controller.enqueue(bytes.subarray(0, 1))
        return
      }
      await mayEnd
      controller.enqueue(bytes.subarray(1))
      controller.close()
    },
  })
  const init = { method: 'PUT', body: stream, duplex: 'half' as const }
  return new Request(`http://localhost${url}`, init)
}

async function answerTo(upload: Promise<Response>): Promise<[number, unknown]> {
  const response = await upload
  const text = await response.text()
  return [response.status, response.ok ? JSON.parse(text) : null]
}
