import { describe, expect, it } from 'vitest'
import { createFilePlaces } from './file-places.ts'
import type { FilePlaces, LeavePlace } from './file-places.ts'

/** Someone who wants a place. */
function enter(places: FilePlaces, session: object | null) {
  const asked = { leave: null as LeavePlace | null, withdraw: () => {} }
  asked.withdraw = places.enter(session, (leave) => (asked.leave = leave))
  return asked
}

describe('places for open files', () => {
  it('are given at once while there are any, and then in the order of asking', () => {
    const places = createFilePlaces(10, () => 2)
    const asked = Array.from({ length: 5 }, () => enter(places, null))
    const inside = () => asked.map(({ leave }) => leave !== null)
    expect(inside()).toEqual([true, true, false, false, false])
    expect(places.waitingCount(null)).toBe(3)
    asked[1]?.leave?.()
    expect(inside()).toEqual([true, true, true, false, false])
    asked[3]?.withdraw()
    asked[0]?.leave?.()
    expect(inside()).toEqual([true, true, true, false, true])
    expect(places.waitingCount(null)).toBe(0)
  })

  it('are counted for each session, and one that has its share keeps no other from going in', () => {
    const places = createFilePlaces(2, () => 4)
    const [greedy, modest] = [{}, {}]
    const first = Array.from({ length: 10 }, () => enter(places, greedy))
    expect(first.filter(({ leave }) => leave !== null).length).toBe(2)
    expect([null, modest, greedy].map((session) => places.waitingCount(session))).toEqual([0, 0, 8])
    expect(enter(places, modest).leave).not.toBeNull()
    expect(enter(places, null).leave).not.toBeNull()
    // Now the process is full.
    const late = enter(places, modest)
    expect(late.leave).toBeNull()
    first[0]?.leave?.()
    // A place of the session is not yet one of the process: the other came first.
    expect(late.leave).not.toBeNull()
    expect(first[2]?.leave).toBeNull()
  })

  it('given back twice count once', () => {
    const places = createFilePlaces(1, () => 1)
    const session = {}
    const first = enter(places, session)
    first.leave?.()
    first.leave?.()
    expect(enter(places, session).leave).not.toBeNull()
    expect(enter(places, session).leave).toBeNull()
  })

  it('that were wished for and not taken are free for others', () => {
    const places = createFilePlaces(1, () => 1)
    const session = {}
    const holder = enter(places, null)
    const left = enter(places, session)
    left.withdraw()
    left.withdraw()
    holder.leave?.()
    expect(left.leave).toBeNull()
    expect(enter(places, session).leave).not.toBeNull()
  })
})
