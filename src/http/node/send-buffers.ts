// Buffers for files on their way out. Every download may have one small buffer; the large ones are
// few and shared by all, so that memory doesn't grow with the number of clients.

/** What a client gets for little to send, or once the large ones are taken. */
export const smallBufferBytes = 64 * 1024
const largeBufferBytes = 512 * 1024
/** All large buffers of the process together: 6 MiB. */
export const maxLargeBuffers = 12
/** Small buffers left for the next download: 2 MiB. */
const maxIdleSmallBuffers = 32

// A buffer is idle, or lent to one taker, or gone: `take` lends it, and only what is lent can be given
// back or dropped, once. So whatever a taker does wrong, no two of them ever get one buffer.
const idleSmall: Buffer[] = []
const idleLarge: Buffer[] = []
const lent = new Set<Buffer>()
let largeCount = 0

/** Takes a small buffer; never fails. */
export function takeSmallBuffer(): Buffer {
  return lend(idleSmall.pop() ?? Buffer.allocUnsafeSlow(smallBufferBytes))
}

/** Takes a large buffer, the one given back last if any; `null` when all are in use. */
export function takeLargeBuffer(): Buffer | null {
  const idle = idleLarge.pop()
  if (idle !== undefined) return lend(idle)
  if (largeCount === maxLargeBuffers) return null
  largeCount++
  return lend(Buffer.allocUnsafeSlow(largeBufferBytes))
}

/** Gives a buffer back that nothing reads or writes any more. What is not lent stays away. */
export function giveBuffer(buffer: Buffer): void {
  if (!lent.delete(buffer)) return
  if (buffer.length === largeBufferBytes) idleLarge.push(buffer)
  else if (idleSmall.length < maxIdleSmallBuffers) idleSmall.push(buffer)
}

/** Gives up a buffer that something may still read: nobody gets it again. */
export function dropBuffer(buffer: Buffer): void {
  if (lent.delete(buffer) && buffer.length === largeBufferBytes) largeCount--
}

function lend(buffer: Buffer): Buffer {
  lent.add(buffer)
  return buffer
}
