// The number of this turn of the event loop. One look at a file serves all requests of a turn that
// came straight from their sockets, since they were there before it; but in a turn with over 1,024 busy sockets libuv asks for more, and with
// them may come clients that have heard an answer of it, and of a change since. So a turn is counted
// as a new one after a millisecond.
//
// A number kept with what was seen, and no set of what was: a set that is emptied again and again
// chains its old tables together, and the collector moves them all to where long-lived things are.

const longestTurnMs = 1

/** Makes a clock of turns, whose numbers grow; `nowMs` must never go back. */
export function createTurnNumber(nowMs: () => number): () => number {
  let turn = 0
  let sinceMs = 0
  let isUnderWay = false

  function endTurn(): void {
    isUnderWay = false
  }

  return () => {
    const now = nowMs()
    if (isUnderWay && now - sinceMs <= longestTurnMs) return turn
    if (!isUnderWay) setImmediate(endTurn)
    isUnderWay = true
    sinceMs = now
    return ++turn
  }
}
