// Following a slot from the minting side, until it ends.

import type { SlotParts } from '../parts/slot-parts.ts'
import { parseSlotId, type SlotId } from '../record/slot.ts'
import { readStatus, type SlotStatus } from './status.ts'

// What other processes do shows only in the store.
const lookEveryMs = 1000

/**
 * Gives a slot's status now and whenever it has changed, and ends with the slot. Changes that come
 * faster than they are taken are taken together.
 */
export async function* followSlot(parts: SlotParts, id: string): AsyncGenerator<SlotStatus> {
  const slotId = parseSlotId(id)
  if (slotId === null) return
  let last = ''
  while (true) {
    // Watch before looking, so that nothing falls between the two.
    const change = watchOnce(parts, slotId)
    try {
      const status = await readStatus(parts, slotId)
      if (status === null) return
      const text = JSON.stringify(status)
      if (text !== last) yield status
      last = text
      if (endings.has(status.state)) return
      await change.happened
    } finally {
      change.stop()
    }
  }
}

const endings: ReadonlySet<string> = new Set([
  'done',
  'rejected',
  'interrupted',
  'revoked',
  'expired',
])

function watchOnce(parts: SlotParts, id: SlotId): { happened: Promise<void>; stop(): void } {
  let stop = (): void => {}
  const happened = new Promise<void>((resolve) => {
    const unwatch = parts.work.watch(id, resolve)
    const timer = setTimeout(resolve, lookEveryMs)
    stop = () => {
      unwatch()
      clearTimeout(timer)
    }
  })
  return { happened, stop }
}
