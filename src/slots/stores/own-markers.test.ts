import { describe, expect, it } from 'vitest'
import { newSlotId } from '../../../test/support/slot-records.ts'
import { createOwnMarkers } from './own-markers.ts'
import { firstMarker, nextMarker } from './slot-folder.ts'

describe('the markers that a store has put in place', () => {
  const marker = nextMarker(firstMarker(1), 'at')

  it('are given once, and for their revision alone', () => {
    const own = createOwnMarkers()
    const [id, other] = [newSlotId(), newSlotId()]
    own.keep(id, marker)
    own.keep(other, marker)
    expect(own.take(id, 2)).toBe(marker)
    expect(own.take(id, 2)).toBeNull()
    expect(own.take(other, 3)).toBeNull()
    expect(own.take(other, 2)).toBeNull()
  })

  it('are forgotten, the eldest first, where there are more than a thousand', () => {
    const own = createOwnMarkers()
    const ids = Array.from({ length: 1010 }, newSlotId)
    for (const id of ids) own.keep(id, marker)
    expect(ids.map((id) => own.take(id, 2) !== null)).toEqual(ids.map((_, index) => index >= 10))
  })
})
