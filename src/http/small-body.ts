// The body of a request that is a short form: read whole, bounded in bytes and time.

import type { Incoming } from './exchange.ts'

/** How long a short form may take on its way. */
const maxMs = 15_000

/**
 * Reads a body as UTF-8, or gives the status it is refused with.
 *
 * @throws TitofistoError `upload-already-read` where other code has read it.
 */
export async function readSmallBody(
  incoming: Incoming,
  maxBytes: number,
): Promise<string | 400 | 408 | 413> {
  if (Number(incoming.header('content-length') ?? 0) > maxBytes) return 413
  const chunks: Uint8Array[] = []
  let bytes = 0
  let isLate = false
  const stream = incoming.body()
  const timer = setTimeout(() => {
    isLate = true
    stream.destroy()
  }, maxMs)
  timer.unref()
  try {
    // What is left of it is the door's to throw away, so that the answer arrives.
    const pieces: AsyncIterable<Uint8Array> = stream.iterator({ destroyOnReturn: false })
    for await (const chunk of pieces) {
      bytes += chunk.length
      if (bytes > maxBytes) return 413
      chunks.push(chunk)
    }
  } catch {
    // The client went, or is too slow.
    return isLate ? 408 : 400
  } finally {
    clearTimeout(timer)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    return 400
  }
}
