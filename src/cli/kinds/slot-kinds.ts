// The kinds of slot that the command line has: `save` keeps files below a prefix, `exec` runs the
// command of `serve --exec`.

import { execUpload } from './exec-upload.ts'
import { saveUpload } from './save-upload.ts'
import type { SlotCall } from '../../slots/kinds/handler-call.ts'
import type { Titofisto } from '../../titofisto.ts'
import type { CommandRunner } from './command-runner.ts'
import type { SlotArgs } from './slot-args.ts'

/** The kinds' names. */
export const slotKindNames = ['save', 'exec'] as const

/** The most seconds a handler may take: less than the server waits on a silent connection. */
const handlerSeconds = 240

/**
 * Defines the kind `save`. `originOf` gives what to put before a URL that begins with `/`.
 *
 * @throws TitofistoError where the folder can't be written to.
 */
export function defineSaveKind(files: Titofisto, originOf: () => string): void {
  files.slot('save', {
    maxFiles: 1000,
    // A large file on a slow disk is read once more for its SHA-256.
    handlerTimeoutSeconds: handlerSeconds,
    handler: (call) => saveUpload(files, originOf(), withArgs(call)),
  })
}

/** Defines the kind `exec` where its command runs. @throws as {@link defineSaveKind} */
export function defineExecKind(files: Titofisto, command: string, runner: CommandRunner): void {
  files.slot('exec', {
    maxFiles: 1000,
    handlerTimeoutSeconds: handlerSeconds,
    handler: (call) => execUpload(runner, command, withArgs(call)),
  })
}

/** Defines the kind `exec` for minting alone: its command runs in another process. */
export function defineExecKindElsewhere(files: Titofisto): void {
  files.slot('exec', {
    handler() {
      throw new Error('Only "titofisto serve" runs the command of kind "exec".')
    },
  })
}

/** Slots of these kinds are minted by `titofisto slot` alone, with these arguments. */
function withArgs(call: SlotCall<unknown>): SlotCall<SlotArgs> {
  return call as SlotCall<SlotArgs>
}
