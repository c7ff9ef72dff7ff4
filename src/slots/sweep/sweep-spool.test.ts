import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  changeRecord,
  claimAsDead,
  deadLease,
  leaveInSpool,
  makeOld,
  spoolAsDead,
} from '../../../test/support/dead-process.ts'
import { newSlotId } from '../../../test/support/slot-records.ts'
import { startSlotServer } from '../../../test/support/slot-server.ts'
import type { SlotServer } from '../../../test/support/slot-server.ts'
import { TitofistoError } from '../../errors.ts'
import { formatHolder } from '../../holders/holder.ts'
import { markLiving } from '../../holders/living-claims.ts'
import { handleUpload } from '../record/handler-moves.ts'
import type { SlotId } from '../record/slot.ts'

const nowMs = 1_000_000_000
const leaseMs = 30_000
let server: SlotServer

beforeEach(async () => {
  server = await startSlotServer({ now: () => nowMs })
})

afterEach(async () => {
  await server.close()
})

describe('the sweep of a spool', () => {
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
      await makeOld(path, 25 * 3_600_000)
    }
    expect(await beside.slots.sweep()).toMatchObject({ removedFiles: 1 })
    expect(await beside.spooled()).toEqual([`${unreadable}.holder-0`])
    await beside.close()
  })

  it('removes spooled files only where they are old and no slot needs them', async () => {
    const kind = server.slots.define('file', { handler: () => {} })
    const { id } = await kind.create()
    const needed = await claimAsDead(server, id, nowMs)
    const upload = await spoolAsDead(server, id, 'needed')
    await changeRecord(server, needed, handleUpload(needed, deadLease(nowMs), upload))
    const stranger = newSlotId()
    await leaveInSpool(server, `${id}.dead-holder-0`, 2 * leaseMs)
    await leaveInSpool(server, `${id}.young-0`, 0)
    await leaveInSpool(server, `${stranger}.holder-0`, 23 * 3_600_000)
    await leaveInSpool(server, `${newSlotId()}.holder-0`, 25 * 3_600_000)
    await leaveInSpool(server, 'not-a-slot', 25 * 3_600_000)
    await makeOld(upload.files[0]?.path ?? '', 25 * 3_600_000)
    expect(await server.slots.sweep()).toMatchObject({ removedFiles: 2 })
    const kept = [`${id}.dead-process-0`, `${id}.young-0`, `${stranger}.holder-0`, 'not-a-slot']
    expect((await server.spooled()).toSorted()).toEqual(kept.toSorted())
  })
})

describe('the sweep of a spool whose slots are in an engine', () => {
  it('says once that the engine is away, and how many files it could not be asked about', async () => {
    const far = await startSlotServer({
      store: { ...server.store, isFar: true, read: () => Promise.reject(away()) },
    })
    for (let count = 0; count < 3; count++) await leaveStranger(far)
    expect(await far.slots.sweep()).toMatchObject({ removedFiles: 0 })
    expect(far.log.map(({ message }) => message)).toEqual([
      'An uploaded file could not be swept.',
      expect.stringMatching(/^2 more slots and files could not be swept/),
    ])
    expect(await far.spooled()).toHaveLength(3)
    await far.close()
  })

  it('asks no more of an engine that is away again and again: who stops waits for the sweep', async () => {
    let calls = 0
    const refuse = () => {
      calls += 1
      return Promise.reject(away())
    }
    const store = { ...server.store, isFar: true, read: refuse, replace: refuse }
    const far = await startSlotServer({ now: () => nowMs, store })
    const early = await startSlotServer({ now: () => nowMs - 10_000_000, store: server.store })
    early.slots.define('file', { handler: () => {} })
    for (let count = 0; count < 60; count++) {
      await early.slots.mint('file')
      await leaveStranger(far)
    }
    await far.slots.sweep()
    expect(calls).toBeGreaterThan(16)
    expect(calls).toBeLessThanOrEqual(2 * 16 * 2)
    expect(far.log.filter(({ event }) => event === 'sweep-failed')).toHaveLength(2)
    await Promise.all([far.close(), early.close()])
  })

  it('still sweeps the spool of an engine that takes no change at all', async () => {
    const replace = () => Promise.reject(away())
    const store = { ...server.store, isFar: true, replace }
    const far = await startSlotServer({ now: () => nowMs, store })
    const early = await startSlotServer({ now: () => nowMs - 10_000_000, store: server.store })
    early.slots.define('file', { handler: () => {} })
    for (let count = 0; count < 30; count++) await early.slots.mint('file')
    for (let count = 0; count < 3; count++) await leaveStranger(far)
    expect(await far.slots.sweep()).toMatchObject({ movedSlots: 0, removedFiles: 3 })
    await Promise.all([far.close(), early.close()])
  })

  it('goes on with other slots and files where the engine takes no change of some', async () => {
    const refused = new Set<SlotId>()
    const far = await startSlotServer({
      now: () => nowMs,
      store: {
        ...server.store,
        isFar: true,
        replace: (record, revision) =>
          refused.has(record.id) ? Promise.reject(away()) : server.store.replace(record, revision),
      },
    })
    const early = await startSlotServer({ now: () => nowMs - 10_000_000, store: server.store })
    early.slots.define('file', { handler: () => {} })
    for (let count = 0; count < 6; count++) {
      const { id } = await early.slots.mint('file')
      if (count % 2 === 0) refused.add(id)
    }
    await leaveStranger(far)
    expect(await far.slots.sweep()).toMatchObject({ movedSlots: 3, removedFiles: 1 })
    expect(far.log.filter(({ event }) => event === 'sweep-failed')).toHaveLength(2)
    await Promise.all([far.close(), early.close()])
  })

  it("gives another server's file the time that its store may take to name it", async () => {
    const far = await startSlotServer({ store: { ...server.store, isFar: true } })
    far.slots.define('file', { handler: () => {} })
    const { id } = await far.slots.mint('file')
    const path = join(far.storage.spoolFolder, `${id}.elsewhere-0`)
    await writeFile(path, 'whole')
    const longestChangeMs = 600_000
    await makeOld(path, 2 * leaseMs + longestChangeMs - 60_000)
    expect(await far.slots.sweep()).toMatchObject({ removedFiles: 0 })
    await makeOld(path, 2 * leaseMs + longestChangeMs)
    expect(await far.slots.sweep()).toMatchObject({ removedFiles: 1 })
    await far.close()
  })

  it.each(['-0', '.tus', '.details'])(
    "leaves a file of this process's own (%s) alone while its claim is at work, and not much longer",
    async (ending) => {
      const far = await startSlotServer({ store: { ...server.store, isFar: true } })
      far.slots.define('file', { handler: () => {} })
      const { id } = await far.slots.mint('file')
      const holder = formatHolder('a-claim')
      const endLife = markLiving(holder)
      const name = `${id}.${holder}${ending}`
      await leaveInSpool(far, name, 25 * 3_600_000)
      expect(await far.slots.sweep()).toMatchObject({ removedFiles: 0 })
      endLife()
      await makeOld(join(far.storage.spoolFolder, name), 2 * leaseMs)
      expect(await far.slots.sweep()).toMatchObject({ removedFiles: 1 })
      await far.close()
    },
  )
})

function away(): TitofistoError {
  return new TitofistoError('slot-store-unavailable', 'The engine is away.')
}

/** A file in the spool of no slot that there is, old enough to be removed. */
async function leaveStranger({ storage }: SlotServer): Promise<void> {
  const path = join(storage.spoolFolder, `${newSlotId()}.elsewhere-0`)
  await writeFile(path, 'left')
  await makeOld(path, 25 * 3_600_000)
}
