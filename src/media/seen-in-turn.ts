// What was looked at in this turn of the event loop. One look serves all requests of a turn, since
// they were there before it; but in a turn with over 1,024 busy sockets libuv asks for more, and with
// them may come clients that have heard an answer of it, and of a change since. So a look is old
// after a millisecond, however long the turn.

/** Things seen in this turn. */
export interface SeenInTurn<Thing> {
  has(thing: Thing): boolean
  add(thing: Thing): void
}

const longestSeenMs = 1

/** Makes a list, empty at first and with each turn; `nowMs` must never go back. */
export function createSeenInTurn<Thing>(nowMs: () => number): SeenInTurn<Thing> {
  const seen = new Set<Thing>()
  let sinceMs = 0
  let isTurnWatched = false

  function endTurn(): void {
    isTurnWatched = false
    seen.clear()
  }

  return {
    has(thing) {
      return seen.has(thing) && nowMs() - sinceMs <= longestSeenMs
    },
    add(thing) {
      if (nowMs() - sinceMs > longestSeenMs) seen.clear()
      if (seen.size === 0) sinceMs = nowMs()
      seen.add(thing)
      if (isTurnWatched) return
      isTurnWatched = true
      setImmediate(endTurn)
    },
  }
}
