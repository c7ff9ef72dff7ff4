// From a question to a reply: check the token's shape and age, open the file, check the signature
// against it, serve. A file that is kept in memory is answered without waiting for anything.

import { isTitofistoError, TitofistoError } from '../errors.ts'
import type { Events } from '../events.ts'
import { internalError, methodNotAllowed, notFound } from '../http/plain-replies.ts'
import { admitToken, decideAbsence, isRefusal, verifyTicket } from './gate.ts'
import { makeFileHead, type FileHead } from './cache/file-head.ts'
import { withoutTokens } from '../redact.ts'
import { decideFileReply, formatTokenCacheControl, type FileBytes } from './serve.ts'
import { tellWhenServed } from './tell-served.ts'
import type { Incoming, Reply } from '../http/exchange.ts'
import type { Log } from '../log.ts'
import type { FileFacts, OpenedFile, Storage } from '../storage/storage.ts'
import type { GateRules, Refusal, Ticket } from './gate.ts'
import type { HotFiles } from './cache/hot-files.ts'
import type { FileFailedEvent, MediaEvent } from './media-events.ts'
import type { Question } from './question.ts'
import { emptyPolicy, type Policy } from '../token/policy.ts'

/** What answering needs. */
export interface MediaParts {
  readonly storage: Storage
  readonly hotFiles: HotFiles
  readonly rules: GateRules
  /** Cache-Control of files that need no token. */
  readonly publicCacheControl: string
  readonly crossOriginResourcePolicy: string
  /** The value a bound token must be bound to, for this request; `null` refuses it. */
  readonly bindOf: ((request: unknown, name: string) => BindAnswer | Promise<BindAnswer>) | null
  readonly now: () => number
  readonly log: Log
  readonly events: Events<MediaEvent>
}

type BindAnswer = string | null | undefined

/** A question about media. */
export type MediaQuestion = Exclude<Question, { kind: 'foreign' } | { kind: 'slot' }>

/** Answers a question about a file; at once where it can, and it never rejects. */
export function answerMedia(
  parts: MediaParts,
  question: MediaQuestion,
  request: Incoming,
): Reply | Promise<Reply> {
  // The same for every path, so it says nothing about any.
  if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET, HEAD')
  const beganMs = parts.events.isHeard('file-served') ? performance.now() : null
  switch (question.kind) {
    case 'malformed':
      return refuse(parts, { reason: 'malformed', message: `Not a link: ${question.reason}.` })
    case 'public':
      return answerFile(parts, {
        name: question.name,
        ticket: null,
        bind: undefined,
        request,
        beganMs,
      })
    case 'token': {
      const ticket = admitToken(parts.rules, question.token, parts.now())
      if (isRefusal(ticket)) return refuse(parts, ticket, question.name)
      const task = { name: question.name, ticket, bind: undefined, request, beganMs }
      return ticket.policy.bound ? answerBound(parts, task) : answerFile(parts, task)
    }
  }
}

async function answerBound(parts: MediaParts, task: FileTask): Promise<Reply> {
  const { name, request } = task
  if (parts.bindOf === null)
    return refuse(
      parts,
      { reason: 'policy', message: 'The token is bound, but no option "bindOf" is set.' },
      name,
    )
  let bind: BindAnswer
  try {
    bind = await parts.bindOf(request.platformRequest, name)
  } catch (cause) {
    const about = { name: withoutTokens(name), cause }
    parts.log({ level: 'error', event: 'bind-failed', message: 'Option "bindOf" threw.', ...about })
    tellFailed(parts, about.name, 'bind-failed')
    return internalError
  }
  if (typeof bind !== 'string')
    return refuse(
      parts,
      { reason: 'policy', message: 'The token is bound, and this request has no value to match.' },
      name,
    )
  return answerFile(parts, { ...task, bind })
}

/** A file that is asked for. */
interface FileTask {
  readonly name: string
  /** `null` for a public file. */
  readonly ticket: Ticket | null
  /** The value that a bound ticket asks for. */
  readonly bind: string | undefined
  readonly request: Incoming
  /** When it came, by `performance.now()`; `null` where nobody wants to hear what becomes of it. */
  readonly beganMs: number | null
}

function answerFile(parts: MediaParts, task: FileTask): Reply | Promise<Reply> {
  const { name, ticket, bind, request } = task
  const hot = parts.hotFiles.getForRequest(name, request.cameStraight === true)
  if (hot === null) return answerCold(parts, task)
  try {
    const { facts } = hot.head
    if (ticket !== null && !verifyTicket(parts.rules, ticket, facts, bind))
      return refuse(parts, badSignature, name)
    const head = headFor(parts, facts, ticket?.policy ?? emptyPolicy, hot.head)
    return reply(parts, task, head, { kind: 'bytes', bytes: hot.bytes })
  } catch (cause) {
    // Option "versionOf" is our user's code.
    return fail(parts, name, cause)
  }
}

async function answerCold(parts: MediaParts, task: FileTask): Promise<Reply> {
  const { name, ticket, bind, request } = task
  let opened: OpenedFile | null = null
  try {
    const turn = request.fileTurn?.() ?? null
    // Nobody hears the answer to a client that left while it waited.
    if (turn !== null && !(await turn)) return notFound
    opened = await parts.storage.open(name)
    if (opened === null) return refuse(parts, decideAbsence(parts.storage, name), name)
    // Checked against the facts of the descriptor that is then served.
    if (ticket !== null && !verifyTicket(parts.rules, ticket, opened.facts, bind)) {
      await opened.close()
      return refuse(parts, badSignature, name)
    }
    const plainHead = makeFileHead(
      opened.facts,
      emptyPolicy,
      parts.crossOriginResourcePolicy,
      parts.now(),
    )
    const head = headFor(parts, opened.facts, ticket?.policy ?? emptyPolicy, plainHead)
    const hot = await parts.hotFiles.read(opened, plainHead)
    if (hot === null) {
      const { facts } = opened
      const bytes: FileBytes = {
        kind: 'source',
        source: opened,
        reopen: () => reopen(parts.storage, facts),
      }
      return reply(parts, task, head, bytes)
    }
    await opened.close()
    return reply(parts, task, head, { kind: 'bytes', bytes: hot.bytes, isFresh: true })
  } catch (cause) {
    await opened?.close()
    return fail(parts, name, cause)
  }
}

/** Opens a file again; its token was checked when it was first opened. */
async function reopen(storage: Storage, facts: FileFacts): Promise<OpenedFile> {
  const opened = await storage.open(facts.name)
  if (opened !== null && isSameFile(opened.facts, facts) && storage.isUnchanged?.(facts) !== false)
    return opened
  await opened?.close()
  throw new TitofistoError('storage-failed', 'The file was changed before its answer was read.')
}

function isSameFile(now: FileFacts, then: FileFacts): boolean {
  return (
    now.version === then.version &&
    now.etag === then.etag &&
    now.sizeBytes === then.sizeBytes &&
    now.mtimeNs === then.mtimeNs &&
    now.changedMs === then.changedMs
  )
}

function headFor(
  parts: MediaParts,
  facts: FileFacts,
  policy: Policy,
  plainHead: FileHead,
): FileHead {
  if (policy.disposition === undefined && policy.contentType === undefined) return plainHead
  return makeFileHead(facts, policy, parts.crossOriginResourcePolicy, parts.now())
}

function reply(parts: MediaParts, task: FileTask, head: FileHead, bytes: FileBytes): Reply {
  const { name, ticket, request, beganMs } = task
  const cacheControl =
    ticket === null ? parts.publicCacheControl : formatTokenCacheControl(ticket.remainingSeconds)
  const file = { head, bytes, cacheControl }
  const decided = decideFileReply(file, request, parts.now())
  if (beganMs === null) return decided
  const asked = { name, isPublic: ticket === null, method: request.method, beganMs }
  return tellWhenServed(parts.events, asked, file, decided)
}

function fail(parts: MediaParts, asked: string, cause: unknown): Reply {
  const name = withoutTokens(asked)
  const event = isTitofistoError(cause) ? cause.code : 'internal-error'
  parts.log({ level: 'error', event, message: 'A file could not be read.', name, cause })
  tellFailed(parts, name, event)
  return internalError
}

function tellFailed(parts: MediaParts, name: string, reason: FileFailedEvent['reason']): void {
  if (parts.events.isHeard('file-failed')) parts.events.tell({ type: 'file-failed', name, reason })
}

const badSignature: Refusal = {
  reason: 'bad-signature',
  message: 'The signature is not for this file in this version under one of these secrets.',
}

function refuse(parts: MediaParts, refusal: Refusal, name?: string): Reply {
  // Of a URL that was encoded once too often, the name is all of it.
  const about = name === undefined ? {} : { name: withoutTokens(name) }
  parts.log({ level: 'info', event: 'refused', ...refusal, ...about })
  if (parts.events.isHeard('file-refused'))
    parts.events.tell({ type: 'file-refused', reason: refusal.reason, ...about })
  return notFound
}
