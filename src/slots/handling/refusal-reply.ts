// What an uploader is told when a slot does not take its upload.

import { isTitofistoError } from '../../errors.ts'
import type { TitofistoError } from '../../errors.ts'
import {
  internalError,
  methodNotAllowed,
  notFound,
  plainReply,
  retryAfterSeconds,
} from '../../http/plain-replies.ts'
import { refuse } from './problem.ts'
import type { Reply } from '../../http/exchange.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { MoveRefusal } from '../record/lifecycle.ts'
import type { SlotRefusalReason } from '../record/slot-events.ts'
import { withoutTokens } from '../../redact.ts'
import { outwardFields } from './outward-fields.ts'
import { formatAccept } from '../../receive/types/accept-list.ts'
import type { SlotId } from '../record/slot.ts'

/** A refusal that says inward what it is for. To the door, a reply like any other. */
export interface RefusedReply extends Reply {
  readonly refusal: SlotRefusalReason
}

/** Whether a reply, or what was made of it, is a refusal. */
export function isRefused(reply: Reply): reply is RefusedReply {
  return 'refusal' in reply
}

const moveRefusals: ReadonlySet<SlotRefusalReason> = new Set<MoveRefusal>([
  'busy',
  'used',
  'rejected',
  'interrupted',
  'revoked',
  'expired',
  'exhausted',
  'lost',
])

/** Why a slot was not to be had, where that is what a reply says; else `null`. */
export function moveRefusalOf(reply: Reply): MoveRefusal | null {
  return isRefused(reply) && isMoveRefusal(reply.refusal) ? reply.refusal : null
}

function isMoveRefusal(reason: SlotRefusalReason): reason is MoveRefusal {
  return moveRefusals.has(reason)
}

/** The one answer wherever there is no slot to be used, for whatever reason. */
export const slotMissing: RefusedReply = {
  ...notFound,
  problem: { code: 'slot-missing', detail: 'Not found' },
  refusal: 'lost',
}

/** 405 on a slot's URL. */
export function slotMethodNotAllowed(allow: string): Reply {
  return {
    ...methodNotAllowed(allow),
    problem: { code: 'method-not-allowed', detail: 'Method not allowed' },
  }
}

/** The answer to a claim that was refused: a used slot looks like one that never was. */
export function replyToRefusal(refusal: MoveRefusal): RefusedReply {
  switch (refusal) {
    case 'busy': {
      const text = 'This slot is in use. If that upload fails, it is free again.'
      return { ...refuse(409, 'slot-busy', text, ['Retry-After', '5']), refusal }
    }
    case 'exhausted': {
      const text = 'This upload could not be handled, several times. Send another one.'
      return { ...refuse(422, 'upload-unhandled', text), refusal }
    }
    case 'used':
    case 'rejected':
    case 'interrupted':
    case 'revoked':
    case 'expired':
    case 'lost':
      return { ...slotMissing, refusal }
  }
}

/** The answer to an upload that went wrong; what is our own fault is told to the log only. */
export function replyToError(parts: SlotParts, id: SlotId, error: unknown): RefusedReply {
  if (!isTitofistoError(error)) {
    const message = 'A slot failed in a way nobody thought of.'
    parts.log({ level: 'error', event: 'slot-failed', message, slotId: id, cause: error })
    const refusal = 'internal-error'
    return { ...internalError, problem: { code: refusal }, refusal }
  }
  const { code, message, status } = error
  // A stop was asked for, by the minting side or by whoever stops the server.
  const isOurFault = status >= 500 && code !== 'upload-stopped'
  // handle-upload.ts has logged what handlers do.
  if (!code.startsWith('slot-handler-')) {
    // Some say what the client calls its fields.
    const told = {
      message: withoutTokens(message),
      reason: code,
      slotId: id,
      cause: error.cause,
    }
    if (isOurFault) parts.log({ level: 'error', event: 'slot-failed', ...told })
    else parts.log({ level: 'info', event: 'upload-refused', ...told })
  }
  if (isOurFault) {
    const text = ourFaults.get(status) ?? 'Internal server error'
    // It passes: clients that resume, and those that heed the field, come again by themselves.
    const help = status === 503 ? ['Retry-After', String(retryAfterSeconds)] : []
    return { ...plainReply(status, text, help), problem: { code }, refusal: code }
  }
  return {
    ...plainReply(status, message, helpOfRefusal(error)),
    problem: { code, detail: message, ...outwardFields(error) },
    refusal: code,
  }
}

/** The field that tells a client what would have done (RFC 9110 15.5.16). */
function helpOfRefusal(error: TitofistoError): readonly string[] {
  if (error.code !== 'upload-type-refused') return []
  if (error.acceptEncoding !== undefined) return ['Accept-Encoding', error.acceptEncoding]
  return error.accept === null ? [] : ['Accept', formatAccept(error.accept)]
}

const ourFaults: ReadonlyMap<number, string> = new Map([
  [503, 'Uploads can not be taken now. Try again later'],
  [504, 'The upload took too long to handle'],
  [507, 'No space left'],
])
