// Bodies that nobody reads just now. A body that is handed out has no owner we know: whoever got it
// may drop it without a word. So the files behind such bodies are held open for a few and for a
// moment only, and opened again should somebody read on.

/** So many files stay open for bodies that are not being read. */
export const maxIdleBodies = 32
/** Longest time that one stays open so. */
export const idleBodyMs = 5000

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
  // Without the timer's help a process that is asked for nothing more would hold the last ones.
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
    if (sinceMs.size > 0) wait()
  }

  function wait(): void {
    timer ??= setTimeout(look, maxIdleMs).unref()
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
