// Handlers that are due because nobody else has run them: a few at a time, beside everything else.

import { startReceived } from '../claims/start-received.ts'
import { withLease, type SlotParts } from '../parts/slot-parts.ts'
import { handleUnasked } from '../handling/handle-upload.ts'
import type { SlotId, SlotRecord } from '../record/slot.ts'

/** The handlers that wait for their turn, and those that run. */
export interface Recoveries {
  /**
   * Runs the handler of a slot when its turn comes, and says at its end whether it ran here.
   * `false` at once where it waits or runs already, where its kind is unknown here, or where too
   * many wait: then the next sweep finds it again. Never rejects.
   */
  offer(record: SlotRecord): Promise<boolean>
  /** Starts no more of them, and waits for those that run. */
  stop(): Promise<void>
}

// A server that comes back has its clients to answer, too.
const maxAtOnce = 4

// Each waits with its record in memory.
const maxWaiting = 1000

/** Makes a queue for due handlers, empty at first. */
export function createRecoveries(parts: SlotParts): Recoveries {
  const known = new Map<SlotId, Promise<boolean>>()
  const waiting: (() => void)[] = []
  let running = 0
  let isStopped = false

  async function run(record: SlotRecord): Promise<boolean> {
    try {
      if (running >= maxAtOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      return !isStopped && (await runDueHandler(parts, record))
    } finally {
      // The place goes to whoever waits longest.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  return {
    async offer(record) {
      const isTaken = isStopped || waiting.length >= maxWaiting || known.has(record.id)
      if (isTaken || !parts.kinds.has(record.kind)) return false
      const recovered = run(record)
      known.set(record.id, recovered)
      return recovered.finally(() => known.delete(record.id))
    },
    async stop() {
      isStopped = true
      await Promise.all(known.values())
    },
  }
}

/**
 * Takes a slot whose handler is due, runs it, and waits for its end; `false` where another was first.
 * Never rejects.
 */
export async function runDueHandler(parts: SlotParts, record: SlotRecord): Promise<boolean> {
  const kind = parts.kinds.get(record.kind)
  if (kind === undefined || parts.work.isStopping) return false
  try {
    const started = await withLease(parts, async (lease) => {
      const change = await startReceived({ parts, kind, record }, lease, 'sweep')
      if (!change.moved) return null
      const message = 'An upload that nobody had handled is handled now.'
      const { id: slotId, kind: kindName } = record
      parts.log({ level: 'warn', event: 'slot-recovered', message, slotId })
      if (parts.events.isHeard('slot-recovered'))
        parts.events.tell({ type: 'slot-recovered', slotId, kind: kindName, outcome: 'handled' })
      return { ended: handleUnasked({ parts, kind, record: change.record }) }
    })
    await started?.ended
    return started !== null
  } catch (cause) {
    const message = 'A slot whose handler is due could not be taken.'
    parts.log({ level: 'error', event: 'sweep-failed', message, slotId: record.id, cause })
    return false
  }
}
