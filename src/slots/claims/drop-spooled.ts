// Removes spooled files that no slot needs, and looks whether an upload's are as they came in.

import { statSync, unlinkSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { removeSpooled } from '../../receive/spool/remove-spooled.ts'
import type { KnownSlot, SlotParts } from '../parts/slot-parts.ts'
import { spooledPathsOf, type SlotRecord } from '../record/slot.ts'

/**
 * Removes the files that a slot needed before a move and does not need after it. What a handler here
 * may still read stays for the sweep: it may have been taken for dead, or given up. Never rejects.
 */
export async function dropUnneeded(
  parts: SlotParts,
  before: SlotRecord,
  after: SlotRecord,
): Promise<void> {
  const needed = spooledPathsOf(after)
  const unneeded = spooledPathsOf(before).filter((path) => !needed.includes(path))
  if (unneeded.length === 0 || parts.work.isHandling(before.id)) return
  await removeSpooled(unneeded, parts.log, isQuick(parts, before) ? unlinkSync : undefined)
}

/** Removes files that a claim has left, but those that the slot needs: the claim may have been lost. */
export async function removeUnnamed(
  { parts, record }: KnownSlot,
  paths: readonly string[],
): Promise<void> {
  let needed: readonly string[]
  try {
    const current = await parts.store.read(record.id)
    needed = current === null ? [] : spooledPathsOf(current)
  } catch {
    // Nobody can say what the slot needs: it all stays, and the sweep asks again.
    return
  }
  await removeSpooled(
    paths.filter((path) => !needed.includes(path)),
    parts.log,
  )
}

/**
 * Whether the files of an upload are as they came in. They are nobody else's to change; what is
 * looked for is a disk that lost something, or a stranger in the folder.
 */
export async function areWhole(parts: SlotParts, record: SlotRecord): Promise<boolean> {
  const { state } = record
  if (state.name !== 'handling') return false
  const isAtOnce = isQuick(parts, record)
  for (const { path, sizeBytes } of state.upload.files) {
    try {
      const facts = isAtOnce ? statSync(path) : await stat(path)
      if (facts.size !== sizeBytes) return false
    } catch {
      return false
    }
  }
  return true
}

// A large file's removal takes milliseconds, and where all is flushed any call may wait for the disk.
const quickBytes = 64 * 1024

function isQuick(parts: SlotParts, { kind, state }: SlotRecord): boolean {
  if (parts.kinds.get(kind)?.durable !== false || state.name !== 'handling') return false
  return state.upload.files.every((file) => file.sizeBytes <= quickBytes)
}
