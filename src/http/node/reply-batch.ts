// Replies whose bytes are in memory are written together, at the end of the turn of the event loop
// that decided them. A client on the same machine, such as a proxy, then wakes once for many replies
// instead of once for each, which in a virtual machine costs as much as the reply itself. And the
// code that reads requests and the code that writes replies each stay in the processor's caches.

/** Puts a thing off to the end of this turn; the promise settles once it is done. */
export type TurnEnd<Thing> = (thing: Thing) => Promise<void>

/** The most replies that wait, so that the first one doesn't wait long. */
const maxWaiting = 64

/** Does `work`, which must not throw, with each thing in order, at the end of each turn. */
export function createTurnEnd<Thing>(work: (thing: Thing) => void): TurnEnd<Thing> {
  let waiting: Thing[] = []
  let isAwaited = false
  let { promise, resolve } = makeEnd()

  function finish(): void {
    const things = waiting
    const settle = resolve
    waiting = []
    ;({ promise, resolve } = makeEnd())
    for (const thing of things) work(thing)
    settle()
  }

  function endTurn(): void {
    isAwaited = false
    finish()
  }

  return (thing) => {
    waiting.push(thing)
    const { length } = waiting
    const done = promise
    if (length === maxWaiting) finish()
    else if (!isAwaited) {
      isAwaited = true
      setImmediate(endTurn)
    }
    return done
  }
}

function makeEnd(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
