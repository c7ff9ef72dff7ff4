// What ends a command early: one clear line on stderr and an exit code, never a stack.

import { isOptionError } from '../options.ts'

/** The command was understood, but can't be done. */
export const exitRefused = 1
/** The command was not understood: a wrong flag, argument, variable. */
export const exitUsage = 2

/** Ends a command with its message as the one line that is shown. */
export class CliFailure extends Error {
  readonly exitCode: typeof exitRefused | typeof exitUsage

  constructor(
    exitCode: typeof exitRefused | typeof exitUsage,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
    this.name = 'CliFailure'
    this.exitCode = exitCode
  }
}

/** What was asked for can't be done: exit code 1. */
export function refused(message: string, cause?: unknown): CliFailure {
  return new CliFailure(exitRefused, message, { cause })
}

/** What was asked for is not understood: exit code 2. */
export function wrongUsage(message: string, cause?: unknown): CliFailure {
  return new CliFailure(exitUsage, message, { cause })
}

/**
 * A wrong option as wrong usage, in the user's own words: `sourceOf` gives what an option was set
 * by, such as `--timeout`. Other errors, and what nobody set, stay as they are.
 */
export function inUsersWords(error: unknown, sourceOf: (option: string) => string | null): unknown {
  const source = isOptionError(error) ? sourceOf(error.option) : null
  if (source === null || !isOptionError(error)) return error
  const other = error.other === undefined ? '' : ` ${sourceOf(error.other) ?? error.other}`
  return wrongUsage(`${source} ${error.reason}${other}.`, error)
}

/** The operating system's word for what went wrong, such as `EACCES`. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code ?? 'unknown'
}
