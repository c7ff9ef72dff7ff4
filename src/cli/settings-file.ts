// A file of variables. It says what is served, to whom, and under which secret: so it counts only
// where somebody names it, and only if nobody else can write it. The flag is not called --env-file:
// Node takes that for its own wherever it stands, and would put a command into our environment.

import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { parseEnv } from 'node:util'
import { refused, systemCode } from './cli-failure.ts'

/** A file of variables, read. */
export interface SettingsFile {
  /** The file as the user named it, for messages. */
  readonly shownPath: string
  readonly variables: NodeJS.Dict<string>
}

/**
 * Reads a file of variables.
 *
 * @throws CliFailure where it can't be read, or others may have written it.
 */
export function readSettingsFile(file: string): SettingsFile {
  let descriptor: number
  try {
    // Without waiting: a pipe would hold us up for ever.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw refused(
      `The file ${file} of --settings-file can't be read (${systemCode(error)}).`,
      error,
    )
  }
  try {
    checkOwner(file, fstatSync(descriptor))
    return { shownPath: file, variables: parseEnv(readFileSync(descriptor, 'utf8')) }
  } finally {
    closeSync(descriptor)
  }
}

function checkOwner(file: string, facts: Stats): void {
  if (!facts.isFile()) throw refused(`${file} of --settings-file is no regular file.`)
  // Windows has neither owners nor modes to look at.
  if (process.getuid === undefined) return
  // Root's is what an administrator, or a container's runtime, put there.
  if (facts.uid !== process.getuid() && facts.uid !== 0)
    throw refused(`The file ${file} of --settings-file belongs to another user.`)
  if ((facts.mode & 0o002) !== 0)
    throw refused(
      `The file ${file} of --settings-file can be written by everybody. Look through it, then run "chmod o-w ${file}".`,
    )
}
