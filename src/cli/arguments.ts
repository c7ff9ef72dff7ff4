// Words of a command line become flags and arguments; the parsing is Node's own.

import { parseArgs } from 'node:util'
import { findNearest } from '../nearest.ts'
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

/**
 * A flag's whole number from 1 on; `null` where it was not given.
 *
 * @throws CliFailure with exit code 2
 */
export function readCount(args: Arguments, flag: string, most: number): number | null {
  const text = args.text(flag)
  if (text === undefined) return null
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > most) throw wrongUsage(`--${flag} must be a number from 1 to ${most}.`)
  return count
}

/** One letter for what is typed every day; each means the same wherever there is such a flag. */
export const shortFlags: Readonly<Record<string, string>> = {
  browse: 'b',
  download: 'd',
  'expires-in': 'e',
  help: 'h',
  host: 'H',
  json: 'j',
  'max-uploads': 'n',
  port: 'p',
  quiet: 'q',
  recursive: 'R',
  root: 'r',
  'save-to': 's',
  title: 't',
  until: 'u',
}

function shortOf(flag: string): { readonly short?: string } {
  const short = Object.hasOwn(shortFlags, flag) ? shortFlags[flag] : undefined
  return short === undefined ? {} : { short }
}

function parseWords(words: readonly string[], flags: Flags) {
  const options: Record<
    string,
    { type: 'string' | 'boolean'; short?: string; multiple?: boolean }
  > = {
    help: { type: 'boolean', ...shortOf('help') },
  }
  for (const flag of flags.texts) options[flag] = { type: 'string', ...shortOf(flag) }
  for (const flag of flags.lists ?? []) options[flag] = { type: 'string', multiple: true }
  for (const flag of flags.switches) options[flag] = { type: 'boolean', ...shortOf(flag) }
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const said = firstSentence(error.message)
    throw wrongUsage(`${said}${meantFlag(said, Object.keys(options))}`, error)
  }
}

/** The flag that was mistyped, by what Node says of it: `Unknown option '--prot'`. */
function meantFlag(said: string, known: readonly string[]): string {
  const name = /^Unknown option '--?([^']+)'/.exec(said)?.[1] ?? ''
  const meant = name.length < 2 ? null : findNearest(name, known)
  return meant === null ? '' : ` Did you mean --${meant}?`
}

/** Node explains at length how to pass words that begin with a dash, over several lines. */
function firstSentence(message: string): string {
  const [sentence = message] = message.split(/\.\s|\n/)
  return `${sentence.replace(/\.$/, '')}.`
}
