// What a person, or a program, answers to a request: a name, a password. A short form or JSON,
// bounded in bytes and time.

import type { Incoming } from '../../http/exchange.ts'

/** What came. */
export interface Answers {
  readonly name: string | null
  readonly password: string | null
  /** Names this one try; a form of ours brings it along. */
  readonly key: string | null
}

/** What came, or with which status it is refused. */
export type ReadAnswers =
  | { readonly isRead: true; readonly answers: Answers }
  | { readonly isRead: false; readonly status: 400 | 408 | 413 | 415 }

const maxBytes = 16 * 1024
const maxMs = 15_000

/**
 * Reads the body of a request.
 *
 * @throws TitofistoError `upload-already-read` where other code has read it.
 */
export async function readAnswers(incoming: Incoming): Promise<ReadAnswers> {
  const [type = ''] = (incoming.header('content-type') ?? '').split(';', 1)
  const kind = type.trim().toLowerCase()
  if (kind !== '' && kind !== formType && kind !== jsonType) return { isRead: false, status: 415 }
  if (Number(incoming.header('content-length') ?? 0) > maxBytes)
    return { isRead: false, status: 413 }
  const body = await readBody(incoming)
  if (typeof body === 'number') return { isRead: false, status: body }
  const answers = kind === jsonType ? parseJson(body) : parseForm(body)
  return answers === null ? { isRead: false, status: 400 } : { isRead: true, answers }
}

const formType = 'application/x-www-form-urlencoded'
const jsonType = 'application/json'

async function readBody(incoming: Incoming): Promise<string | 400 | 408 | 413> {
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

function parseForm(text: string): Answers {
  const fields = new URLSearchParams(text)
  return { name: fields.get('name'), password: fields.get('password'), key: fields.get('key') }
}

function parseJson(text: string): Answers | null {
  if (text.trim() === '') return noAnswers
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return null
    const textOf = (name: string): string | null => {
      const given: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : null
      return typeof given === 'string' ? given : null
    }
    return { name: textOf('name'), password: textOf('password'), key: null }
  } catch {
    return null
  }
}

const noAnswers: Answers = { name: null, password: null, key: null }
