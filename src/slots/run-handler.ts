// Runs our user's handler once, within its time.

import type { SlotGround } from './ground.ts'
import { isSlotRejection } from './slot-rejection.ts'
import type { SlotRejection } from './slot-rejection.ts'
import { createSlotFile } from './slot-file.ts'
import type { SlotCall } from './call.ts'
import type { SlotKindRules } from './define.ts'
import type { ReceivedUpload } from './receive/reception.ts'
import type { SlotRecord } from './slot.ts'

/** How a handler ended. */
export type HandlerOutcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'rejected'; readonly rejection: SlotRejection }
  | { readonly kind: 'threw'; readonly error: unknown; readonly wasTimedOut: boolean }

/** A handler at work. */
export interface RunningHandler {
  /** How it ended, or `overdue` once it has neither ended in its time nor heeded its signal. */
  readonly inTime: Promise<HandlerOutcome | { readonly kind: 'overdue' }>
  /** How it ended, whenever that is. */
  readonly atLast: Promise<HandlerOutcome>
}

/** Calls a kind's handler for a slot that is in state `handling`. */
export function runHandler(
  ground: SlotGround,
  kind: SlotKindRules,
  record: SlotRecord,
  upload: ReceivedUpload,
  request: unknown,
): RunningHandler {
  const timeout = new AbortController()
  const atLast = callHandler(kind, toCall(ground, record, upload, request, timeout.signal)).then(
    (outcome) =>
      outcome.kind === 'threw' ? { ...outcome, wasTimedOut: timeout.signal.aborted } : outcome,
  )
  return { atLast, inTime: withinTime(atLast, timeout, kind, ground.handlerGraceMs) }
}

async function callHandler(kind: SlotKindRules, call: SlotCall<unknown>): Promise<HandlerOutcome> {
  try {
    // defineSlotKind has given up the type of args; minting has checked their value.
    return { kind: 'returned', value: await kind.handler(call as SlotCall<never>) }
  } catch (error) {
    if (isSlotRejection(error)) return { kind: 'rejected', rejection: error }
    return { kind: 'threw', error, wasTimedOut: false }
  }
}

function toCall(
  ground: SlotGround,
  record: SlotRecord,
  upload: ReceivedUpload,
  request: unknown,
  signal: AbortSignal,
): SlotCall<unknown> {
  const { storage, kinds } = ground
  const durable = kinds.get(record.kind)?.durable ?? true
  const files = upload.files.map((file) => createSlotFile(file, storage, record.attempt, durable))
  const [file] = files
  if (file === undefined) throw new TypeError('An upload has at least one file.')
  return {
    args: record.args ?? undefined,
    file,
    files,
    fields: toSearchParams(upload.fields),
    request,
    slot: {
      id: record.id,
      kind: record.kind,
      attempt: record.attempt,
      createdAt: new Date(record.createdMs),
      expiresAt: new Date(record.expiresMs),
    },
    signal,
  }
}

function toSearchParams(fields: ReceivedUpload['fields']): URLSearchParams {
  const params = new URLSearchParams()
  for (const [name, value] of fields) params.append(name, value)
  return params
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
