// From a question to a reply: check the token's shape and age, open the file, check the signature
// against it, serve. A file that is kept in memory is answered without waiting for anything.

import { isTitofistoError, TitofistoError } from '../errors.ts'
import { internalError, notFound, unavailable } from '../http/plain-replies.ts'
import { admitToken, decideAbsence, isRefusal, verifyTicket } from './gate.ts'
import { makeFileHead, type FileHead, type HeadSettings } from './cache/file-head.ts'
import { noBindValue } from './explain.ts'
import { withoutTokens } from '../redact.ts'
import { openForReply } from './read-ahead.ts'
import { deliveryOf, redirectFile } from './redirect.ts'
import { refuse, type FileRequest, type RefusalParts } from './refuse.ts'
import {
  decideFileReply,
  formatTokenCacheControl,
  type FileBytes,
  type ServedFile,
} from './serve.ts'
import { tellWhenServed } from './tell-served.ts'
import { emptyPolicy, mayBeKept, type Policy } from '../token/policy.ts'
import type { Incoming, Reply } from '../http/exchange.ts'
import type { FileFacts, OpenedFile, Storage } from '../storage/storage.ts'
import type { GateRules, Refusal, Ticket } from './gate.ts'
import type { HotFiles } from './cache/hot-files.ts'
import type { FileFailedEvent } from './media-events.ts'
import type { FileQuestion } from './question.ts'

/** What answering needs. */
export interface MediaParts extends RefusalParts {
  readonly storage: Storage
  readonly hotFiles: HotFiles
  readonly rules: GateRules
  /** Cache-Control of files that need no token. */
  readonly publicCacheControl: string
  readonly heads: HeadSettings
  /** The value a bound token must be bound to, for this request; `null` refuses it. */
  readonly bindOf: ((request: unknown, name: string) => BindAnswer | Promise<BindAnswer>) | null
  readonly now: () => number
}

type BindAnswer = string | null | undefined

/**
 * Answers a question about a file; at once where it can, and it never rejects. `null`: the
 * application wants a refused request for itself.
 */
export function answerMedia(
  parts: MediaParts,
  question: FileQuestion,
  request: Incoming,
): Reply | null | Promise<Reply | null> {
  // The same for every path, so it says nothing about any.
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return request.method === 'OPTIONS' ? parts.sharing.options : parts.sharing.methodNotAllowed
  const beganMs = parts.events.isHeard('file-served') ? performance.now() : null
  switch (question.kind) {
    case 'malformed': {
      const message = `Not a link: ${question.reason}.`
      return refuse(parts, { reason: 'malformed', message }, { question, request })
    }
    case 'public':
      return answerFile(parts, { question, request, ticket: null, beganMs })
    case 'token': {
      const ticket = admitToken(parts.rules, question.token, parts.now())
      if (isRefusal(ticket)) return refuse(parts, ticket, { question, request })
      const task = { question, request, ticket, beganMs }
      return ticket.policy.bound ? answerBound(parts, task) : answerFile(parts, task)
    }
  }
}

/** A file that is asked for. */
interface FileTask extends FileRequest {
  readonly question: Extract<FileQuestion, { name: unknown }>
  /** `null` for a public file. */
  readonly ticket: Ticket | null
  /** When it came, by `performance.now()`; `null` where nobody wants to hear what becomes of it. */
  readonly beganMs: number | null
}

async function answerBound(parts: MediaParts, task: FileTask): Promise<Reply | null> {
  const { name } = task.question
  if (parts.bindOf === null) {
    const message = 'The token is bound, but no option "bindOf" is set.'
    return refuse(parts, { reason: 'policy', message }, task)
  }
  let bind: BindAnswer
  try {
    bind = await parts.bindOf(task.request.platformRequest, name)
  } catch (cause) {
    const message = 'Option "bindOf" threw.'
    const told = withoutTokens(name)
    parts.log({ level: 'error', event: 'bind-failed', message, name: told, cause })
    tellFailed(parts, told, 'bind-failed')
    return internalError
  }
  if (typeof bind === 'string') return answerFile(parts, { ...task, bind })
  return refuse(parts, noBindValue, { ...task, bind: null })
}

function answerFile(parts: MediaParts, task: FileTask): Reply | Promise<Reply | null> {
  const { question, ticket, request } = task
  const hot = parts.hotFiles.getForRequest(question.name, request.cameStraight === true)
  if (hot === null) return answerCold(parts, task)
  try {
    const { facts } = hot.head
    if (ticket !== null && !verifyTicket(parts.rules, ticket, facts, task.bind ?? undefined))
      return refuse(parts, badSignature, task)
    const head = headFor(parts, facts, ticket?.policy ?? emptyPolicy, hot.head)
    return reply(parts, task, head, { kind: 'bytes', bytes: hot.bytes })
  } catch (cause) {
    // Options such as "versionOf" are our user's code.
    return fail(parts, question.name, cause)
  }
}

async function answerCold(parts: MediaParts, task: FileTask): Promise<Reply | null> {
  const { ticket, request } = task
  const { name } = task.question
  let opened: OpenedFile | null = null
  try {
    const turn = request.fileTurn?.() ?? null
    // Nobody hears the answer to a client that left while it waited.
    if (turn !== null && !(await turn)) return notFound
    const delivery = deliveryOf(parts.storage, ticket)
    opened = await openForReply(parts.storage, name, request, delivery)
    if (opened === null) return await refuse(parts, decideAbsence(parts.storage, name), task)
    // Checked against the facts of the descriptor that is then served.
    if (
      ticket !== null &&
      !verifyTicket(parts.rules, ticket, opened.facts, task.bind ?? undefined)
    ) {
      await opened.close()
      return await refuse(parts, badSignature, task)
    }
    const plainHead = makeFileHead(opened.facts, emptyPolicy, parts.heads, parts.now())
    const head = headFor(parts, opened.facts, ticket?.policy ?? emptyPolicy, plainHead)
    if (delivery === 'redirect') {
      const terms = termsOf(parts, ticket, head)
      const redirect = await redirectFile(parts, { head, ...task, ...terms })
      if (redirect !== null) {
        await opened.close()
        return redirect
      }
    }
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
    now.mtimeMs === then.mtimeMs &&
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
  return makeFileHead(facts, policy, parts.heads, parts.now())
}

function reply(parts: MediaParts, task: FileTask, head: FileHead, bytes: FileBytes): Reply {
  const { question, ticket, request, beganMs } = task
  const file = { head, bytes, ...termsOf(parts, ticket, head) }
  const decided = decideFileReply(file, request, parts.now())
  if (beganMs === null) return decided
  const { name } = question
  const asked = { name, isPublic: ticket === null, method: request.method, beganMs }
  return tellWhenServed(parts.events, asked, file, decided)
}

/** Who may keep a file, and who may read it. */
function termsOf(
  { sharing, publicCacheControl }: MediaParts,
  ticket: Ticket | null,
  head: FileHead,
): Pick<ServedFile, 'cacheControl' | 'sharing'> {
  if (ticket === null)
    return {
      cacheControl: head.own?.cacheControl ?? publicCacheControl,
      sharing: sharing.publicFiles,
    }
  const { policy, remainingSeconds } = ticket
  return {
    cacheControl: mayBeKept(policy) ? formatTokenCacheControl(remainingSeconds) : 'no-store',
    sharing: policy.bound ? sharing.boundLinks : sharing.links,
  }
}

function fail(parts: MediaParts, asked: string, cause: unknown): Reply {
  const name = withoutTokens(asked)
  const event = isTitofistoError(cause) ? cause.code : 'internal-error'
  parts.log({ level: 'error', event, message: 'A file could not be read.', name, cause })
  tellFailed(parts, name, event)
  return event === 'storage-unavailable' ? unavailable : internalError
}

function tellFailed(parts: MediaParts, name: string, reason: FileFailedEvent['reason']): void {
  if (parts.events.isHeard('file-failed')) parts.events.tell({ type: 'file-failed', name, reason })
}

const badSignature: Refusal = {
  reason: 'bad-signature',
  message: 'The signature is not for this file in this version under one of these secrets.',
}
