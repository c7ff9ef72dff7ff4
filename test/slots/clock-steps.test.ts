// The wall clock steps, by any amount and in both directions, while one process works: what it knows
// of its own claims needs no clock, however many stores and servers it has.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage, createMemorySlotStore, createTitofisto } from '../../src/index.ts'
import type { SlotDefinition, SlotStore, Titofisto } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import type { Deferred } from '../support/deferred.ts'
import { secret } from '../support/file-ground.ts'

let root: string
let slotStore: SlotStore
let shiftMs: number
let opened: Titofisto[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-clock-'))
  slotStore = createMemorySlotStore()
  shiftMs = 0
  opened = []
})

afterEach(async () => {
  await Promise.all(opened.map((files) => files.close()))
  await rm(root, { recursive: true, force: true })
})

const steps = [31_000, 600_000, -31_000, -600_000] as const

describe.each(steps)('a step of the clock by %i ms', (stepMs) => {
  it.each([true, false])(
    'starts no handler that runs a second time (idempotent: %s)',
    async (idempotent) => {
      const mayEnd = createDeferred()
      const begun = createDeferred()
      let runs = 0
      const handler = async (): Promise<void> => {
        runs += 1
        begun.resolve()
        await mayEnd.promise
      }
      const files = open({ idempotent, handler })
      const beside = open({ idempotent, handler })
      const { url, id } = await files.slots.mint('note', undefined, { expiresIn: 86_400 })
      const answered = files.fetch(put(url, 'hello'))
      await begun.promise
      shiftMs = stepMs
      await Promise.all([files.slots.sweep(), beside.slots.sweep()])
      expect((await head(files, url)).status).toBe(423)
      expect((await beside.fetch(put(url, 'hello'))).status).toBe(409)
      expect((await files.slots.status(id))?.state).toBe('handling')
      mayEnd.resolve()
      expect((await answered).status).toBe(204)
      expect(runs).toBe(1)
      expect((await files.slots.status(id))?.state).toBe('done')
    },
  )

  it('takes no upload away that comes in', async () => {
    const files = open({ handler: async ({ file }) => Buffer.from(await file.bytes()).toString() })
    const { url, id } = await files.slots.mint('note', undefined, { expiresIn: 86_400 })
    const rest = createDeferred()
    const answered = files.fetch(put(url, inTwoParts('hello ', rest, 'world')))
    await expect.poll(async () => (await files.slots.status(id))?.receivedBytes).toBe(6)
    shiftMs = stepMs
    await files.slots.sweep()
    expect((await files.fetch(put(url, 'another'))).status).toBe(409)
    rest.resolve()
    expect(await (await answered).json()).toBe('hello world')
  })
})

describe('a claim of this process whose end could not be written down', () => {
  it('is over at once: nobody waits for its lease', async () => {
    const flaky: { isDown: boolean } = { isDown: false }
    const files = open(
      { handler: () => {} },
      {
        ...slotStore,
        replace: (record, expected) =>
          flaky.isDown ? Promise.reject(new Error('down')) : slotStore.replace(record, expected),
      },
    )
    const { url, id } = await files.slots.mint('note')
    const rest = createDeferred()
    const answered = files.fetch(put(url, inTwoParts('1', rest, null)))
    await expect.poll(async () => (await files.slots.status(id))?.receivedBytes).toBe(1)
    flaky.isDown = true
    rest.resolve()
    expect((await answered).ok).toBe(false)
    flaky.isDown = false
    expect((await files.slots.status(id))?.state).toBe('receiving')
    expect((await files.fetch(put(url, 'hello'))).status).toBe(204)
  })
})

function open(definition: SlotDefinition, store = slotStore): Titofisto {
  const files = createTitofisto({
    secret,
    storage: createLocalStorage({ root, durable: false }),
    slotStore: store,
    durable: false,
    sweepSeconds: 0,
    now: () => Date.now() + shiftMs,
    log: () => {},
  })
  files.slot('note', definition)
  opened.push(files)
  return files
}

function put(url: string, body: string | ReadableStream<Uint8Array>): Request {
  return new Request(`http://localhost${url}`, { method: 'PUT', body, duplex: 'half' })
}

function head(files: Titofisto, url: string): Promise<Response> {
  const headers = { 'Tus-Resumable': '1.0.0' }
  return files.fetch(new Request(`http://localhost${url}`, { method: 'HEAD', headers }))
}

/** A body that stops in its middle until somebody says so; without a second part it breaks off. */
function inTwoParts(first: string, rest: Deferred, second: string | null) {
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(Buffer.from(first))
      await rest.promise
      if (second === null) return controller.error(new Error('broken off'))
      controller.enqueue(Buffer.from(second))
      controller.close()
    },
  })
}
