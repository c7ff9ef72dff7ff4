// How long a slot waits for a process that has died with it, where that can't be seen: `leaseSeconds`.
// The dead one is a process on another machine whose clock stands still: it renews nothing.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage, createMemorySlotStore, createTitofisto } from '../../src/index.ts'
import type { SlotDefinition, SlotStore, Titofisto, TitofistoOptions } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import { seenFromElsewhere } from '../support/elsewhere.ts'
import { secret } from '../support/file-ground.ts'

const startMs = 1_800_000_000_000

let root: string
let slotStore: SlotStore
let nowMs: number

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-lease-'))
  slotStore = createMemorySlotStore()
  nowMs = startMs
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

const lengths = [
  [undefined, 30],
  [5, 5],
  [1, 1],
] as const

describe.each(lengths)(
  'with leaseSeconds %s, a slot whose process died',
  (leaseSeconds, seconds) => {
    const options = { ...(leaseSeconds !== undefined && { leaseSeconds }) }

    it(`in mid-upload is free after ${seconds} s, and no sooner`, async () => {
      const dead = openElsewhere({ ...options, now: () => startMs }, () => {})
      const alive = openFiles({ ...options, now: () => nowMs }, () => {})
      const { url, id } = await dead.slots.mint('note')
      const stuck = createDeferred()
      const upload = dead.fetch(put(url, bodyThatStopsUntil(stuck.promise)))
      await expect.poll(() => stateOf(alive, id)).toBe('receiving')

      nowMs = startMs + 1000 * seconds - 1
      expect((await alive.fetch(put(url, 'hello'))).status).toBe(409)
      nowMs += 1
      expect((await alive.fetch(put(url, 'hello'))).status).toBe(204)

      stuck.resolve()
      expect((await upload).ok).toBe(false)
      await Promise.all([dead.close(), alive.close()])
    })

    it(`while its handler ran is interrupted after ${seconds} s, and no sooner`, async () => {
      const stuck = createDeferred()
      const dead = openElsewhere({ ...options, now: () => startMs }, () => stuck.promise)
      const alive = openFiles({ ...options, now: () => nowMs }, () => {})
      const { url, id } = await dead.slots.mint('note')
      const upload = dead.fetch(put(url, 'hello'))
      await expect.poll(() => stateOf(alive, id)).toBe('handling')

      nowMs = startMs + 1000 * seconds - 1
      await alive.slots.sweep()
      expect(await stateOf(alive, id)).toBe('handling')
      nowMs += 1
      await alive.slots.sweep()
      expect(await stateOf(alive, id)).toBe('interrupted')

      stuck.resolve()
      await upload
      await Promise.all([dead.close(), alive.close()])
    })
  },
)

/** A process on another machine: what its claims are called says nothing here. */
function openElsewhere(
  options: Partial<TitofistoOptions>,
  handler: SlotDefinition['handler'],
): Titofisto {
  return openFiles({ ...options, slotStore: seenFromElsewhere(slotStore) }, handler)
}

/** A process that shares folder and slots with the others. */
function openFiles(
  options: Partial<TitofistoOptions>,
  handler: SlotDefinition['handler'],
): Titofisto {
  const storage = createLocalStorage({ root, durable: false })
  const quiet = { durable: false, sweepSeconds: 0, log: () => {} }
  const files = createTitofisto({ secret, storage, slotStore, ...quiet, ...options })
  files.slot('note', { handler })
  return files
}

async function stateOf(files: Titofisto, id: string): Promise<string | undefined> {
  return (await files.slots.status(id))?.state
}

function put(url: string, body: string | ReadableStream<Uint8Array>): Request {
  return new Request(`http://localhost${url}`, { method: 'PUT', body, duplex: 'half' })
}

/** A first byte, and then nothing until somebody says so. */
function bodyThatStopsUntil(end: Promise<void>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(Uint8Array.of(1))
      await end
      controller.close()
    },
  })
}
