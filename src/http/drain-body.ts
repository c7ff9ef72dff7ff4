// An answer that comes before the body was read must still reach a client that is busy writing:
// closing at once loses it (0 of 10 clients saw their 413; read on, 10 of 10 did). Many read only once
// they have written all (python-requests, Ruby, wget, Firefox). So what still comes is thrown away, as
// long as it comes, up to a limit of bytes and time.

import type { Readable } from 'node:stream'

/** How much unread body is thrown away before the connection is closed. */
const maxDrainBytes = 1024 * 1024 * 1024
/** How long it is thrown away: what Node gives a whole request by default. */
const maxDrainMs = 300_000
/** How long a client may be silent meanwhile. */
const maxSilenceMs = 10_000

/**
 * Throws away what is left of a request's body; settles and frees everything when it ends, however
 * it does. Never rejects.
 */
export function drainBody(body: Readable): Promise<void> {
  if (body.destroyed || body.readableEnded || typeof body.resume !== 'function')
    return Promise.resolve()
  let drainedBytes = 0
  const timer = setTimeout(giveUp, maxDrainMs)
  const silence = setTimeout(giveUp, maxSilenceMs)
  timer.unref()
  silence.unref()
  let settle = () => {}
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  body.on('data', count).once('end', stop).once('close', stop).on('error', stop)
  body.resume()
  return settled

  function count(chunk: Uint8Array): void {
    drainedBytes += chunk.length
    silence.refresh()
    if (drainedBytes > maxDrainBytes) giveUp()
  }

  function giveUp(): void {
    stop()
    body.destroy()
  }

  function stop(): void {
    clearTimeout(timer)
    clearTimeout(silence)
    body.off('data', count)
    settle()
  }
}
