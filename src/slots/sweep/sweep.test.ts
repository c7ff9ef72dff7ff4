import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDeferred } from '../../../test/support/deferred.ts'
import { newSlotId } from '../../../test/support/slot-records.ts'
import { startSlotServer } from '../../../test/support/slot-server.ts'
import type { SlotServer } from '../../../test/support/slot-server.ts'
import { claimSlot, markReceived } from '../record/claim-moves.ts'
import { handleUpload } from '../record/handler-moves.ts'
import type { Move } from '../record/lifecycle.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'
import { restAfter } from './sweep-timer.ts'

const startMs = 1_000_000_000
const leaseMs = 30_000
let nowMs: number
let server: SlotServer

beforeEach(async () => {
  nowMs = startMs
  server = await startSlotServer({ now: () => nowMs })
})

afterEach(async () => {
  await server.close()
})

describe('the sweep', () => {
  it('lets slots expire in time, and forgets them once nobody asks any more', async () => {
    const kind = server.slots.define('file', { expiresIn: 60, handler: () => {} })
    const { id } = await kind.create()
    nowMs = startMs + 59_999
    expect(await server.slots.sweep()).toMatchObject({ checkedSlots: 1, movedSlots: 0 })
    nowMs = startMs + 60_000
    expect(await server.slots.sweep()).toMatchObject({ movedSlots: 1, removedSlots: 0 })
    expect(await kind.status(id)).toMatchObject({ state: 'expired' })
    nowMs += 600_000
    expect(await server.slots.sweep()).toMatchObject({ removedSlots: 1 })
    expect(await kind.status(id)).toBeNull()
  })

  it('removes what a save has left that died with its process, after a day', async () => {
    const folder = join(server.storage.spoolFolder, '..', 'tmp')
    await mkdir(folder, { recursive: true })
    const aDayAgo = new Date(Date.now() - 25 * 3_600_000)
    await writeFile(join(folder, 'old'), 'half of a file')
    await writeFile(join(folder, 'new'), 'half of a file')
    await utimes(join(folder, 'old'), aDayAgo, aDayAgo)
    expect(await server.slots.sweep()).toMatchObject({ removedFiles: 1 })
    expect(await readdir(folder)).toEqual(['new'])
  })

  it('gives a slot back whose upload broke off with its process', async () => {
    const kind = server.slots.define('file', { handler: () => {} })
    const { id } = await kind.create()
    await claim(id)
    nowMs += leaseMs - 1
    expect(await server.slots.sweep()).toMatchObject({ movedSlots: 0 })
    nowMs += 1
    expect(await server.slots.sweep()).toMatchObject({ movedSlots: 1 })
    expect(await kind.status(id)).toMatchObject({ state: 'open' })
  })

  it('runs the handler of an upload that nobody has handled, once', async () => {
    const seen: unknown[] = []
    const kind = server.slots.define('file', {
      async handler({ file, request, slot }) {
        seen.push([Buffer.from(await file.bytes()).toString(), request, slot.attempt])
      },
    })
    const { id } = await kind.create()
    const record = await claim(id)
    await change(record, markReceived(record, leaseNow(), await spool(id, 'whole')))
    expect(await server.slots.sweep()).toMatchObject({ handledSlots: 0 })
    nowMs += leaseMs
    const reports = await Promise.all([server.slots.sweep(), server.slots.sweep()])
    expect(reports.map((report) => report.handledSlots)).toEqual(expect.arrayContaining([0, 1]))
    expect(seen).toEqual([['whole', null, 1]])
    expect(await kind.status(id)).toMatchObject({ state: 'done' })
    expect(await server.spooled()).toEqual([])
  })

  it('leaves the handler of a kind that it does not know alone', async () => {
    server.slots.define('file', { handler: () => {} })
    const { id } = await server.slots.mint('file')
    const record = await claim(id)
    await change(record, handleUpload(record, leaseNow(), await spool(id, 'whole')))
    const other = await startSlotServer({ now: () => nowMs, store: server.store })
    nowMs += leaseMs
    expect(await other.slots.sweep()).toMatchObject({ movedSlots: 0, handledSlots: 0 })
    await other.close()
    expect(await server.slots.sweep()).toMatchObject({ movedSlots: 1 })
    expect(await server.slots.status(id)).toMatchObject({ state: 'interrupted' })
    expect(server.log).toContainEqual(
      expect.objectContaining({ level: 'warn', event: 'slot-interrupted', slotId: id }),
    )
  })

  it('gives up an idempotent handler whose process died five times', async () => {
    const kind = server.slots.define('file', { idempotent: true, handler: () => {} })
    const { id } = await kind.create()
    const record = await claim(id)
    const upload = await spool(id, 'whole')
    const handling = await change(record, handleUpload(record, leaseNow(), upload))
    const fifth = { ...handling, attempt: 5, revision: handling.revision + 1 }
    expect(await server.store.replace(fifth, handling.revision)).toBe(true)
    nowMs += leaseMs
    await server.slots.sweep()
    expect(await kind.status(id)).toMatchObject({ state: 'interrupted', attempt: 5 })
    expect(await server.spooled()).toHaveLength(1)
    nowMs += 604_800_000
    await server.slots.sweep()
    expect(await kind.status(id)).toMatchObject({ state: 'expired' })
    expect(await server.spooled()).toEqual([])
  })

  it('goes on while a handler that it has started runs for long', async () => {
    const started = createDeferred()
    const released = createDeferred()
    const kind = server.slots.define('file', {
      handler() {
        started.resolve()
        return released.promise
      },
    })
    const { id } = await kind.create()
    const record = await claim(id)
    await change(record, markReceived(record, leaseNow(), await spool(id, 'whole')))
    nowMs += leaseMs
    const leftover = `${newSlotId()}.holder-0`
    const swept = server.slots.sweep()
    await started.promise
    // The spool is swept beside it, and so is everything by the sweeps to come.
    await spoolFile(leftover, 25 * 3_600_000)
    expect(await server.slots.sweep()).toMatchObject({ checkedSlots: 1, removedFiles: 1 })
    released.resolve()
    expect(await swept).toMatchObject({ handledSlots: 1 })
    expect(await kind.status(id)).toMatchObject({ state: 'done' })
  })

  it('runs at most four handlers at once, and in the end all of them', async () => {
    let running = 0
    let most = 0
    const kind = server.slots.define('file', {
      async handler() {
        most = Math.max(most, ++running)
        await new Promise(setImmediate)
        running -= 1
      },
    })
    for (let count = 0; count < 10; count++) {
      const { id } = await kind.create()
      const record = await claim(id)
      await change(record, markReceived(record, leaseNow(), await spool(id, 'whole')))
    }
    nowMs += leaseMs
    expect(await server.slots.sweep()).toMatchObject({ handledSlots: 10 })
    expect(most).toBe(4)
  })

  it('is waited for when the slots are closed, with the handlers it has started', async () => {
    const started = createDeferred()
    const released = createDeferred()
    const kind = server.slots.define('file', {
      handler() {
        started.resolve()
        return released.promise
      },
    })
    const { id } = await kind.create()
    const record = await claim(id)
    await change(record, markReceived(record, leaseNow(), await spool(id, 'whole')))
    nowMs += leaseMs
    server.slots.startSweeping(60)
    await started.promise
    const closed = server.slots.close()
    released.resolve()
    await closed
    expect(await server.slots.status(id)).toMatchObject({ state: 'done' })
  })

  it('sweeps the rest of the spool where one slot can not be read', async () => {
    const [unreadable, other] = [newSlotId(), newSlotId()]
    const { store } = server
    const broken = {
      ...store,
      read: (id: SlotId) =>
        id === unreadable ? Promise.reject(new Error('unreadable')) : store.read(id),
    }
    const beside = await startSlotServer({ now: () => nowMs, store: broken })
    for (const id of [unreadable, other]) {
      const path = join(beside.storage.spoolFolder, `${id}.holder-0`)
      await writeFile(path, 'left')
      await age(path, 25 * 3_600_000)
    }
    expect(await beside.slots.sweep()).toMatchObject({ removedFiles: 1 })
    expect(await beside.spooled()).toEqual([`${unreadable}.holder-0`])
    await beside.close()
  })

  it('removes spooled files only where they are old and no slot needs them', async () => {
    const kind = server.slots.define('file', { handler: () => {} })
    const { id } = await kind.create()
    const needed = await claim(id)
    const upload = await spool(id, 'needed')
    await change(needed, handleUpload(needed, leaseNow(), upload))
    const stranger = newSlotId()
    await spoolFile(`${id}.dead-holder-0`, 2 * leaseMs)
    await spoolFile(`${id}.young-0`, 0)
    await spoolFile(`${stranger}.holder-0`, 23 * 3_600_000)
    await spoolFile(`${newSlotId()}.holder-0`, 25 * 3_600_000)
    await spoolFile('not-a-slot', 25 * 3_600_000)
    await age(upload.files[0]?.path ?? '', 25 * 3_600_000)
    expect(await server.slots.sweep()).toMatchObject({ removedFiles: 2 })
    const kept = [`${id}.dead-process-0`, `${id}.young-0`, `${stranger}.holder-0`, 'not-a-slot']
    expect((await server.spooled()).toSorted()).toEqual(kept.toSorted())
  })
})

describe('the sweep of a spool whose slots are in an engine', () => {
  it("gives another server's file the time that its store may take to name it", async () => {
    const far = await startSlotServer({ store: { ...server.store, isFar: true } })
    far.slots.define('file', { handler: () => {} })
    const { id } = await far.slots.mint('file')
    const path = join(far.storage.spoolFolder, `${id}.elsewhere-0`)
    await writeFile(path, 'whole')
    const longestChangeMs = 600_000
    await age(path, 2 * leaseMs + longestChangeMs - 60_000)
    expect(await far.slots.sweep()).toMatchObject({ removedFiles: 0 })
    await age(path, 2 * leaseMs + longestChangeMs)
    expect(await far.slots.sweep()).toMatchObject({ removedFiles: 1 })
    await far.close()
  })
})

describe('the rest between two sweeps', () => {
  it('is what was asked for, however long a sweep was held up', () => {
    expect(restAfter(0, 60_000)).toBe(60_000)
    expect(restAfter(60_000, 60_000)).toBe(60_000)
  })

  it('is longer with very many slots, and at most ten times as long', () => {
    expect(restAfter(100_000, 60_000)).toBe(100_000)
    expect(restAfter(10_000_000, 60_000)).toBe(600_000)
  })
})

async function claim(id: string): Promise<SlotRecord> {
  const { records } = await server.store.list()
  const record = records.find((each) => each.id === id)
  if (record === undefined) throw new Error('the slot was minted')
  const wanted = { lease: leaseNow(), idempotencyDigest: null, partial: null }
  return change(record, claimSlot(record, wanted, { nowMs, lifeOf: () => 'unknown' }))
}

async function change(record: SlotRecord, move: Move): Promise<SlotRecord> {
  if (!move.moved) throw new Error(`refused: ${move.refusal}`)
  expect(await server.store.replace(move.record, record.revision)).toBe(true)
  return move.record
}

function leaseNow(): { holder: string; untilMs: number } {
  return { holder: 'dead-process', untilMs: nowMs + leaseMs }
}

async function spool(id: string, text: string): Promise<Parameters<typeof markReceived>[2]> {
  const path = join(server.storage.spoolFolder, `${id}.dead-process-0`)
  await writeFile(path, text)
  const facts = { fieldName: null, originalName: null, name: 'file', sniffedType: null, path }
  return { files: [{ ...facts, type: 'text/plain', sizeBytes: text.length }], fields: [] }
}

async function spoolFile(name: string, ageMs: number): Promise<void> {
  const path = join(server.storage.spoolFolder, name)
  await writeFile(path, 'left')
  await age(path, ageMs)
}

async function age(path: string, ageMs: number): Promise<void> {
  const time = new Date(Date.now() - ageMs)
  await utimes(path, time, time)
}
