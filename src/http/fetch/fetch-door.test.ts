import { describe, expect, it } from 'vitest'
import { notFound } from '../plain-replies.ts'
import type { Incoming, Reply } from '../exchange.ts'
import { createFetchHandler } from './fetch-door.ts'

const mebibyte = 1024 * 1024

/** Reads no more than the first bytes, as an upload that is refused. */
function refuseEarly(incoming: Incoming): Promise<Reply> {
  const body = incoming.body()
  return new Promise((resolve) => {
    body.once('data', () => {
      body.pause()
      resolve(notFound)
    })
  })
}

describe('createFetchHandler', () => {
  it('throws away what an early answer has left of a body, and not for ever', async () => {
    const handle = createFetchHandler(refuseEarly, () => {})
    const chunk = new Uint8Array(mebibyte)
    let sentChunks = 0
    let isCancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sentChunks += 1
        controller.enqueue(chunk)
      },
      cancel() {
        isCancelled = true
      },
    })
    const request = new Request('http://x/', { method: 'PUT', body, duplex: 'half' })
    expect((await handle(request)).status).toBe(404)
    await expect.poll(() => isCancelled, { timeout: 10_000 }).toBe(true)
    expect(sentChunks).toBeGreaterThan(1024)
    expect(sentChunks).toBeLessThan(1040)
  })

  it('reads a body to its end after an early answer', async () => {
    const handle = createFetchHandler(refuseEarly, () => {})
    let leftChunks = 40
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        leftChunks -= 1
        if (leftChunks === 0) controller.close()
        else controller.enqueue(new Uint8Array(mebibyte))
      },
    })
    const request = new Request('http://x/', { method: 'PUT', body, duplex: 'half' })
    expect((await handle(request)).status).toBe(404)
    await expect.poll(() => leftChunks).toBe(0)
  })
})
