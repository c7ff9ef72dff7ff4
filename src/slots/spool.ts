// The spooled files of slots: which may go, and their going.

import { unlink, unlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import type { SlotGround } from './ground.ts'
import { spooledPathsOf } from './slot.ts'
import type { SlotRecord } from './slot.ts'

// On the callback form: it costs half of what `fs/promises` does.
const unlinkFile = promisify(unlink)

/**
 * Removes the files that a slot needed before a move and does not need after it. What a handler here
 * may still read stays for the sweep: it may have been taken for dead, or given up.
 */
export async function dropUnneeded(
  ground: SlotGround,
  before: SlotRecord,
  after: SlotRecord,
): Promise<void> {
  if (ground.work.isHandling(before.id)) return
  const needed = spooledPathsOf(after)
  await removeSpooled(
    ground,
    spooledPathsOf(before).filter((path) => !needed.includes(path)),
    isQuickToRemove(ground, before) ? unlinkSync : unlinkFile,
  )
}

// A large file's removal takes milliseconds, and where all is flushed any call may wait for the disk.
const quickBytes = 64 * 1024

function isQuickToRemove(ground: SlotGround, { kind, state }: SlotRecord): boolean {
  if (ground.kinds.get(kind)?.durable !== false || state.name !== 'handling') return false
  return state.upload.files.every((file) => file.sizeBytes <= quickBytes)
}

/** Removes spooled files; what can't be removed now is the sweep's. */
export async function removeSpooled(
  ground: SlotGround,
  paths: readonly string[],
  unlinkOne: (path: string) => Promise<void> | void = unlinkFile,
): Promise<void> {
  for (const path of paths) {
    try {
      await unlinkOne(path)
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') continue
      const message = 'An uploaded file that nobody needs could not be removed.'
      ground.log({ level: 'warn', event: 'spool-left-over', message, cause })
    }
  }
}
