// What an IETF client is told of an upload. As long as its handler has not answered, an upload is
// busy: "complete" is what a client takes for done.

import type { TitofistoError } from '../../errors.ts'
import type { Reply } from '../../http/exchange.ts'
import { refuse } from '../handling/problem.ts'
import { replyToRefusal, type RefusedReply } from '../handling/refusal-reply.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import type { MoveRefusal } from '../record/lifecycle.ts'
import type { UploadEnding, UploadOutcome, UploadStanding } from '../uploads/upload-outcome.ts'
import { formatCompleteness, formatLimits, formatOffset, noLimits } from './ietf-headers.ts'
import type { IetfVersion } from './ietf-versions.ts'

/** A request that is to be answered. */
export interface Asked {
  readonly version: IetfVersion
  readonly slot: KnownSlot
  /** Where the upload is, for who begins it; `null` for who knows. */
  readonly location: string | null
}

/** The answer to a request that brought a piece, or came again. */
export function tellIetfOutcome(asked: Asked, outcome: UploadOutcome): Reply {
  const { version, slot, location } = asked
  const place = location === null ? [] : ['Location', location]
  switch (outcome.kind) {
    case 'partial': {
      const limits = formatLimits(version, slot)
      const progress = [...formatOffset(outcome.offsetBytes), ...formatCompleteness(version, false)]
      return emptyReply(location === null ? 204 : 201, [...progress, ...place, ...limits])
    }
    case 'handled': {
      const { reply, lengthBytes } = outcome
      const isPlaced = reply.headers.some((text, index) => index % 2 === 0 && isLocation(text))
      const progress = [...formatOffset(lengthBytes), ...formatCompleteness(version, true)]
      return { ...reply, headers: [...reply.headers, ...progress, ...(isPlaced ? [] : place)] }
    }
    case 'done':
      return version.refusesAfterEnd ? refusedAfterEnd(version) : tellEnding(version, outcome)
    case 'rejected':
      return tellEnding(version, outcome)
    case 'refused':
      return refuseIetf(version, outcome.refusal)
  }
}

/** The answer to who asks how far an upload came. */
export function tellIetfStanding({ version, slot }: Asked, standing: UploadStanding): Reply {
  switch (standing.kind) {
    case 'partial': {
      const { offsetBytes, lengthBytes } = standing
      return emptyReply(204, [
        ...formatOffset(offsetBytes),
        ...formatCompleteness(version, false),
        ...(lengthBytes === null ? [] : ['Upload-Length', String(lengthBytes)]),
        ...formatLimits(version, slot),
        ...notStored,
      ])
    }
    case 'done':
    case 'rejected':
      return tellEnding(version, standing)
    case 'refused':
      return refuseIetf(version, standing.refusal)
  }
}

/** Why an upload can't be had. By the drafts 409 is for a wrong offset alone. */
export function refuseIetf({ busyStatus }: IetfVersion, refusal: MoveRefusal): RefusedReply {
  if (refusal !== 'busy') return replyToRefusal(refusal)
  const text = 'This upload is being worked on. Ask again soon.'
  return { ...refuse(busyStatus, 'slot-busy', text, ['Retry-After', '1']), refusal }
}

/** A refusal with what the protocol adds to it. */
export function explainRefusal(
  { version, slot }: Asked,
  reply: Reply,
  error: TitofistoError,
): Reply {
  const incomplete = formatCompleteness(version, false)
  if (error.code === 'upload-offset-mismatch') {
    const { expected, actual } = error
    const offset = { 'expected-offset': expected, 'provided-offset': actual }
    const told = withType(reply, 'mismatching-upload-offset', offset)
    return withHeaders(told, [...formatOffset(expected), ...incomplete])
  }
  const limits = reply.status === 413 ? formatLimits(version, slot) : []
  return withHeaders(reply, [...incomplete, ...limits])
}

/** The refusal of a request whose length is not the one that the upload has. */
export function refuseLength(version: IetfVersion, reply: Reply = otherLength): Reply {
  const told = withType({ ...reply, status: 400 }, 'inconsistent-upload-length')
  return withHeaders(told, formatCompleteness(version, false))
}

const otherLength: RefusedReply = {
  ...refuse(
    400,
    'upload-malformed',
    "The request's length and its Upload-Length don't fit together.",
  ),
  refusal: 'upload-malformed',
}

/** An answer of headers alone. */
export function emptyReply(status: number, headers: readonly string[]): Reply {
  return { status, headers, body: { kind: 'empty' } }
}

/** How an upload ended, for whoever has the URL: neither its file's name nor a word of the handler's. */
function tellEnding(version: IetfVersion, ending: UploadEnding): Reply {
  const complete = formatCompleteness(version, true)
  if (ending.kind === 'rejected')
    // Whatever status the handler gave: a client takes any of them as final.
    return withHeaders(refusedForGood, complete)
  const { lengthBytes } = ending
  const length = ['Upload-Length', String(lengthBytes)]
  const limits = version.ageLimit === null ? [] : noLimits
  const told = [...formatOffset(lengthBytes), ...complete, ...length, ...limits, ...notStored]
  return emptyReply(204, told)
}

const refusedForGood: RefusedReply = {
  ...refuse(422, 'upload-rejected', 'This upload was refused.'),
  refusal: 'rejected',
}

function refusedAfterEnd(version: IetfVersion): Reply {
  const text = 'This upload is complete already, and takes no more.'
  const refused: RefusedReply = { ...refuse(400, 'upload-complete', text), refusal: 'used' }
  return withHeaders(withType(refused, 'completed-upload'), formatCompleteness(version, true))
}

/** Problem types of the drafts, by the end of their name, with the title that belongs to each. */
const titles = {
  'mismatching-upload-offset': 'The offset is not where the upload stands',
  'completed-upload': 'The upload is complete already',
  'inconsistent-upload-length': 'The lengths of the upload differ',
} as const

function withType(reply: Reply, type: keyof typeof titles, members: object = {}): Reply {
  const { problem } = reply
  if (problem === undefined) return reply
  const iri = `https://iana.org/assignments/http-problem-types#${type}`
  return { ...reply, problem: { ...problem, type: iri, title: titles[type], ...members } }
}

function withHeaders(reply: Reply, headers: readonly string[]): Reply {
  return { ...reply, headers: [...reply.headers, ...headers] }
}

function isLocation(text: string): boolean {
  return text.toLowerCase() === 'location'
}

const notStored = ['Cache-Control', 'no-store']
