// The kinds of slot that the command line has: `save` keeps files below a prefix, `exec` runs the
// command of `serve --exec`.

import { createCommandRunner } from './command-runner.ts'
import { execUpload } from './exec-upload.ts'
import { saveUpload } from './save-upload.ts'
import type { SlotCall } from '../slots/call.ts'
import type { Titofisto } from '../titofisto.ts'

/** The kinds' names. */
export const slotKindNames = ['save', 'exec'] as const

/** What a slot of the command line is bound to. */
export interface SlotArgs {
  /** What a kept file's name begins with: `inbox/`, or `''`. */
  readonly prefix: string
  /** Whether the uploader is told the SHA-256 of what was kept. */
  readonly sha256: boolean
}

/** How the kinds work in this process. */
export interface SlotKindSetting {
  /** The command of kind `exec`; `null`: this process has none, and leaves such slots to others. */
  readonly exec: string | null
  /** What to put before a URL that begins with `/`. */
  readonly originOf: () => string
}

/** The most seconds a command may take: less than the server waits on a silent connection. */
const execSeconds = 240

/** Defines the kinds. @throws TitofistoError where the folder can't be written to. */
export function defineSlotKinds(files: Titofisto, { exec, originOf }: SlotKindSetting): void {
  files.slot('save', {
    maxFiles: 1000,
    handler: (call) => saveUpload(files, originOf(), withArgs(call)),
  })
  if (exec === null) return
  const runner = createCommandRunner()
  files.slot('exec', {
    handlerTimeoutSeconds: execSeconds,
    handler: (call) => execUpload(runner, exec, withArgs(call)),
  })
}

/** Slots of these kinds are minted by `titofisto slot` alone, with these arguments. */
function withArgs(call: SlotCall<unknown>): SlotCall<SlotArgs> {
  return call as SlotCall<SlotArgs>
}
