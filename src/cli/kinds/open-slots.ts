// The slots of the running server, for commands that make them and look at them. What such a
// command does is over in a moment: taking uploads and sweeping is the server's.

import { isTitofistoError } from '../../errors.ts'
import { refused } from '../cli-failure.ts'
import { openBesideServer, type FilesBesideServer } from '../settings/open-beside-server.ts'
import { defineInboxKind } from './inbox-kind.ts'
import { defineExecKindElsewhere, defineSaveKind } from './slot-kinds.ts'
import type { Arguments } from '../arguments.ts'

/**
 * Opens the slots beside the running server.
 *
 * @throws CliFailure where there is no folder, or it can't be written to.
 */
export function openSlots(args: Arguments): FilesBesideServer {
  const beside = openBesideServer(args, { sweepSeconds: 0 })
  // Not `exec`: its command is the server's, and so are slots that wait for it.
  defineSave(beside)
  return beside
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

function defineSave({ files, origin, root }: FilesBesideServer): void {
  try {
    defineSaveKind(files, () => origin)
    // Who sent what, the server's log says.
    defineInboxKind(files, () => {})
  } catch (error) {
    throw isTitofistoError(error)
      ? refused(`No slots can be kept: the folder ${root} can't be written to.`, error)
      : error
  }
}
