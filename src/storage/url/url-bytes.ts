// The bytes of what a URL leads to, as one source of a file: all of them, or an error.

import type { IncomingMessage } from 'node:http'
import { TitofistoError, isTitofistoError } from '../../errors.ts'
import { openUrl, type UrlTerms } from './open-url.ts'

/** What is fetched, and how much of it at most. */
export interface UrlTask extends UrlTerms {
  readonly url: string | URL
  /** What the file is to be called, for the error. */
  readonly fileName: string
  readonly maxBytes: number
}

/**
 * The bytes, asked for when the first of them is. Left early, it closes the connection.
 *
 * @throws TitofistoError `url-refused`, `url-failed`, `file-too-large`; the signal's reason.
 */
export async function* urlBytes(task: UrlTask): AsyncGenerator<Uint8Array> {
  try {
    const answer = await openUrl(task.url, task)
    try {
      checkHead(answer, task)
      yield* readBody(answer, task)
    } finally {
      answer.destroy()
    }
  } catch (error) {
    task.signal.throwIfAborted()
    throw isTitofistoError(error)
      ? error
      : new TitofistoError('url-failed', 'The server of this URL could not be read from.', {
          cause: error,
        })
  }
}

function checkHead({ headers }: IncomingMessage, task: UrlTask): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity')
    throw new TitofistoError(
      'url-failed',
      'The server of this URL packs the file, though it was asked not to (Content-Encoding).',
      {},
    )
  // Unpacked by nobody, or without an end: nobody could tell a part from the whole.
  const transfer = headers['transfer-encoding']
  if (transfer === undefined ? headers['content-length'] === undefined : !isChunked(transfer))
    throw new TitofistoError(
      'url-failed',
      'The server of this URL does not say where the file ends, so a part would look like the whole.',
      {},
    )
  const length = Number(headers['content-length'] ?? 0)
  if (length > task.maxBytes) throw tooLarge(task, length)
}

function isChunked(transferEncoding: string): boolean {
  return transferEncoding.trim().toLowerCase() === 'chunked'
}

async function* readBody(answer: IncomingMessage, task: UrlTask): AsyncGenerator<Uint8Array> {
  let bytesRead = 0
  // Without setEncoding() it gives Buffers.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytesRead += chunk.length
    if (bytesRead > task.maxBytes) throw tooLarge(task, bytesRead)
    yield chunk
  }
  if (!answer.complete)
    throw new TitofistoError('url-failed', 'The server of this URL cut the file short.', {})
}

function tooLarge({ fileName, maxBytes }: UrlTask, actual: number): TitofistoError {
  return new TitofistoError(
    'file-too-large',
    `What this URL leads to has more than the ${maxBytes} bytes that are taken. Raise maxBytes to take more.`,
    { fileName, limit: maxBytes, actual },
  )
}
