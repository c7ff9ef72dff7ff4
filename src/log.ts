// What titofisto tells the developer while it runs. Entries never hold a token or a secret; a `cause`
// is the error as it was thrown, and what of it is written down is decided here.

import { pathToFileURL } from 'node:url'
import { redact } from './redact.ts'

/** One thing that happened. */
export interface LogEntry {
  /** `info`: a client was refused; `warn`: something to look at; `error`: we failed. */
  readonly level: 'info' | 'warn' | 'error'
  /** What happened, in a word: `refused`, `storage-failed`, ... */
  readonly event: string
  /** One sentence for people. */
  readonly message: string
  /** The file it is about, as its name in the storage. */
  readonly name?: string
  /** The slot it is about. */
  readonly slotId?: string
  /** For `refused`: which of the reasons that `explain()` gives. */
  readonly reason?: string
  /** The error behind it; it may hold absolute paths. */
  readonly cause?: unknown
}

/** Takes entries; must not throw. */
export type Log = (entry: LogEntry) => void

/** A log is our user's code, and what it throws must end neither an answer nor a start. */
export function toSafeLog(log: Log): Log {
  return (entry) => {
    try {
      log(entry)
    } catch {
      // There is nowhere left to tell it.
    }
  }
}

/** The log where none is given: what went wrong on our side goes to stderr, refusals go nowhere. */
export function logErrorsToConsole(entry: LogEntry): void {
  if (entry.level === 'info') return
  const cause = entry.cause === undefined ? '' : ` (${describeCause(entry.cause)})`
  const about = entry.name ?? entry.slotId
  const line = `titofisto: ${entry.message}${about === undefined ? '' : ` [${about}]`}${cause}`
  // oxlint-disable-next-line no-console -- a server's faults must not vanish where nobody set a log
  console.error([line, ...stackOf(entry)].join('\n'))
}

/**
 * Says what lies beneath an error, in a few words and without tokens: a system error by its code
 * alone, since its message holds absolute paths.
 */
export function describeCause(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return 'unknown cause'
    const { code } = cause as NodeJS.ErrnoException
    return typeof code === 'string' ? code : redact(`${cause.name}: ${cause.message}`)
  } catch {
    // Others' code throws what it likes, also what throws when it is looked at.
    return 'unknown cause'
  }
}

/** What went wrong in our user's code, or where nobody thought that it could: there the way is the clue. */
const unforeseen: ReadonlySet<string> = new Set([
  'slot-handler-failed',
  'slot-failed',
  'bind-failed',
  'on-refused-failed',
  'page-failed',
  'next-failed',
  'listener-failed',
  'internal-error',
])

const maxFrames = 20
const maxFrameLength = 400
const maxCauses = 3

/**
 * The lines of code that an entry's error came by, and those of its causes; none where the fault is not
 * the code's. Files are named from where the process was started: a log says nothing of what is above.
 */
export function stackOf({ event, cause }: LogEntry): readonly string[] {
  if (!unforeseen.has(event)) return []
  try {
    return framesOfAll(cause)
  } catch {
    // As above.
    return []
  }
}

function framesOfAll(thrown: unknown): string[] {
  const lines: string[] = []
  let error = thrown
  for (let depth = 0; depth < maxCauses && error instanceof Error; depth++) {
    if (depth > 0) lines.push(`  caused by ${describeCause(error)}`)
    lines.push(...framesOf(error))
    error = error.cause
  }
  return lines
}

function framesOf({ stack }: Error): string[] {
  if (typeof stack !== 'string') return []
  // What stands before is the message, which is told in other words.
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '))
  return frames.slice(0, maxFrames).map((frame) => redact(shorten(frame.slice(0, maxFrameLength))))
}

function shorten(frame: string): string {
  const folder = process.cwd()
  return frame
    .replaceAll(`${pathToFileURL(folder).href}/`, '')
    .replaceAll(`${folder}/`, '')
    .replaceAll(`${folder}\\`, '')
    .replaceAll(foreignFolders, '$1')
}

/** An absolute path, up to its `node_modules/`, or to the name of its file. */
const foreignFolders =
  /(^|[\s(])(?:file:\/\/)?\/?(?:[A-Za-z]:)?[\\/](?:[^\s()]*[\\/](?=node_modules[\\/])|[^\s()]*[\\/])/g
