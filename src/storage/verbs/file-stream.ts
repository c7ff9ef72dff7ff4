// A file as a Node stream. The stream owns the open file: it is closed when the last byte was read, when
// reading fails, and when the stream is destroyed, also before anything was read of it.

import { addAbortSignal, Readable } from 'node:stream'
import { checkOptions, type OptionRules } from '../../options.ts'
import { aSignal } from '../storage-options.ts'
import type { OpenedFile, Storage } from '../storage.ts'
import { checkSpan, clipSpan, spanRules, toAhead, type FileSpan } from './read-file.ts'

/** What is streamed of a file. */
export interface StreamOptions extends FileSpan {
  /** Destroys the stream. */
  readonly signal?: AbortSignal
}

/** See `FileVerbs.stream`. */
export async function streamFile(
  storage: Storage,
  name: string,
  options: StreamOptions,
): Promise<Readable | null> {
  checkOptions('stream()', options, rules)
  checkSpan('stream()', options)
  options.signal?.throwIfAborted()
  const opened = await storage.open(name, toAhead(options))
  if (opened === null) return null
  const stream = new FileStream(opened, options)
  return options.signal === undefined ? stream : addAbortSignal(options.signal, stream)
}

const rules: OptionRules<StreamOptions> = {
  ...spanRules,
  signal: aSignal,
}

/** One chunk of a local file. */
const highWaterMark = 256 * 1024

class FileStream extends Readable {
  readonly #opened: OpenedFile
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(opened: OpenedFile, span: FileSpan) {
    super({ highWaterMark })
    const { startByte, endByte } = clipSpan(span, opened.facts.sizeBytes)
    this.#opened = opened
    this.#chunks = opened.chunks(startByte, endByte)[Symbol.asyncIterator]()
  }

  // Node asks for the next chunk only once this one was pushed.
  override _read(): void {
    this.#chunks.next().then(
      ({ done, value }) => this.push(done === true ? null : value),
      (error: Error) => this.destroy(error),
    )
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    // oxlint-disable-next-line promise/no-callback-in-promise, promise/no-promise-in-callback -- Node's streams hear by it that they are closed
    void this.#free().then(() => callback(error))
  }

  async #free(): Promise<void> {
    // Not waited for: it may stand behind a read that close() waits for as well.
    void this.#chunks.return?.().catch(() => {})
    await this.#opened.close()
  }
}
