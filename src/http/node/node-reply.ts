// Writes a decided reply to a response: the fast way where it is Node's own and untouched, else the
// plain way. Never throws and never rejects; whatever it was given to send is freed.

import { describeCause, type Log } from '../../log.ts'
import { drainBody } from '../drain-body.ts'
import { watchEnd } from './end-watch.ts'
import { hearLateFault } from './late-fault.ts'
import { breakConnection, breakOff, ClientWatch, isClientGone } from './node-client.ts'
import { putHead } from './node-head.ts'
import { isBodyDeclared, type NodeIncoming } from './node-incoming.ts'
import { isAnswered, isHttp2, isServed, isUntouched } from './node-response.ts'
import { sendPieces, type Receiver } from './node-send.ts'
import { eachChunk, sendChunks } from './plain-send.ts'
import type { Reply, ReplyBody } from '../exchange.ts'
import type { NodeRequest, NodeResponse } from './node-types.ts'

/** A reply on its way. */
export interface Sending {
  readonly incoming: NodeIncoming
  readonly res: NodeResponse
  readonly reply: Reply
}

/** Whether a reply can be written in one go, as most can: HTTP/1, the bytes in memory, the request's body read. */
export function isAtHand({ incoming, res, reply: { body } }: Sending): boolean {
  const isHere = body.kind === 'bytes' || body.kind === 'empty'
  return isHere && !isHttp2(res) && !isUnread(incoming.platformRequest, res)
}

/** Writes a reply that {@link isAtHand}, in one go. */
export function writeAtHand(sending: Sending, log: Log): void {
  const { incoming, res, reply } = sending
  const watch = watchEnd(reply)
  try {
    if (isTooLate(sending, log)) {
      watch?.brokeOff()
      return
    }
    putHead(res, reply)
    const bytes = incoming.method === 'HEAD' ? null : bytesOf(reply.body)
    watch?.endsWith(res, bytes?.length ?? 0)
    end(res, bytes, log)
  } catch (cause) {
    fail(res, log, cause)
    watch?.brokeOff()
  } finally {
    incoming.leave()
  }
}

/** Writes any reply; settles once all of it is handed on, or the client is gone. */
export async function writeReply(sending: Sending, log: Log): Promise<void> {
  const { incoming, res, reply } = sending
  const req = incoming.platformRequest
  const watch = watchEnd(reply)
  try {
    if (isTooLate(sending, log)) {
      watch?.brokeOff()
      return
    }
    // Decided before the head is put: what is put there may be a middleware's doing.
    const isPlain = !isUntouched(res)
    putHead(res, reply)
    if (incoming.method !== 'HEAD' && hasPieces(reply.body)) {
      const to: Receiver = { res, client: new ClientWatch(res), sentBytes: 0 }
      if (watch !== null) watch.sending = to
      if (await sendBody(to, reply.body, isPlain, log)) {
        watch?.endsWith(res, to.sentBytes)
        end(res, null, log)
      } else watch?.brokeOff()
    } else {
      const bytes = incoming.method === 'HEAD' ? null : bytesOf(reply.body)
      watch?.endsWith(res, bytes?.length ?? 0)
      if (!isHttp2(res) && isUnread(req, res)) await endAfterBody(sending, bytes, log)
      else end(res, bytes, log)
    }
    if (isUnread(req, res)) void drainBody(req)
  } catch (cause) {
    fail(res, log, cause)
    watch?.brokeOff()
  } finally {
    await free(reply.body)
    incoming.leave()
  }
}

/** The client may be gone, or others may have answered. */
function isTooLate({ incoming, res }: Sending, log: Log): boolean {
  // First, since an answer that is finished looks like a client that is gone.
  if (!isAnswered(res)) return isClientGone(res)
  log({
    level: 'warn',
    event: 'answered-by-others',
    message: `Other code answered a ${incoming.method} request while titofisto worked on its reply.`,
  })
  return true
}

type LongBody = Extract<ReplyBody, { kind: 'source' | 'stream' }>

function hasPieces(body: ReplyBody): body is LongBody {
  return body.kind === 'stream' || (body.kind === 'source' && body.pieces.length > 0)
}

function bytesOf(body: ReplyBody): Uint8Array | null {
  return body.kind === 'bytes' && body.bytes.length > 0 ? body.bytes : null
}

/** `false` where the client is gone, so that the answer need not be ended. */
async function sendBody(
  to: Receiver,
  body: LongBody,
  isPlain: boolean,
  log: Log,
): Promise<boolean> {
  const { res, client } = to
  try {
    const isSent =
      body.kind === 'stream'
        ? await sendStream(to, body.stream)
        : isPlain
          ? await sendChunks(to, eachChunk(body.source, body.pieces))
          : await sendPieces(to, body.source, body.pieces)
    if (isSent) return true
    if (client.isStalled) {
      const message = 'A client took nothing of its answer for too long, and was given up.'
      log({ level: 'info', event: 'send-stalled', message })
    } else if (res.writableEnded) {
      // What went out must not look whole, and nothing may follow on its connection: the client
      // would take it for the rest.
      fail(res, log, new Error('other code ended the response'))
      breakConnection(res)
    }
    return false
  } finally {
    client.stop()
  }
}

async function sendStream(to: Receiver, stream: ReadableStream<Uint8Array>): Promise<boolean> {
  const reader = stream.getReader()
  try {
    // What waits for the next chunk of a client that left must not wait for ever.
    return await sendChunks(to, chunksOf(reader), () => void reader.cancel().catch(ignore))
  } finally {
    // After its end this does nothing. What a handler's stream throws here is nobody's to hear.
    void reader.cancel().catch(ignore)
  }
}

async function* chunksOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value
}

/**
 * Where the connection is to close, Node closes it at the reply's end, and a client that is still
 * writing loses the reply (24 MiB with `Connection: close`: always). So the reply goes out whole,
 * and ends once the body did.
 */
async function endAfterBody(
  { incoming, res }: Sending,
  bytes: Uint8Array | null,
  log: Log,
): Promise<void> {
  if (bytes !== null)
    hearFault(res, log, (res as { write(bytes: Uint8Array): unknown }).write(bytes))
  else if ('flushHeaders' in res && typeof res.flushHeaders === 'function') res.flushHeaders()
  await drainBody(incoming.platformRequest)
  if (!res.writableEnded && !isClientGone(res)) end(res, null, log)
}

/** A request is answered before the parser knows that it is complete, so its headers must tell. */
function isUnread(req: NodeRequest, res: NodeResponse): boolean {
  // A response that no server of Node's drives has no client that is still writing.
  if (req.complete || req.readableEnded || !isServed(res)) return false
  return isBodyDeclared(req)
}

function end(res: NodeResponse, bytes: Uint8Array | null, log: Log): void {
  if (bytes === null) hearFault(res, log, res.end())
  else hearFault(res, log, res.end(bytes))
}

function hearFault(res: NodeResponse, log: Log, answer: unknown): void {
  // end() returns the response itself, unless other code has replaced it.
  if (answer !== res) hearLateFault(answer, (cause) => fail(res, log, cause))
}

/** The head may have been sent: only a broken connection can still tell the client. */
function fail(res: NodeResponse, log: Log, cause: unknown): void {
  const message = `A reply broke off while it was sent (${describeCause(cause)}).`
  log({ level: 'error', event: 'send-failed', message, cause })
  breakOff(res)
}

async function free(body: ReplyBody): Promise<void> {
  if (body.kind === 'source') await body.source.close()
  // A stream that is being read is its reader's to cancel.
  if (body.kind === 'stream' && !body.stream.locked) void body.stream.cancel().catch(ignore)
}

function ignore(): void {}
