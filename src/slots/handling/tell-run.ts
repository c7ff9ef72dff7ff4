// Tells how a handler's run ended, once its slot has moved on.

import type { KnownSlot } from '../parts/slot-parts.ts'
import { sizeOfUpload } from '../record/slot.ts'
import type { SlotEvent } from '../record/slot-events.ts'
import type { TitofistoError } from '../../errors.ts'
import type { Reply } from '../../http/exchange.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'
import type { HandlerOutcome } from './run-handler.ts'

/** What the uploader is told. */
export type Told = { readonly reply: Reply } | { readonly failure: TitofistoError }

/** Tells it. */
export function tellRun(
  { parts, record }: KnownSlot,
  upload: ReceivedUpload,
  outcome: HandlerOutcome,
  told: Told,
): void {
  const type = typeOf[outcome.kind]
  if (!parts.events.isHeard(type)) return
  const { id: slotId, kind, attempt } = record
  const { seconds, saved } = outcome
  const ofRun = { slotId, kind, attempt, bytes: sizeOfUpload(upload), seconds }
  if ('failure' in told)
    parts.events.tell({ type: 'slot-failed', ...ofRun, reason: told.failure.code })
  else if (outcome.kind === 'rejected') {
    const { status, retry } = outcome.rejection
    parts.events.tell({ type: 'slot-rejected', ...ofRun, status, retry })
  } else {
    const { status } = told.reply
    parts.events.tell({ type: 'slot-handled', ...ofRun, status, savedNames: saved.names })
  }
}

/** Tells that a handler neither ended in its time nor heeded its signal. */
export function tellOverdue({ parts, record }: KnownSlot): void {
  const { id: slotId, kind } = record
  if (parts.events.isHeard('slot-interrupted'))
    parts.events.tell({ type: 'slot-interrupted', slotId, kind, reason: 'overdue' })
}

const typeOf = {
  returned: 'slot-handled',
  rejected: 'slot-rejected',
  threw: 'slot-failed',
} as const satisfies Record<HandlerOutcome['kind'], SlotEvent['type']>
