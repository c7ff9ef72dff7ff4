// What titofisto tells the developer while it runs. Entries never hold a token or a secret.

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
  // oxlint-disable-next-line no-console -- a server's faults must not vanish where nobody set a log
  console.error(`titofisto: ${entry.message}${about === undefined ? '' : ` [${about}]`}${cause}`)
}

/**
 * Says what lies beneath an error, in a few words: a system error by its code alone, since its
 * message holds absolute paths.
 */
export function describeCause(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return 'unknown cause'
    const { code } = cause as NodeJS.ErrnoException
    return typeof code === 'string' ? code : `${cause.name}: ${cause.message}`
  } catch {
    // Others' code throws what it likes, also what throws when it is looked at.
    return 'unknown cause'
  }
}
