// A handler's start that nobody has an answer to: the engine was cut off when it was written. It may be
// in the store, though no handler has begun under it. Left there, it would be taken for one that died
// with its process, and its uploader, who was told to come again, would find nothing. So it is taken
// back once the store can be asked; until then its claim counts as living here.

import type { KnownSlot } from '../parts/slot-parts.ts'
import { releaseSlot } from '../record/claim-moves.ts'
import { reopenSlot, takeStartBack } from '../record/handler-moves.ts'
import { isReceivedBy, type Move } from '../record/lifecycle.ts'
import type { SlotRecord } from '../record/slot.ts'
import { changeSlot } from './move-slot.ts'
import { writeDownLater } from './write-down-later.ts'

/** A start that failed. */
export interface FailedStart {
  /** Under which no handler has begun, and none will. */
  readonly holder: string
  readonly failure: unknown
  /** Whether the upload is due then, as before; else its client sends it again. */
  readonly keepsUpload: boolean
}

/** Takes a start back later, where its failure is one that may pass. */
export function undoStartLater({ parts, record }: KnownSlot, failed: FailedStart): void {
  async function write(): Promise<void> {
    const current = await parts.store.read(record.id)
    if (current !== null) await changeSlot(parts, current, (latest) => undoStart(latest, failed))
  }
  writeDownLater(parts, { slotId: record.id, holder: failed.holder, write }, failed.failure)
}

function undoStart(record: SlotRecord, { holder, keepsUpload }: FailedStart): Move {
  if (isReceivedBy(record, holder)) return releaseSlot(record, holder, record.tus)
  return keepsUpload ? takeStartBack(record, holder) : reopenSlot(record, holder)
}
