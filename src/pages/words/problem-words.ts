// What went wrong, in words for whoever sends a file. Runs in browsers, too: programs get a code and
// its numbers (docs/errors.md), and these are what a person is told of them.

import { sayKinds } from './kinds.ts'
import { fill, sayBytes, sayBytesApart, sayNumber, type Speech } from './speech.ts'

/** A refusal as programs get it. */
export interface ToldProblem {
  readonly code: string
  readonly detail?: unknown
  readonly what?: unknown
  readonly limit?: unknown
  readonly actual?: unknown
  readonly accept?: unknown
}

/** What a refusal is, in words; `name` is the one file it can be about, `null` where there are more. */
export function sayProblem(speech: Speech, problem: ToldProblem, name: string | null): string {
  const { texts } = speech
  const limit = typeof problem.limit === 'number' ? problem.limit : 0
  switch (problem.code) {
    // The application's own words, for this very person.
    case 'upload-rejected':
      return typeof problem.detail === 'string' && problem.detail !== ''
        ? problem.detail
        : texts.unknown
    case 'upload-too-large':
      return sayTooLarge(speech, problem, name)
    case 'upload-too-small':
      return limit <= 1 && name !== null
        ? fill(texts.empty, { name })
        : fill(texts.tooSmall, { limit: sayBytes(speech, limit) })
    case 'upload-too-many':
      return problem.what === 'files'
        ? fill(texts.tooMany, { limit: sayNumber(speech, limit) })
        : texts.fieldsWrong
    case 'upload-type-refused':
      return sayWrongType(speech, toAccept(problem.accept), name)
    case 'upload-malformed':
      return texts.fieldsWrong
    default:
      return texts[byCode.get(problem.code) ?? 'unknown']
  }
}

/** What is said of a file that is not of a kind that is taken. */
export function sayWrongType(
  speech: Speech,
  accept: readonly string[] | null,
  name: string | null,
): string {
  const { texts } = speech
  const kinds = sayKinds(speech, accept)
  if (kinds === null) return texts.unknown
  return name === null
    ? fill(texts.wrongTypeUnnamed, { kinds })
    : fill(texts.wrongType, { name, kinds })
}

function sayTooLarge(speech: Speech, problem: ToldProblem, name: string | null): string {
  const { texts } = speech
  const { what, limit, actual } = problem
  if (what === 'field') return texts.fieldsWrong
  // Of a form it counts what stands around the files, too, and is not one that the page has told; what
  // a proxy takes, nobody has told.
  if (typeof limit !== 'number' || what === 'form') return texts.tooMuch
  if (what === 'files') return fill(texts.tooLargeTogether, { limit: sayBytes(speech, limit) })
  if (typeof actual !== 'number' || name === null)
    return fill(texts.tooLargeUnnamed, { limit: sayBytes(speech, limit) })
  const [size, most] = sayBytesApart(speech, actual, limit)
  return fill(texts.tooLarge, { name, size, limit: most })
}

function toAccept(accept: unknown): readonly string[] | null {
  return Array.isArray(accept) && accept.every((entry) => typeof entry === 'string') ? accept : null
}

const byCode: ReadonlyMap<string, keyof Speech['texts']> = new Map([
  ['slot-missing', 'gone'],
  ['slot-busy', 'busy'],
  ['upload-other-file', 'busy'],
  ['upload-incomplete', 'network'],
  ['upload-offset-mismatch', 'busy'],
  ['upload-digest-mismatch', 'damaged'],
  ['upload-checksum-mismatch', 'damaged'],
  ['upload-too-slow', 'tooSlow'],
  ['upload-stopped', 'stopped'],
  ['upload-unhandled', 'unhandled'],
  ['slot-handler-failed', 'unhandled'],
  ['slot-handler-timeout', 'unhandled'],
  ['slot-answer-untold', 'handled'],
  ['storage-full', 'noSpace'],
  ['network-failed', 'network'],
  ['file-unreadable', 'changed'],
])
