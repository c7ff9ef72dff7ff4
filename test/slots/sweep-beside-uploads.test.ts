// A sweep of many slots in a process that serves: nobody waits for it.

import { expect, it } from 'vitest'
import { startUploadServer } from '../support/upload-server.ts'

it('a sweep of 1,000 slots leaves the process free for others, every few slots', async () => {
  let nowMs = Date.now()
  const server = await startUploadServer({ options: { now: () => nowMs, sweepSeconds: 0 } })
  const kind = server.files.slot('note', { handler: () => {} })
  for (let count = 0; count < 1000; count++) await kind.url()
  nowMs += 2 * 3_600_000
  let turns = 0
  let turn = setImmediate(function count() {
    turns += 1
    turn = setImmediate(count)
  })
  const report = await server.files.slots.sweep()
  clearImmediate(turn)
  expect(report).toMatchObject({ checkedSlots: 1000, movedSlots: 1000 })
  // At least one turn of the loop for each 20 slots.
  expect(turns).toBeGreaterThan(50)
  await server.close()
})
