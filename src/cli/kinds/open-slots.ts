// The slots of the running server, for commands that make them and look at them. What such a
// command does is over in a moment: taking uploads and sweeping is the server's.

import { isTitofistoError } from '../../errors.ts'
import { refused } from '../cli-failure.ts'
import { openBesideServer, type FilesBesideServer } from '../settings/open-beside-server.ts'
import { defineSaveKind } from './slot-kinds.ts'
import type { Arguments } from '../arguments.ts'

/**
 * Opens the slots beside the running server.
 *
 * @throws CliFailure where there is no folder, or it can't be written to.
 */
export function openSlots(args: Arguments): FilesBesideServer {
  const beside = openBesideServer(args, { sweepSeconds: 0 })
  const { files, origin } = beside
  try {
    // Not `exec`: its command is the server's, and so are slots that wait for it.
    defineSaveKind(files, () => origin)
  } catch (error) {
    throw isTitofistoError(error)
      ? refused(`No slots can be kept: the folder ${beside.root} can't be written to.`, error)
      : error
  }
  return beside
}
