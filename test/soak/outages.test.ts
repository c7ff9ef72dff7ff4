// What the verdict excuses while a ground's storage is away, and what it does not.

import { describe, expect, it } from 'vitest'
import type { Deed, SlotEntry } from '../../soak/ledger.mjs'
import { judgeSlot } from '../../soak/verdict/judge.mjs'

describe('an upload to a ground whose storage is away', () => {
  it('may be answered by 503', async () => {
    expect(await judge({ isAway: true, status: 503 })).toEqual([])
  })

  it.each([500, 507, 408])('must not be answered by %i', async (status) => {
    expect(await judge({ isAway: true, status })).toEqual([expect.stringContaining(`${status}`)])
  })

  it('must be answered', async () => {
    expect(await judge({ isAway: true, status: null })).toEqual([
      expect.stringContaining('no answer (gave-up)'),
    ])
  })
})

it('an upload to a ground whose storage is there must not be answered by 503', async () => {
  expect(await judge({ isAway: false, status: 503 })).toEqual([expect.stringContaining('503')])
})

function judge({ isAway, status }: { isAway: boolean; status: number | null }) {
  const deed: Deed = {
    of: { what: 'whole', files: [{ body: 0, lengthBytes: 3 }], fieldsDigest: null, fault: 'good' },
    server: 'A',
    pid: 1,
    key: null,
    startMs: 0,
    endMs: 1,
    status,
    end: status === null ? 'gave-up' : 'answered',
    text: '',
  }
  const ground = {
    leaseMs: 2000,
    runLog: { runsOf: () => [] },
    wasDisturbed: () => false,
    wasWithoutStorage: () => isAway,
  }
  const plan = { way: 'raw', patienceMs: 45_000, args: { reject: null, throwTimes: 0 } }
  const entry = { id: 'a', plan, ground, mintedMs: 0, deeds: [deed], conclusion: 'out of tries' }
  // Of a slot, only these are asked for.
  return judgeSlot(entry as unknown as SlotEntry, { names: [], state: 'open', onChecked: () => {} })
}
