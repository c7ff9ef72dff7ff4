// Runs our user's handler once, within its time.

import { performance } from 'node:perf_hooks'
import { secondsSince } from '../../events.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import { isSlotRejection, type SlotRejection } from './slot-rejection.ts'
import { createUploadedFile } from '../../receive/uploaded-file.ts'
import type { PlatformRequest, SlotCall } from '../kinds/handler-call.ts'
import { readFields } from '../../receive/read-fields.ts'
import type { SlotKindRules } from '../kinds/define-kind.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'
import { SavedNames } from '../../receive/saved-names.ts'
import type { SlotRecord } from '../record/slot.ts'
import { traceHandler } from './trace-handler.ts'
import { restoreDetails } from '../claims/spooled-details.ts'

/** How a handler ended. */
export type HandlerOutcome = (
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'rejected'; readonly rejection: SlotRejection }
  | { readonly kind: 'threw'; readonly error: unknown; readonly wasTimedOut: boolean }
) & {
  /** How long it took. */
  readonly seconds: number
  readonly saved: SavedNames
}

/** A handler at work. */
export interface RunningHandler {
  /** How it ended, or `overdue` once it has neither ended in its time nor heeded its signal. */
  readonly inTime: Promise<HandlerOutcome | { readonly kind: 'overdue' }>
  /** How it ended, whenever that is. */
  readonly atLast: Promise<HandlerOutcome>
}

/** Calls a kind's handler for a slot that is in state `handling`. */
export function runHandler(
  slot: KnownSlot,
  upload: ReceivedUpload,
  request: unknown,
): RunningHandler {
  const { parts, kind, record } = slot
  // Makes its signal only when it is asked for, and most handlers never do.
  const timeout = new AbortController()

  /** Never rejects: whatever is thrown is an outcome. */
  async function callHandler(): Promise<HandlerOutcome> {
    const beganMs = performance.now()
    const saved = new SavedNames()
    try {
      const { files, fields } = await restoreDetails(upload)
      const views = files.map((file) => createUploadedFile(file, parts.storage, saved))
      const given = {
        files: views,
        fields: await readFields(kind.fieldsSchema, fields),
        // The doors give nothing else.
        request: request as PlatformRequest | null,
      }
      const call = toCall(record, given, timeout)
      // defineSlotKind has given up the type of args; minting has checked their value.
      const value = await traceHandler(record, () => kind.handler(call as SlotCall<never, never>))
      return { kind: 'returned', value, seconds: secondsSince(beganMs), saved }
    } catch (error) {
      const seconds = secondsSince(beganMs)
      if (isSlotRejection(error)) return { kind: 'rejected', rejection: error, seconds, saved }
      return { kind: 'threw', error, wasTimedOut: timeout.signal.aborted, seconds, saved }
    }
  }

  const endHandler = parts.work.beginHandler(record.id)
  const atLast = callHandler().finally(endHandler)
  return { atLast, inTime: withinTime(atLast, timeout, kind, parts.handlerGraceMs) }
}

function toCall(
  record: SlotRecord,
  { files, fields, request }: Pick<SlotCall<unknown, unknown>, 'files' | 'fields' | 'request'>,
  timeout: AbortController,
): SlotCall<unknown, unknown> {
  const [file] = files
  if (file === undefined) throw new TypeError('An upload has at least one file.')
  return {
    // A copy: a store may have the very record, which another run is to find as it was minted.
    args: structuredClone(record.args) ?? undefined,
    file,
    files,
    fields,
    request,
    slot: {
      id: record.id,
      kind: record.kind,
      attempt: record.attempt,
      createdAt: new Date(record.createdMs),
      expiresAt: new Date(record.expiresMs),
      person: record.request?.person ?? null,
      requestId: record.request?.id ?? null,
    },
    get signal() {
      return timeout.signal
    },
  }
}

async function withinTime(
  atLast: Promise<HandlerOutcome>,
  timeout: AbortController,
  kind: SlotKindRules,
  graceMs: number,
): Promise<HandlerOutcome | { readonly kind: 'overdue' }> {
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<{ readonly kind: 'overdue' }>((resolve) => {
    timer = setTimeout(() => {
      const seconds = kind.handlerTimeoutMs / 1000
      timeout.abort(new DOMException(`The handler took over ${seconds} s.`, 'TimeoutError'))
      timer = setTimeout(() => resolve({ kind: 'overdue' }), graceMs)
    }, kind.handlerTimeoutMs)
  })
  try {
    return await Promise.race([atLast, overdue])
  } finally {
    clearTimeout(timer)
  }
}
