// What the slot kind `exec` does with an upload: it runs the command of `serve --exec`, as tusd runs
// its hooks. What the command must know is in its environment, never in its text, so nothing that an
// uploader sends can become a command.

import { SlotRejection } from '../../slots/handling/slot-rejection.ts'
import { toPrintable } from '../printable.ts'
import type { SlotCall } from '../../slots/kinds/handler-call.ts'
import type { CommandEnd, CommandRunner } from './command-runner.ts'
import type { SlotArgs } from './slot-args.ts'

/** The exit code that asks for another try of the same slot: EX_TEMPFAIL of sysexits.h. */
export const exitTryAgain = 75

/** The most characters of a reason that are shown to the uploader. */
const maxReasonLength = 500

/**
 * Runs a command with the upload's facts in its environment. Exit code 0: what it printed is the
 * answer, as JSON where it is that; 75: refused for now; up to 125: refused for good.
 *
 * @throws SlotRejection with the first line that it printed.
 * @throws Error where it can't be started, or a signal ended it.
 */
export async function execUpload(
  runner: CommandRunner,
  command: string,
  call: SlotCall<SlotArgs>,
): Promise<unknown> {
  return toExecAnswer(await runner.run(command, toCommandEnv(process.env, call), call.signal))
}

/** The variables of a command: ours, but for the secret and where slots are, and what there is to know of the upload. */
export function toCommandEnv(
  ours: NodeJS.ProcessEnv,
  { args, files, slot }: Pick<SlotCall<SlotArgs>, 'args' | 'files' | 'slot'>,
): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...ours,
    TITOFISTO_PREFIX: args.prefix,
    TITOFISTO_SLOT_ID: slot.id,
    TITOFISTO_KIND: slot.kind,
    TITOFISTO_ATTEMPT: String(slot.attempt),
    TITOFISTO_COUNT: String(files.length),
  }
  // The command reads strangers' files: whoever takes it over must not be able to sign links, nor to
  // reach the slots of others.
  delete env['TITOFISTO_SECRET']
  delete env['TITOFISTO_SLOTS']
  for (const [index, file] of files.entries()) {
    const which = index === 0 ? '' : `_${index + 1}`
    env[`TITOFISTO_FILE${which}`] = file.path
    env[`TITOFISTO_NAME${which}`] = file.name
    env[`TITOFISTO_SIZE${which}`] = String(file.sizeBytes)
    env[`TITOFISTO_TYPE${which}`] = file.type
    env[`TITOFISTO_SNIFFED_TYPE${which}`] = file.sniffedType ?? ''
  }
  return env
}

/**
 * What the end of a command means for the uploader.
 *
 * @throws SlotRejection where the command refused the upload; Error where it failed by itself.
 */
export function toExecAnswer({ exitCode, signal, output }: CommandEnd): unknown {
  if (exitCode === 0) return toAnswer(output)
  // A shell ends with 126 or 127 when it can't run a command, and above when a signal ended it:
  // none of that is the uploader's fault.
  if (exitCode === null || exitCode > 125)
    throw new Error(`The command of --exec ended with ${signal ?? `exit code ${exitCode}`}.`)
  const [firstLine = ''] = (output ?? '').trim().split('\n')
  const reason = toPrintable(firstLine.trim()).slice(0, maxReasonLength)
  if (exitCode === exitTryAgain)
    throw new SlotRejection(reason || 'Not now. Try again.', { status: 409, retry: true })
  throw new SlotRejection(reason || 'The upload was refused.')
}

/** An answer that is too long is left out: the work is done, and half a JSON text would help nobody. */
function toAnswer(output: string | null): unknown {
  if (output === null || output.trim() === '') return undefined
  try {
    return JSON.parse(output) as unknown
  } catch {
    return new Response(output, { headers: textHeaders })
  }
}

const textHeaders = {
  'Content-Type': 'text/plain; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
}
