import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSlotId, type SlotId } from './slot.ts'
import {
  addPlace,
  closeRequest,
  createRequestRecord,
  isForgettable,
  settlePlaces,
  whyNoPlace,
  type RequestRecord,
} from './request.ts'

function idOf(number: number): SlotId {
  const id = parseSlotId(`${String(number).padStart(21, '0')}A`)
  return id ?? expect.unreachable()
}

function newRequest(maxUploads: number): RequestRecord {
  const terms = {
    title: null,
    message: null,
    maxUploads,
    perPersonName: false,
    password: null,
    placeMs: 10,
    keepMs: 100,
  }
  const policy = { maxBytes: 1, minBytes: 0, maxFiles: 1, accept: null }
  const request = { id: idOf(0), kind: 'note', args: null, policy, expiresMs: 1000, terms }
  return createRequestRecord(request, 0)
}

type Step =
  | { readonly does: 'add' }
  | { readonly does: 'take' | 'free'; readonly which: number }
  | { readonly does: 'close' }

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ does: 'add' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom('take' as const, 'free' as const),
      which: fc.nat(20),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ does: 'close' }) },
)

describe('a request', () => {
  it('never has more places than uploads that it takes, and none that was taken is free again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(arbitraryStep), (most, steps) => {
        let record = newRequest(most)
        const taken = new Set<SlotId>()
        let made = 0
        for (const step of steps) {
          const { places } = record.state
          const isClosed = record.state.closedMs !== null
          const place =
            step.does === 'take' || step.does === 'free' ? places[step.which] : undefined
          if (step.does === 'add') {
            const slotId = idOf((made += 1))
            const move = addPlace(record, { slotId, untilMs: 10, isTaken: false }, 1)
            expect(move.moved).toBe(!isClosed && places.length < most)
            if (move.moved) record = move.record
          } else if (step.does === 'close') {
            const move = closeRequest(record, 1)
            expect(move.moved).toBe(!isClosed)
            if (move.moved) record = move.record
          } else if (place !== undefined) {
            const fate = step.does === 'take' ? 'taken' : 'free'
            const move = settlePlaces(record, new Map([[place.slotId, fate]]))
            if (fate === 'taken') taken.add(place.slotId)
            if (move.moved) record = move.record
          }
          const now = record.state.places
          expect(now.length).toBeLessThanOrEqual(most)
          expect(
            [...taken].every((id) => now.some((each) => each.slotId === id && each.isTaken)),
          ).toBe(true)
        }
      }),
    )
  })

  it('says why it gives no place: full while one may be free again, complete once none can', () => {
    const request = newRequest(1)
    expect(whyNoPlace(request, 999)).toBeNull()
    expect(whyNoPlace(request, 1000)).toBe('expired')
    const full = addPlace(request, { slotId: idOf(1), untilMs: 10, isTaken: false }, 0)
    if (!full.moved) expect.unreachable()
    expect(whyNoPlace(full.record, 0)).toBe('full')
    const complete = settlePlaces(full.record, new Map([[idOf(1), 'taken']]))
    if (!complete.moved) expect.unreachable()
    expect(whyNoPlace(complete.record, 0)).toBe('complete')
  })

  it('is remembered for its time after its end, which closing brings forward', () => {
    const request = newRequest(1)
    expect([1099, 1100].map((nowMs) => isForgettable(request, nowMs))).toEqual([false, true])
    const closed = closeRequest(request, 300)
    if (!closed.moved) expect.unreachable()
    expect([399, 400].map((nowMs) => isForgettable(closed.record, nowMs))).toEqual([false, true])
  })
})
