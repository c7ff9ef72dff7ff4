// Bodies of Responses that nobody reads just now. Whoever got one may drop it without telling us. So
// only a few such bodies keep their files open, for a moment; after that the file is opened again
// when somebody reads on.

/** The most files that stay open for bodies that are not being read. */
export const maxIdleBodies = 32
/** How long one stays open like that. */
const idleBodyMs = 2000

/** Something that holds a file open. */
export interface IdleBody {
  /** Closes the file, until it is needed again. Never throws. */
  letGo(): void
}

/** Bodies in the order in which they became idle. */
export interface IdleBodies {
  add(body: IdleBody): void
  remove(body: IdleBody): void
}

/** Makes the list. */
export function createIdleBodies(): IdleBodies {
  const sinceMs = new Map<IdleBody, number>()
  let timer: NodeJS.Timeout | null = null

  function letGo(body: IdleBody): void {
    sinceMs.delete(body)
    body.letGo()
  }

  function look(): void {
    timer = null
    const nowMs = performance.now()
    for (const [body, since] of sinceMs) {
      if (nowMs - since < idleBodyMs) break
      letGo(body)
    }
    wait()
  }

  /** Sets the timer for the oldest body. */
  function wait(): void {
    const [since] = sinceMs.values()
    if (since === undefined || timer !== null) return
    timer = setTimeout(look, Math.max(1, since + idleBodyMs - performance.now())).unref()
  }

  return {
    add(body) {
      sinceMs.delete(body)
      sinceMs.set(body, performance.now())
      const [oldest] = sinceMs.keys()
      if (sinceMs.size > maxIdleBodies && oldest !== undefined) letGo(oldest)
      wait()
    },
    remove: (body) => void sinceMs.delete(body),
  }
}
