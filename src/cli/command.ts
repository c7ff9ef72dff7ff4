// What a subcommand is; main.ts has the list of them.

import type { Arguments, Flags } from './arguments.ts'

/** A subcommand. */
export interface Command {
  readonly flags: Flags
  /** What `--help` prints, with a line break at its end. */
  readonly help: string
  /** Does it, and gives the exit code. @throws CliFailure with another. */
  run(args: Arguments): number | Promise<number>
}
