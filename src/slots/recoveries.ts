// Handlers that are due because nobody else has run them: a few at a time, beside everything else.

import { changeSlot } from './change.ts'
import { newLease } from './ground.ts'
import type { SlotGround } from './ground.ts'
import { handleSlot } from './handle.ts'
import { handleKeptUpload } from './lifecycle.ts'
import type { SlotId, SlotRecord } from './slot.ts'

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

// Recovering must not keep a server from its work.
const maxAtOnce = 4

// A record may hold a form's text fields.
const maxWaiting = 1000

/** Makes a queue for due handlers, empty at first. */
export function createRecoveries(ground: SlotGround): Recoveries {
  const known = new Map<SlotId, Promise<boolean>>()
  const waiting: (() => void)[] = []
  let running = 0
  let isStopped = false

  async function run(record: SlotRecord): Promise<boolean> {
    try {
      if (running >= maxAtOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      return !isStopped && (await recover(ground, record))
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
      if (isTaken || !ground.kinds.has(record.kind)) return false
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

/** Takes a slot whose handler is due, and runs it; `false` where another was first. */
async function recover(ground: SlotGround, record: SlotRecord): Promise<boolean> {
  const kind = ground.kinds.get(record.kind)
  if (kind === undefined) return false
  try {
    const change = await changeSlot(ground, record, (current) =>
      handleKeptUpload(current, newLease(ground), 'sweep', ground.nowMs()),
    )
    if (!change.moved) return false
    const message = 'An upload that nobody had handled is handled now.'
    ground.log({ level: 'warn', event: 'slot-recovered', message, slotId: record.id })
    // handleSlot has logged whatever goes wrong with the handler.
    await handleSlot(ground, kind, change.record, null).catch(() => {})
    return true
  } catch (cause) {
    const message = 'A slot whose handler is due could not be taken.'
    ground.log({ level: 'error', event: 'sweep-failed', message, slotId: record.id, cause })
    return false
  }
}
