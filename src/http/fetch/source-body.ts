// A source's pieces as a web stream. It reads only when asked to; while nobody asks, its source may be
// closed (idle-bodies.ts), and is opened again for the next read.

import type { ByteSource, ByteSpan, Reply, ReplyBody } from '../exchange.ts'
import type { IdleBodies, IdleBody } from './idle-bodies.ts'

/** A reply's body that comes from a source. */
export type SourceBody = Extract<ReplyBody, { kind: 'source' }>

/** Makes the stream; the source is its to close from now on, however it ends. */
export function streamSource(
  body: SourceBody,
  idle: IdleBodies,
  onEnd: Reply['onEnd'],
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(new PiecesSource(body, idle, onEnd), { highWaterMark: 0 })
}

class PiecesSource implements IdleBody {
  readonly #idle: IdleBodies
  readonly #reopen: () => Promise<ByteSource>
  /** What is still to be sent, from the front. */
  readonly #rest: (ByteSpan | Uint8Array)[]
  #source: ByteSource | null
  #chunks: AsyncIterator<Uint8Array> | null = null
  #isOver = false
  #sentBytes = 0
  readonly #onEnd: Reply['onEnd']

  constructor({ source, pieces, reopen }: SourceBody, idle: IdleBodies, onEnd: Reply['onEnd']) {
    this.#onEnd = onEnd
    this.#idle = idle
    this.#reopen = reopen
    this.#rest = [...pieces]
    this.#source = source
    idle.add(this)
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    // Its source is not closed while it reads.
    this.#idle.remove(this)
    try {
      const chunk = await this.#next()
      if (this.#isOver) return
      if (chunk !== null) {
        // The stream may take the bytes away.
        this.#sentBytes += chunk.length
        controller.enqueue(chunk)
      }
      if (this.#rest.length > 0) {
        this.#idle.add(this)
        return
      }
      await this.#end()
      controller.close()
    } catch (cause) {
      await this.#end()
      // The head is out: an error here breaks the connection.
      controller.error(cause)
    }
  }

  async cancel(): Promise<void> {
    await this.#end()
  }

  letGo(): void {
    void this.#close()
  }

  async #next(): Promise<Uint8Array | null> {
    const [piece] = this.#rest
    if (piece === undefined) return null
    if (piece instanceof Uint8Array) {
      this.#rest.shift()
      return piece
    }
    this.#source ??= await this.#reopen()
    // Cancelled while the source was being opened.
    if (this.#isOver) return this.#close().then(() => null)
    if (this.#chunks === null) {
      const iterable = this.#source.chunks(piece.startByte, piece.endByte)
      this.#chunks = iterable[Symbol.asyncIterator]()
    }
    const chunks = this.#chunks
    const { done, value } = await chunks.next()
    if (done === true) throw new Error('A source ended before its piece.')
    const startByte = piece.startByte + value.length
    if (startByte < piece.endByte) this.#rest[0] = { startByte, endByte: piece.endByte }
    else {
      this.#rest.shift()
      this.#chunks = null
      await chunks.return?.()
    }
    return value
  }

  #end(): Promise<void> {
    if (!this.#isOver)
      this.#onEnd?.({ bodyBytes: this.#sentBytes, isWhole: this.#rest.length === 0 })
    this.#isOver = true
    this.#idle.remove(this)
    return this.#close()
  }

  async #close(): Promise<void> {
    const chunks = this.#chunks
    const source = this.#source
    this.#chunks = null
    this.#source = null
    await chunks?.return?.()
    await source?.close()
  }
}
