// Limits how many files downloads hold open, for each connection and for the process. Without a limit
// one client without a token could take all descriptors of the process. Whoever gets no place waits
// in line, and holds nothing meanwhile.

import { readFileSync } from 'node:fs'

/** Files open at once for one HTTP/2 session; an HTTP/1 connection has one. */
export const maxFilesPerSession = 32

/** Gives a place back; once is enough. */
export type LeavePlace = () => void

/** Places for open files. */
export interface FilePlaces {
  /** How many wait because the process, or this session, has no place left. */
  waitingCount(session: object | null): number
  /**
   * Calls `onCome` once there is a place, immediately where there is one now. `session`: its places
   * are counted too; `null` for none. Returns a function that leaves the line; it does nothing once
   * the place was given.
   */
  enter(session: object | null, onCome: (leave: LeavePlace) => void): () => void
}

/** Makes places. */
export function createFilePlaces(maxPerSession: number, maxTotal: () => number): FilePlaces {
  const sessions = new WeakMap<object, Gate>()
  const total = new Gate(maxTotal)

  function gateOf(session: object): Gate {
    let gate = sessions.get(session)
    if (gate === undefined) sessions.set(session, (gate = new Gate(() => maxPerSession)))
    return gate
  }

  return {
    waitingCount: (session) =>
      total.waitingCount + (session === null ? 0 : (sessions.get(session)?.waitingCount ?? 0)),
    enter(session, onCome) {
      if (session === null) {
        const withdrawOnly = total.enter(onCome)
        return () => void withdrawOnly()
      }
      // The session's gate comes first: those it holds back don't stand in the process's line.
      let withdraw = (): void => undefined
      const withdrawFirst = gateOf(session).enter((leaveSession) => {
        const withdrawSecond = total.enter((leaveTotal) =>
          onCome(() => {
            leaveTotal()
            leaveSession()
          }),
        )
        withdraw = () => {
          if (withdrawSecond()) leaveSession()
        }
      })
      return () => {
        withdrawFirst()
        withdraw()
      }
    },
  }
}

/** Lets a fixed number in; the others wait in line. */
class Gate {
  readonly #max: () => number
  readonly #line = new Set<() => void>()
  #inside = 0

  constructor(max: () => number) {
    this.#max = max
  }

  get waitingCount(): number {
    return this.#line.size
  }

  /** Returns a function that leaves the line, and says whether it was still in it. */
  enter(onCome: (leave: LeavePlace) => void): () => boolean {
    const come = (): void => {
      let isInside = true
      onCome(() => {
        if (!isInside) return
        isInside = false
        this.#leave()
      })
    }
    if (this.#inside < this.#max()) {
      this.#inside++
      come()
      return () => false
    }
    this.#line.add(come)
    return () => this.#line.delete(come)
  }

  #leave(): void {
    const [next] = this.#line
    if (next === undefined) {
      this.#inside--
      return
    }
    this.#line.delete(next)
    next()
  }
}

/** Half of what the system lets this process open: the other half is for connections and uploads. */
function halfOfDescriptors(): number {
  let limit: string | undefined
  try {
    limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
  } catch {
    // Not Linux.
  }
  return Math.max(16, Math.floor(Number(limit ?? defaultDescriptors) / 2))
}

/** What most systems give, where this one doesn't say. */
const defaultDescriptors = 1024

let maxFiles: number | null = null

/** The places of this process. */
export const filePlaces: FilePlaces = createFilePlaces(
  maxFilesPerSession,
  () => (maxFiles ??= halfOfDescriptors()),
)
