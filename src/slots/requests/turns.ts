// Work on one thing in one process, one after the other: those who would only lose races against
// each other wait for each other instead.

/** Does work when all that was begun before under this key has ended. */
export type Turns = <Value>(key: string, work: () => Promise<Value>) => Promise<Value>

/** Makes the turns of a process. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work)
    const settled = turn.catch(() => {})
    last.set(key, settled)
    try {
      return await turn
    } finally {
      if (last.get(key) === settled) last.delete(key)
    }
  }
}
