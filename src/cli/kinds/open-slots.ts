// The slots of the running server, for commands that make them and look at them. What such a
// command does is over in a moment: taking uploads and sweeping is the server's.

import { isTitofistoError } from '../../errors.ts'
import { refused } from '../cli-failure.ts'
import { withFiles, type FilesBesideServer } from '../settings/open-beside-server.ts'
import { defineInboxKind } from './inbox-kind.ts'
import { defineExecKindElsewhere, defineSaveKind } from './slot-kinds.ts'
import type { Arguments } from '../arguments.ts'
import type { FilePlace } from '../settings/file-place.ts'
import type { Settings } from '../settings/settings.ts'

/**
 * Opens the slots beside the running server, for as long as `use` takes.
 *
 * @throws CliFailure where the slots can't be reached, or the folder can't be written to; what `use` throws.
 */
export function withSlots<Value>(
  args: Arguments,
  use: (beside: FilesBesideServer) => Promise<Value>,
): Promise<Value> {
  return withFiles(args, { needsSlots: true }, async (beside) => {
    // Not `exec`: its command is the server's, and so are slots that wait for it.
    defineSave(beside)
    return use(beside)
  })
}

/**
 * Defines the kinds that the running server has, to look at its slots.
 *
 * @throws CliFailure where the folder can't be written to.
 */
export function defineCliKinds(beside: FilesBesideServer): void {
  defineSave(beside)
  if (beside.settings.find('exec') !== null) defineExecKindElsewhere(beside.files)
}

function defineSave({ files, origin, place, settings }: FilesBesideServer): void {
  try {
    defineSaveKind(files, () => origin)
    // Who sent what, the server's log says.
    defineInboxKind(files, () => {})
  } catch (error) {
    throw isTitofistoError(error)
      ? refused(`No slots can be kept: ${whereFrom(place, settings)} can't be written to.`, error)
      : error
  }
}

/** What must be written to, for slots or for uploads on their way. */
function whereFrom(place: FilePlace, settings: Settings): string {
  if (place.kind === 'folder') return `the folder ${place.shown}`
  const spool = settings.find('spool')
  return spool === null ? 'the state folder' : `the folder ${spool.text} of ${spool.source}`
}
