// What a large upload costs beside reading and writing: the network's pieces of 64 KiB are freed by the
// hundred at each collection, and glibc gives what is free at its heap's end back to the system above
// 128 KiB. The next pieces then are new memory, one page fault for every 4 KiB. It keeps more once it has
// freed one large block: twice as much as that block had, up to 64 MiB (M_TRIM_THRESHOLD, mallopt(3)).

/** Large enough that what is freed by one collection is kept. Nobody writes to it, so it is never there. */
const blockBytes = 16 * 1024 * 1024
let isTold = false

/**
 * Lets this process keep up to 32 MiB of freed memory; to be told of each large upload, and does it once.
 * Without effect where memory is not glibc's.
 */
export function keepFreedMemory(): void {
  if (isTold) return
  isTold = true
  // Of malloc, which a pooled or zeroed buffer would not be. The next collection frees it.
  Buffer.allocUnsafeSlow(blockBytes)
}
