// Memory for parts on their way to S3: a few buffers for all uploads of a storage together, so that
// what a process needs does not grow with the number of its uploads.

/** Lends memory. */
export interface PartMemory {
  /** Waits until there is room, and gives it back when `work` is over. */
  use<Value>(sizeBytes: number, work: (memory: Buffer) => Promise<Value>): Promise<Value>
}

/** Makes memory for so many parts of at most `partBytes` at once; a larger one takes the room of several. */
export function createPartMemory(partBytes: number, maxParts: number): PartMemory {
  const idle: Buffer[] = []
  const waiting: { readonly room: number; readonly go: () => void }[] = []
  let free = maxParts

  async function use<Value>(
    sizeBytes: number,
    work: (memory: Buffer) => Promise<Value>,
  ): Promise<Value> {
    const room = Math.min(maxParts, Math.max(1, Math.ceil(sizeBytes / partBytes)))
    await takeRoom(room)
    // Small ones are not worth keeping.
    const isKept = room === 1 && sizeBytes > partBytes / 2 && sizeBytes <= partBytes
    const memory =
      (isKept ? idle.pop() : undefined) ?? Buffer.allocUnsafeSlow(isKept ? partBytes : sizeBytes)
    try {
      const value = await work(memory)
      // Only after a success: a request that failed may still be reading it.
      if (isKept) idle.push(memory)
      return value
    } finally {
      giveRoom(room)
    }
  }

  function takeRoom(room: number): Promise<void> | undefined {
    if (waiting.length === 0 && free >= room) {
      free -= room
      return undefined
    }
    return new Promise((go) => {
      waiting.push({ room, go })
    })
  }

  function giveRoom(room: number): void {
    free += room
    // In turn: nobody who needs more room is overtaken for ever.
    for (let [next] = waiting; next !== undefined && next.room <= free; [next] = waiting) {
      waiting.shift()
      free -= next.room
      next.go()
    }
    if (free === maxParts) idle.length = 0
  }

  return { use }
}
