// Numbers the turns of the event loop. One look at a file serves all requests of a turn that came
// straight from their sockets, since they were sent before the look. But in a turn with more than
// 1,024 busy sockets libuv reads on, and a client among the later ones may have had an answer in this
// very turn, and know of a change since. So after a millisecond a turn counts as a new one.
//
// The number is kept with each file. A set of the files seen in this turn, emptied after it, would
// chain its old tables together, and the garbage collector would keep them all.

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
