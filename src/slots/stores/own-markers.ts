// The markers that this process has put in place, of the slots that it changed last. A marker's name
// exists only as long as its revision is the current one: so whoever knows the name needs no look into
// the folder before the next change. Where somebody was first, there is nothing to rename, as ever.

import type { SlotId } from '../record/slot.ts'
import type { Marker } from './slot-folder.ts'

/** More than are between two changes at once; what is forgotten costs a look. */
const mostKept = 1000

/** What a store remembers of its own changes. */
export interface OwnMarkers {
  /** The marker of this revision, if we put it in place; it is forgotten with that. */
  take(id: SlotId, revision: number): Marker | null
  keep(id: SlotId, marker: Marker): void
}

/** Remembers nothing yet. */
export function createOwnMarkers(): OwnMarkers {
  const kept = new Map<SlotId, Marker>()
  return {
    take(id, revision) {
      const marker = kept.get(id)
      kept.delete(id)
      return marker?.revision === revision ? marker : null
    },
    keep(id, marker) {
      kept.set(id, marker)
      if (kept.size <= mostKept) return
      const [eldest] = kept.keys()
      if (eldest !== undefined) kept.delete(eldest)
    },
  }
}
