// A handler's run as a span, for tracers: the tracing channel `titofisto:handler` of
// `node:diagnostics_channel`. What a tracer binds to its start, as an AsyncLocalStorage, is there in
// the handler.

import { tracingChannel } from 'node:diagnostics_channel'
import type { SlotRecord } from '../record/slot.ts'

const channel = tracingChannel('titofisto:handler')

/** Runs a handler where tracers see it. What it returns may hold links, and is none of theirs. */
export async function traceHandler(
  { id: slotId, kind, attempt }: SlotRecord,
  run: () => unknown,
): Promise<unknown> {
  // Missing in other runtimes than Node's: no tracing there.
  if (!channel.hasSubscribers) return run()
  let value: unknown
  const work = async (): Promise<void> => {
    value = await run()
  }
  await channel.tracePromise(work, { slotId, kind, attempt })
  return value
}
