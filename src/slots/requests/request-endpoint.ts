// A request's link as people and programs see it: GET shows what is asked for, POST takes a place and
// gives the slot. Whatever it is over for, or if it never was: the same 404.

import type { Incoming, Reply } from '../../http/exchange.ts'
import { isFormNavigation, isNavigation } from '../../pages/navigation.ts'
import type { Pages } from '../../pages/pages.ts'
import type { RequestFault, RequestPageValues } from '../../pages/request-page.ts'
import { problemReply } from './request-replies.ts'
import { jsonHeaders, toBytesAnswer } from '../handling/handler-result.ts'
import { replyToError, slotMethodNotAllowed, slotMissing } from '../handling/refusal-reply.ts'
import { digestIdempotencyKey } from '../handling/replay.ts'
import { toTicket } from '../minting/mint.ts'
import { formatSlotPath } from '../minting/slot-url.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import type { NewSlot } from '../record/lifecycle.ts'
import { whyNoPlace, type RequestRecord, type RequestRefusal } from '../record/request.ts'
import type { SlotId } from '../record/slot.ts'
import { createGuessLanes, isPassword, type GuessLanes } from './password.ts'
import { parsePersonName } from './person-name.ts'
import { readAnswers, type Answers } from './read-answers.ts'
import { readRequestPath, toSlotFromRequest } from './request-url.ts'
import { takePlace } from './take-place.ts'
import { createTurns, type Turns } from './turns.ts'

/** Answers a request for what follows the upload namespace, `request/<id>/<token>`. Never rejects. */
export type RequestEndpoint = (incoming: Incoming, path: string) => Promise<Reply>

/** All that a request's link answers to. */
const methods = 'GET, HEAD, OPTIONS, POST'

interface Desk {
  readonly parts: SlotParts
  readonly turns: Turns
  readonly lanes: GuessLanes
}

/** Makes the endpoint that all requests share. */
export function createRequestEndpoint(parts: SlotParts): RequestEndpoint {
  const desk: Desk = { parts, turns: createTurns(), lanes: createGuessLanes() }
  return async (incoming, path) => {
    const id = readRequestPath(parts.requestKeyring, path)
    if (id === null) return slotMissing
    try {
      return await answer(desk, incoming, id)
    } catch (error) {
      return replyToError(parts, id, error)
    }
  }
}

async function answer(desk: Desk, incoming: Incoming, id: SlotId): Promise<Reply> {
  const { parts } = desk
  const record = await parts.store.requests.read(id)
  const refusal = record === null ? 'missing' : whyNoPlace(record, parts.nowMs())
  // Where all places are given, one may be free again: who sends will see.
  if (record === null || (refusal !== null && refusal !== 'full'))
    return refuse(parts, id, refusal ?? 'missing')
  if (!parts.kinds.has(record.kind)) {
    const message = `A file request of kind "${record.kind}" was opened, which this process does not define.`
    parts.log({ level: 'warn', event: 'slot-kind-unknown', message, slotId: id })
    return slotMissing
  }
  switch (incoming.method) {
    case 'GET':
    case 'HEAD':
      return show(parts, incoming, record)
    case 'POST':
      return takeFor(desk, incoming, record)
    default:
      return slotMethodNotAllowed(methods)
  }
}

function refuse(parts: SlotParts, id: SlotId, refusal: RequestRefusal): Reply {
  const message = 'A file request was opened that gives no place.'
  parts.log({ level: 'info', event: 'request-refused', message, reason: refusal, slotId: id })
  return slotMissing
}

function show(parts: SlotParts, incoming: Incoming, record: RequestRecord): Reply {
  const pages = pagesFor(parts, incoming)
  if (pages !== null) return pages.request(incoming, 200, toPageValues(parts, record))
  const { state, policy, expiresMs } = record
  const facts = {
    title: state.title,
    message: state.message,
    until: new Date(expiresMs).toISOString(),
    needsName: state.perPersonName,
    needsPassword: state.password !== null,
    ...policy,
  }
  return toBytesAnswer(200, factHeaders, Buffer.from(JSON.stringify(facts)))
}

const factHeaders = [...jsonHeaders, 'Vary', 'Accept']

async function takeFor(desk: Desk, incoming: Incoming, record: RequestRecord): Promise<Reply> {
  const { parts } = desk
  const read = await readAnswers(incoming)
  if (!read.isRead) return problemReply('unreadable', read.status)
  const { answers } = read
  const person = parsePersonName(answers.name ?? '')
  function fail(fault: RequestFault): Reply {
    const reply = problemReply(fault)
    const pages = pagesFor(parts, incoming)
    if (pages === null) return reply
    const values = { ...toPageValues(parts, record), name: person ?? '', fault }
    const page = pages.request(incoming, reply.status, values)
    return { ...page, headers: [...page.headers, ...retryHeaders(reply)] }
  }
  if (record.state.perPersonName && person === null) return fail('name')
  const fault = await checkPassword(desk, record, answers)
  if (fault !== null) return fail(fault)
  const taken = await takePlace(parts, desk.turns, record, {
    // A name that was not asked for is nobody's business.
    person: record.state.perPersonName ? person : null,
    keyDigest: digestIdempotencyKey(incoming, answers.key),
  })
  if (taken.taken) return toSlotReply(parts, incoming, taken.slot)
  return taken.refusal === 'full' ? fail('full') : refuse(parts, record.id, taken.refusal)
}

async function checkPassword(
  { lanes, parts }: Desk,
  { id, state }: RequestRecord,
  { password }: Answers,
): Promise<RequestFault | null> {
  const known = state.password
  if (known === null) return null
  const outcome = password === null ? 'wrong' : await lanes(id, () => isPassword(password, known))
  if (outcome === 'right') return null
  const reason = outcome === 'busy' ? 'guesses-waiting' : 'password'
  const message = 'A file request was opened without its password.'
  parts.log({ level: 'info', event: 'request-refused', message, reason, slotId: id })
  return outcome === 'busy' ? 'busy' : 'password'
}

/** The slot for a person: a browser goes there, a program is told all about it. */
function toSlotReply(parts: SlotParts, incoming: Incoming, slot: NewSlot): Reply {
  const path = formatSlotPath(parts.keyring, slot.id, parts.nowMs())
  const location = toSlotFromRequest(path)
  if (pagesFor(parts, incoming) !== null)
    return {
      status: 303,
      headers: ['Location', location, 'Cache-Control', 'no-store', 'Content-Length', '0'],
      body: { kind: 'empty' },
    }
  const ticket = toTicket(slot, parts.urlBase + path)
  const bytes = Buffer.from(JSON.stringify(ticket))
  return toBytesAnswer(201, [...factHeaders, 'Location', location], bytes)
}

/** What a request's page tells at first. */
function toPageValues(parts: SlotParts, record: RequestRecord): RequestPageValues {
  const { title, message, perPersonName, password } = record.state
  const { maxBytes, maxFiles, maxTotalBytes, accept } = record.policy
  return {
    title,
    message,
    maxBytes,
    maxFiles,
    maxTotalBytes: maxTotalBytes ?? maxBytes * maxFiles,
    accept,
    expiresMs: record.expiresMs,
    key: Buffer.from(parts.randomBytes(16)).toString('base64url'),
    needsName: perPersonName,
    needsPassword: password !== null,
    name: '',
    fault: null,
  }
}

function retryHeaders({ headers }: Reply): readonly string[] {
  const at = headers.indexOf('Retry-After')
  return at < 0 ? [] : headers.slice(at, at + 2)
}

/** The pages that a person is answered with; `null` where a program asks, or there are none. */
function pagesFor({ pages }: SlotParts, incoming: Incoming): Pages | null {
  const isLookedAt =
    incoming.method === 'POST' ? isFormNavigation(incoming) : isNavigation(incoming)
  return isLookedAt ? pages : null
}
