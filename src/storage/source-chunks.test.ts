import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { sourceChunks } from './source-chunks.ts'
import type { FileSource } from './storage.ts'

async function collect(source: FileSource, signal?: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of sourceChunks(source, signal)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function* piecesOf(...pieces: (Uint8Array | string)[]) {
  yield* pieces
}

describe('a source of bytes', () => {
  it.each<[string, FileSource]>([
    ['text', 'héllo wörld'],
    ['a Uint8Array', new TextEncoder().encode('héllo wörld')],
    ['a part of a larger buffer', Buffer.from('>>héllo wörld<<').subarray(2, -2)],
    ['a Blob', new Blob(['héllo ', 'wörld'])],
    ['a File', new File(['héllo ', 'wörld'], 'a.txt')],
    ['a ReadableStream', new Blob(['héllo wörld']).stream()],
    ['a Node stream', Readable.from([Buffer.from('héllo '), Buffer.from('wörld')])],
    ['a Node stream of text', Readable.from(['héllo ', 'wörld'])],
    ['an async generator', piecesOf('héllo ', Buffer.from('wörld'))],
  ])('can be %s', async (_, source) => {
    expect(await collect(source)).toBe('héllo wörld')
  })

  it.each([5, null, undefined, {}, ['a']])('can not be %j', async (source) => {
    // @ts-expect-error -- what a program without types may pass
    await expect(collect(source)).rejects.toThrow(TypeError)
  })

  it('can not be a stream that was read before: it would be an empty file', async () => {
    const stream = Readable.from(['héllo'])
    expect(await collect(stream)).toBe('héllo')
    await expect(collect(stream)).rejects.toThrow(TypeError)
    const web = new Blob(['héllo']).stream()
    for await (const _ of web);
    await expect(collect(web)).rejects.toThrow('read to its end before')
    const { body } = new Response('héllo')
    if (body === null) throw new Error('there is none')
    expect(await collect(body)).toBe('héllo')
    await expect(collect(body)).rejects.toThrow(TypeError)
  })

  it('can be what somebody left of a stream', async () => {
    const stream = Readable.from(['héllo ', 'wörld'])
    const iterator = stream.iterator({ destroyOnReturn: false })
    await iterator.next()
    await iterator.return?.()
    expect(await collect(stream)).toBe('wörld')
    const web = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of ['héllo ', 'wörld']) controller.enqueue(Buffer.from(piece))
        controller.close()
      },
    })
    const reader = web.getReader()
    await reader.read()
    reader.releaseLock()
    expect(await collect(web)).toBe('wörld')
  })

  it('may have nothing', async () => {
    expect(await collect(Readable.from([]))).toBe('')
    expect(await collect(new Blob([]))).toBe('')
  })

  it('must give bytes or text', async () => {
    await expect(collect(Readable.from([{ some: 'object' }]))).rejects.toThrow(
      'A source of a file must give Uint8Arrays or strings.',
    )
  })

  it('is asked for no more than is taken', async () => {
    let given = 0
    async function* counting() {
      for (;;) {
        given++
        yield 'x'
      }
    }
    for await (const _ of sourceChunks(counting())) if (given === 3) break
    expect(given).toBe(3)
  })

  it('hears of it when nothing more is wanted', async () => {
    let isCancelled = false
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from('x')),
      cancel: () => {
        isCancelled = true
      },
    })
    for await (const _ of sourceChunks(stream)) break
    expect(isCancelled).toBe(true)

    const readable = Readable.from(piecesOf('a', 'b', 'c'))
    const closed = once(readable, 'close')
    for await (const _ of sourceChunks(readable)) break
    await closed
    expect(readable.destroyed).toBe(true)
  })

  it('is waited for no longer than until the signal, and then let go', async () => {
    const reason = new Error('no longer wanted')
    const silent = new Readable({ read: () => {} })
    const closed = once(silent, 'close')
    const cancellation = new AbortController()
    const collecting = collect(silent, cancellation.signal)
    cancellation.abort(reason)
    await expect(collecting).rejects.toBe(reason)
    await closed

    let cancelledWith: unknown
    const stream = new ReadableStream<Uint8Array>({
      cancel: (given) => {
        cancelledWith = given
      },
    })
    const second = new AbortController()
    const reading = collect(stream, second.signal)
    second.abort(reason)
    await expect(reading).rejects.toBe(reason)
    expect(cancelledWith).toBe(reason)
  })

  it('is not begun once the signal came', async () => {
    let isBegun = false
    async function* source() {
      isBegun = true
      yield 'x'
    }
    const reason = new Error('no longer wanted')
    await expect(collect(source(), AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(isBegun).toBe(false)
  })

  it('throws what the source throws', async () => {
    const fault = new Error('the sender vanished')
    async function* failing() {
      yield 'x'
      throw fault
    }
    await expect(collect(failing())).rejects.toBe(fault)
  })
})
