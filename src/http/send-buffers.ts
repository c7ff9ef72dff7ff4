// Buffers for files on their way out. Every download may have one small buffer; the large ones are
// few and shared by all, so that memory doesn't grow with the number of clients.

/** What a client gets that has proven nothing yet. */
export const smallBufferBytes = 64 * 1024
const largeBufferBytes = 384 * 1024
/** All large buffers of the process together: 6 MiB. */
const maxLargeBuffers = 16
/** Small buffers kept for the next download: 2 MiB. */
const maxIdleSmallBuffers = 32

const idleSmall: Buffer[] = []
const idleLarge: Buffer[] = []
let largeCount = 0

/** Takes a small buffer; never fails. */
export function takeSmallBuffer(): Buffer {
  return idleSmall.pop() ?? Buffer.allocUnsafeSlow(smallBufferBytes)
}

/** Takes two large buffers, to be read into and written from in turn; `null` when all are in use. */
export function takeLargeBuffers(): [Buffer, Buffer] | null {
  if (idleLarge.length < 2) {
    if (largeCount + 2 > maxLargeBuffers) return null
    largeCount += 2
    idleLarge.push(
      Buffer.allocUnsafeSlow(largeBufferBytes),
      Buffer.allocUnsafeSlow(largeBufferBytes),
    )
  }
  const first = idleLarge.pop()
  const second = idleLarge.pop()
  return first === undefined || second === undefined ? null : [first, second]
}

/** Gives a buffer back that nothing reads or writes any more. */
export function giveBuffer(buffer: Buffer): void {
  if (buffer.length === largeBufferBytes) idleLarge.push(buffer)
  else if (idleSmall.length < maxIdleSmallBuffers) idleSmall.push(buffer)
}

/** Gives up a buffer that something may still read: nobody gets it again. */
export function dropBuffer(buffer: Buffer): void {
  if (buffer.length === largeBufferBytes) largeCount--
}
