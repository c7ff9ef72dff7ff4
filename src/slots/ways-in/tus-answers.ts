// What tus tells of an upload. It does not know of handlers: as long as one has not succeeded, the
// upload is locked (423; clients wait and ask again), never "all here".

import { namesJson } from '../../http/accept.ts'
import { refuse } from '../handling/problem.ts'
import type { Incoming, Reply } from '../../http/exchange.ts'
import { replyToRefusal, type RefusedReply } from '../handling/refusal-reply.ts'
import type { MoveRefusal } from '../record/lifecycle.ts'
import { formatTusProgress, formatTusState } from './tus-headers.ts'
import type { UploadOutcome, UploadStanding } from '../uploads/upload-outcome.ts'

/** What a request that went well is answered with. */
export interface TusSuccess {
  readonly status: number
  readonly headers: readonly string[]
}

/** The answer to a `PATCH` that went well. */
export const appended: TusSuccess = { status: 204, headers: [] }

/** The answer to a `POST` that went well. */
export function createdAt(url: string): TusSuccess {
  return { status: 201, headers: ['Location', url] }
}

/** The answer to a request that brought a piece, or came again. */
export async function tellTusOutcome(
  incoming: Incoming,
  outcome: UploadOutcome,
  success: TusSuccess,
): Promise<Reply> {
  switch (outcome.kind) {
    case 'partial':
      return succeed(success, outcome.offsetBytes, outcome.expiresMs)
    case 'done':
      return succeed(success, outcome.lengthBytes)
    case 'handled':
      return tellHandled(incoming, outcome.reply, succeed(success, outcome.lengthBytes))
    case 'rejected':
      return refusedForGood
    case 'refused':
      return refuseTus(outcome.refusal)
  }
}

/** The answer to `HEAD`: "all here" is what a tus client takes for success. */
export function tellTusStanding(standing: UploadStanding): Reply {
  switch (standing.kind) {
    case 'partial':
      return emptyReply(200, formatTusState(standing, standing.metadata))
    case 'done': {
      const { lengthBytes } = standing
      const progress = { offsetBytes: lengthBytes, lengthBytes, expiresMs: null }
      return emptyReply(200, formatTusState(progress, null))
    }
    case 'rejected':
      return refusedForGood
    case 'refused':
      return refuseTus(standing.refusal)
  }
}

/** tus clients wait at 423, where others are told of a conflict. */
export function refuseTus(refusal: MoveRefusal): RefusedReply {
  if (refusal !== 'busy') return replyToRefusal(refusal)
  const text = 'This upload is being worked on. Ask again soon.'
  return { ...refuse(423, 'slot-busy', text, ['Retry-After', '1']), refusal }
}

/** An answer of headers alone. */
export function emptyReply(status: number, headers: readonly string[]): Reply {
  return { status, headers, body: { kind: 'empty' } }
}

function succeed(
  { status, headers }: TusSuccess,
  offsetBytes: number,
  expiresMs: number | null = null,
): Reply {
  return emptyReply(status, [...formatTusProgress({ offsetBytes, expiresMs }), ...headers])
}

/**
 * tus says that the last PATCH is answered by 204; a client that says it accepts JSON gets what the
 * handler returned instead. A refusal stays as it is.
 */
async function tellHandled(incoming: Incoming, reply: Reply, told: Reply): Promise<Reply> {
  if (reply.status >= 400) return reply
  const vary = ['Vary', 'Accept']
  if (namesJson(incoming.header('accept')) && reply.body.kind !== 'empty')
    return { ...reply, headers: [...reply.headers, ...vary, ...told.headers] }
  if (reply.body.kind === 'stream') await reply.body.stream.cancel()
  const replayed = isReplayed(reply) ? ['Idempotency-Replayed', 'true'] : []
  return { ...told, headers: [...told.headers, ...vary, ...replayed] }
}

/** Whether it is the answer to the bearer of its key; an upload of anybody's is told to be done without. */
function isReplayed({ headers }: Reply): boolean {
  return headers.includes('Idempotency-Replayed')
}

// Whatever status the handler gave: a client takes any of them as final.
const refusedForGood: RefusedReply = {
  ...refuse(422, 'upload-rejected', 'This upload was refused.'),
  refusal: 'rejected',
}
