// Words of a command line become flags and arguments; the parsing is Node's own.

import { parseArgs } from 'node:util'
import { wrongUsage } from './cli-failure.ts'

/** The flags a command knows, without their dashes. */
export interface Flags {
  /** Flags followed by a value: `--port 8080`, `--port=8080`. */
  readonly texts: readonly string[]
  /** Flags that stand alone: `--json`. */
  readonly switches: readonly string[]
  /** Flags followed by a value that may be given several times: `--accept image/png --accept image/gif`. */
  readonly lists?: readonly string[]
}

/** A command line, understood. */
export interface Arguments {
  readonly positionals: readonly string[]
  /** A flag's value; the last one where it was given twice. */
  text(flag: string): string | undefined
  /** All values of a flag that may be given several times; empty where it was not given. */
  list(flag: string): readonly string[]
  /** Whether a flag that stands alone was given. */
  has(flag: string): boolean
}

/**
 * Parses what follows a command's name; `--help` and `-h` are always known.
 *
 * @throws CliFailure with exit code 2 for an unknown flag, or one without its value.
 */
export function parseArguments(words: readonly string[], flags: Flags): Arguments {
  const { values, positionals } = parseWords(words, flags)
  return {
    positionals,
    text(flag) {
      const value = values[flag]
      return typeof value === 'string' ? value : undefined
    },
    list(flag) {
      const value = values[flag]
      return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
    },
    has: (flag) => values[flag] === true,
  }
}

function parseWords(words: readonly string[], flags: Flags) {
  const options: Record<
    string,
    { type: 'string' | 'boolean'; short?: string; multiple?: boolean }
  > = {
    help: { type: 'boolean', short: 'h' },
  }
  for (const flag of flags.texts) options[flag] = { type: 'string' }
  for (const flag of flags.lists ?? []) options[flag] = { type: 'string', multiple: true }
  for (const flag of flags.switches) options[flag] = { type: 'boolean' }
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw wrongUsage(firstSentence(error.message), error)
  }
}

/** Node explains at length how to pass words that begin with a dash, over several lines. */
function firstSentence(message: string): string {
  const [sentence = message] = message.split(/\.\s|\n/)
  return `${sentence.replace(/\.$/, '')}.`
}
