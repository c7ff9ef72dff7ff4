import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDeferred } from '../../../test/support/deferred.ts'
import { newSlotId } from '../../../test/support/slot-records.ts'
import {
  changeRecord,
  claimAsDead,
  deadLease,
  leaveInSpool,
  spoolAsDead,
} from '../../../test/support/dead-process.ts'
import { startSlotServer } from '../../../test/support/slot-server.ts'
import type { SlotServer } from '../../../test/support/slot-server.ts'
import { markReceived } from '../record/claim-moves.ts'
import { handleUpload } from '../record/handler-moves.ts'

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
    await claimAsDead(server, id, nowMs)
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
    const record = await claimAsDead(server, id, nowMs)
    await changeRecord(
      server,
      record,
      markReceived(record, deadLease(nowMs), await spoolAsDead(server, id, 'whole')),
    )
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
    const record = await claimAsDead(server, id, nowMs)
    await changeRecord(
      server,
      record,
      handleUpload(record, deadLease(nowMs), await spoolAsDead(server, id, 'whole')),
    )
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
    const record = await claimAsDead(server, id, nowMs)
    const upload = await spoolAsDead(server, id, 'whole')
    const handling = await changeRecord(
      server,
      record,
      handleUpload(record, deadLease(nowMs), upload),
    )
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
    const record = await claimAsDead(server, id, nowMs)
    await changeRecord(
      server,
      record,
      markReceived(record, deadLease(nowMs), await spoolAsDead(server, id, 'whole')),
    )
    nowMs += leaseMs
    const leftover = `${newSlotId()}.holder-0`
    const swept = server.slots.sweep()
    await started.promise
    // The spool is swept beside it, and so is everything by the sweeps to come.
    await leaveInSpool(server, leftover, 25 * 3_600_000)
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
      const record = await claimAsDead(server, id, nowMs)
      await changeRecord(
        server,
        record,
        markReceived(record, deadLease(nowMs), await spoolAsDead(server, id, 'whole')),
      )
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
    const record = await claimAsDead(server, id, nowMs)
    await changeRecord(
      server,
      record,
      markReceived(record, deadLease(nowMs), await spoolAsDead(server, id, 'whole')),
    )
    nowMs += leaseMs
    server.slots.startSweeping(60)
    await started.promise
    const closed = server.slots.close()
    released.resolve()
    await closed
    expect(await server.slots.status(id)).toMatchObject({ state: 'done' })
  })
})
