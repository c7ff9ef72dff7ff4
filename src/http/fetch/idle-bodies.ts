// Bodies that nobody reads just now. A body that is handed out has no owner we know: whoever got it
// may drop it without a word. So the files behind such bodies are held open for a few and for a
// moment only, and opened again should somebody read on.

/** So many files stay open for bodies that are not being read. */
export const maxIdleBodies = 32
/** Longest time that one stays open so. */
export const idleBodyMs = 2000

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
export function createIdleBodies(maxBodies = maxIdleBodies, maxIdleMs = idleBodyMs): IdleBodies {
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
      if (nowMs - since < maxIdleMs) break
      letGo(body)
    }
    wait()
  }

  /** Until the oldest has its time. */
  function wait(): void {
    const [since] = sinceMs.values()
    if (since === undefined || timer !== null) return
    timer = setTimeout(look, Math.max(1, since + maxIdleMs - performance.now())).unref()
  }

  return {
    add(body) {
      sinceMs.delete(body)
      sinceMs.set(body, performance.now())
      const [oldest] = sinceMs.keys()
      if (sinceMs.size > maxBodies && oldest !== undefined) letGo(oldest)
      wait()
    },
    remove: (body) => void sinceMs.delete(body),
  }
}
