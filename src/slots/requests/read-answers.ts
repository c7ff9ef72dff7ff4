// What a person, or a program, answers to a request: a name, a password. A short form or JSON,
// bounded in bytes and time.

import type { Incoming } from '../../http/exchange.ts'
import { readSmallBody } from '../../http/small-body.ts'

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

/**
 * Reads the body of a request.
 *
 * @throws TitofistoError `upload-already-read` where other code has read it.
 */
export async function readAnswers(incoming: Incoming): Promise<ReadAnswers> {
  const [type = ''] = (incoming.header('content-type') ?? '').split(';', 1)
  const kind = type.trim().toLowerCase()
  if (kind !== '' && kind !== formType && kind !== jsonType) return { isRead: false, status: 415 }
  const body = await readSmallBody(incoming, maxBytes)
  if (typeof body === 'number') return { isRead: false, status: body }
  const answers = kind === jsonType ? parseJson(body) : parseForm(body)
  return answers === null ? { isRead: false, status: 400 } : { isRead: true, answers }
}

const formType = 'application/x-www-form-urlencoded'
const jsonType = 'application/json'

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
