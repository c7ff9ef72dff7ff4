// What the slot kind `exec` does with an upload: it runs the command of `serve --exec`, as tusd runs
// its hooks. What the command must know is in its environment, never in its text, so nothing that an
// uploader sends can become a command.

import type { SlotCall } from '../slots/call.ts'
import { SlotRejection } from '../slots/slot-rejection.ts'
import type { CommandEnd, CommandRunner } from './command-runner.ts'
import type { SlotArgs } from './slot-kinds.ts'

/** The exit code that asks for another try of the same slot: EX_TEMPFAIL of sysexits.h. */
export const exitTryAgain = 75

/**
 * Runs a command with the upload's facts in its environment. Exit code 0: what it printed is the
 * answer, as JSON where it is that; 75: refused for now; any other: refused for good.
 *
 * @throws SlotRejection with the first line that it printed.
 * @throws Error where it can't be started, or a signal ended it.
 */
export async function execUpload(
  runner: CommandRunner,
  command: string,
  call: SlotCall<SlotArgs>,
): Promise<unknown> {
  return toAnswer(await runner.run(command, environmentOf(call), call.signal))
}

function environmentOf({ file, slot, args }: SlotCall<SlotArgs>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env }
  // The command has no need to make links of its own.
  delete env['TITOFISTO_SECRET']
  return {
    ...env,
    TITOFISTO_FILE: file.path,
    TITOFISTO_NAME: file.name,
    TITOFISTO_SIZE: String(file.sizeBytes),
    TITOFISTO_TYPE: file.type,
    TITOFISTO_SNIFFED_TYPE: file.sniffedType ?? '',
    TITOFISTO_PREFIX: args.prefix,
    TITOFISTO_SLOT_ID: slot.id,
    TITOFISTO_ATTEMPT: String(slot.attempt),
  }
}

function toAnswer({ exitCode, signal, output }: CommandEnd): unknown {
  if (exitCode === null) throw new Error(`The command of --exec was ended by ${signal}.`)
  const text = output?.trim() ?? ''
  const [firstLine = ''] = text.split('\n')
  if (exitCode === exitTryAgain)
    throw new SlotRejection(firstLine || 'Not now. Try again.', { status: 409, retry: true })
  if (exitCode !== 0) throw new SlotRejection(firstLine || 'The upload was refused.')
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return new Response(`${text}\n`, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
  }
}
