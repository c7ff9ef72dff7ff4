// Gives up clients that take nothing of what they are sent. A stalled download holds a descriptor and a
// buffer, and public files need no token; so it is given up after a while, and sooner while others
// wait for its place. One timer looks after all of them.

import { filePlaces } from './file-places.ts'

/** A download may make no progress for this long. */
export const stallLimitMs = 120_000
/** The same while others wait for a file to be opened. */
export const crowdedStallLimitMs = 10_000

/** What stalls are measured with. */
export interface StallRules {
  readonly limitMs: number
  readonly crowdedLimitMs: number
  /** How many wait for the place of a client of this session; only so many are given up early. */
  readonly waitingCount: (session: object | null) => number
  /** Must never go back. */
  readonly nowMs: () => number
}

/** Looks after clients. */
export interface StalledClients {
  /**
   * Calls `giveUp` once when the client has taken nothing for too long: no call of `took`, and no
   * change of `queuedBytes`. `session`: of HTTP/2, else `null`.
   */
  readonly watch: (
    session: object | null,
    queuedBytes: () => number,
    giveUp: () => void,
  ) => StallWatch
  /** Looks at all of them once. */
  readonly look: () => void
}

/** Makes such a watch; its own timer also calls `look`, as long as there are clients. */
export function createStalledClients(rules: StallRules): StalledClients {
  const clients = new Set<StallWatch>()
  let timer: NodeJS.Timeout | null = null

  function look(): void {
    const nowMs = rules.nowMs()
    const wanted = new Map<object | null, number>()
    for (const client of clients) {
      const { session } = client
      const wantedCount = wanted.get(session) ?? rules.waitingCount(session)
      const isInTheWay = wantedCount > 0 && client.isStalled(nowMs, rules.crowdedLimitMs)
      wanted.set(session, isInTheWay ? wantedCount - 1 : wantedCount)
      if (isInTheWay || client.isStalled(nowMs, rules.limitMs)) client.giveUp()
    }
    if (clients.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  return {
    look,
    watch(session, queuedBytes, giveUp) {
      const stop = (): void => void clients.delete(client)
      const client = new StallWatch(session, { nowMs: rules.nowMs, queuedBytes, giveUp, stop })
      clients.add(client)
      timer ??= setInterval(look, rules.crowdedLimitMs / 4).unref()
      return client
    },
  }
}

/** Watches one client. */
export class StallWatch {
  /** Since when it has taken nothing; `null` while there is nothing to take. */
  #sinceMs: number | null = null
  #queuedBytes = 0

  readonly session: object | null
  readonly #means: WatchMeans

  constructor(session: object | null, means: WatchMeans) {
    this.session = session
    this.#means = means
  }

  /** To be called when something was written. */
  waits(): void {
    this.#sinceMs = this.#means.nowMs()
  }

  giveUp(): void {
    this.#means.giveUp()
  }

  stop(): void {
    this.#means.stop()
  }

  /** To be called when it was taken. */
  took(): void {
    this.#sinceMs = null
  }

  isStalled(nowMs: number, limitMs: number): boolean {
    if (this.#sinceMs === null) return false
    const queuedBytes = this.#means.queuedBytes()
    if (queuedBytes !== this.#queuedBytes) {
      this.#queuedBytes = queuedBytes
      this.#sinceMs = nowMs
    }
    return nowMs - this.#sinceMs >= limitMs
  }
}

interface WatchMeans {
  readonly nowMs: () => number
  readonly queuedBytes: () => number
  readonly giveUp: () => void
  readonly stop: () => void
}

const stalledClients = createStalledClients({
  limitMs: stallLimitMs,
  crowdedLimitMs: crowdedStallLimitMs,
  waitingCount: (session) => filePlaces.waitingCount(session),
  nowMs: () => performance.now(),
})

/** {@link StalledClients.watch} for the clients of this process. */
export const watchForStall = stalledClients.watch
