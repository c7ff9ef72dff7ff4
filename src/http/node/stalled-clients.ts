// Clients that take nothing of what they are sent. A download that stalls holds a descriptor and a
// buffer, and needs no token to be begun; so it is given up after a while, and sooner while others
// wait for its place. One timer looks after all of them.

import { filePlaces } from './file-places.ts'

/** A download may make no progress for this long. */
export const stallLimitMs = 120_000
/** The same while others wait for a file to be opened. */
export const crowdedStallLimitMs = 10_000

/** A look at one client. */
export interface StallWatch {
  /** Something is written now. */
  waits(): void
  /** It was taken. */
  took(): void
  stop(): void
}

/** What stalls are judged by. */
export interface StallRules {
  readonly limitMs: number
  readonly crowdedLimitMs: number
  readonly isCrowded: () => boolean
  /** Must never go back. */
  readonly nowMs: () => number
}

/** Looks after clients. */
export interface StalledClients {
  /**
   * Calls `giveUp` once when the client has taken nothing for too long, by what it was given or by
   * what `queuedBytes` says that still waits.
   */
  readonly watch: (queuedBytes: () => number, giveUp: () => void) => StallWatch
  /** Looks at all of them once. */
  readonly look: () => void
}

/** Makes a look-out; `look` is called by its own timer, too, as long as there is somebody. */
export function createStalledClients(rules: StallRules): StalledClients {
  const clients = new Set<Client>()
  let timer: NodeJS.Timeout | null = null

  function look(): void {
    const nowMs = rules.nowMs()
    const limitMs = rules.isCrowded() ? rules.crowdedLimitMs : rules.limitMs
    for (const client of clients) if (client.isStalled(nowMs, limitMs)) client.giveUp()
    if (clients.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  function watch(queuedBytes: () => number, giveUp: () => void): StallWatch {
    const client = new Client(rules.nowMs, queuedBytes, giveUp, clients)
    clients.add(client)
    timer ??= setInterval(look, rules.crowdedLimitMs / 4).unref()
    return client
  }

  return { watch, look }
}

class Client implements StallWatch {
  /** Since when it took nothing; `null` while there is nothing to take. */
  #sinceMs: number | null = null
  #queuedBytes = 0

  readonly giveUp: () => void
  readonly #nowMs: () => number
  readonly #countQueued: () => number
  readonly #all: Set<Client>

  constructor(
    nowMs: () => number,
    countQueued: () => number,
    giveUp: () => void,
    all: Set<Client>,
  ) {
    this.#nowMs = nowMs
    this.#countQueued = countQueued
    this.giveUp = giveUp
    this.#all = all
  }

  waits(): void {
    this.#sinceMs = this.#nowMs()
  }

  took(): void {
    this.#sinceMs = null
  }

  stop(): void {
    this.#all.delete(this)
  }

  isStalled(nowMs: number, limitMs: number): boolean {
    if (this.#sinceMs === null) return false
    const queuedBytes = this.#countQueued()
    if (queuedBytes !== this.#queuedBytes) {
      this.#queuedBytes = queuedBytes
      this.#sinceMs = nowMs
    }
    return nowMs - this.#sinceMs >= limitMs
  }
}

const stalledClients = createStalledClients({
  limitMs: stallLimitMs,
  crowdedLimitMs: crowdedStallLimitMs,
  isCrowded: () => filePlaces.isCrowded,
  nowMs: () => performance.now(),
})

/** {@link StalledClients.watch} for the clients of this process. */
export const watchForStall = stalledClients.watch
