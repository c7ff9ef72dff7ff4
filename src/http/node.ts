// The Node door: (req, res, next?) for node:http, node:https and http2's compatibility API, and for
// every framework that speaks them. It reads the request into an Incoming, and writes the Reply.

import { describeCause } from '../log.ts'
import { breakOff, isClientGone, watchClient } from './node-client.ts'
import { drainRequest } from './node-drain.ts'
import { sendPieces } from './node-send.ts'
import { cameStraightTo } from './node-straight.ts'
import { createTurnEnd } from './node-turn.ts'
import { notFound } from './plain-replies.ts'
import { cutMountPath, toOriginForm } from './target.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Log } from '../log.ts'
import type { Incoming, Reply } from './exchange.ts'

/** What answers a request; `null`: it is not ours. It never throws and never rejects. */
export type Answer = (request: Incoming) => Reply | null | Promise<Reply | null>

/** A request as Node gives it, of HTTP/1 or HTTP/2. */
export type NodeRequest = IncomingMessage | Http2ServerRequest
/** A response as Node gives it, of HTTP/1 or HTTP/2. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * A request handler for Node's servers. What is not ours goes to `next()`, or is a 404 without one.
 * The promise settles once the reply is handed to the system or the client is gone; it never rejects.
 */
export type NodeHandler = (
  req: NodeRequest,
  res: NodeResponse,
  next?: (error?: unknown) => void,
) => Promise<void>

/** What frameworks add to a request that they hand to what is mounted in them. */
interface MountedRequest {
  readonly originalUrl?: unknown
}

/** Makes the Node door. */
export function createNodeHandler(answer: Answer, mountPath: string, log: Log): NodeHandler {
  const atTurnEnd = createTurnEnd((waiting: WaitingReply) => writeBytes(waiting, log))

  function give(
    incoming: NodeIncoming,
    res: NodeResponse,
    reply: Reply | null,
    next: ((error?: unknown) => void) | undefined,
  ): Promise<void> {
    if (reply === null && next !== undefined) {
      next()
      return settled
    }
    const ours = reply ?? notFound
    if (isAtHand(incoming, res, ours))
      return atTurnEnd({ res, reply: ours, isHead: incoming.method === 'HEAD' })
    return writeReply(incoming, res, ours, log)
  }

  return function handler(req, res, next) {
    const target = targetOf(req, mountPath)
    const incoming = new NodeIncoming(req, res, {
      target,
      cameStraight: cameStraightTo(handler, req, res),
    })
    const answered = answer(incoming)
    return answered instanceof Promise
      ? answered.then((reply) => give(incoming, res, reply, next))
      : give(incoming, res, answered, next)
  }
}

const settled = Promise.resolve()

/**
 * The target as the client sent it: Express, Connect and their like cut the mount point from `url`
 * and keep the whole in `originalUrl`. Mounted elsewhere than at `mountPath`, the rest of the path
 * is what counts.
 */
function targetOf(req: NodeRequest, mountPath: string): string {
  const { originalUrl } = req as MountedRequest
  const url = req.url ?? '/'
  if (typeof originalUrl !== 'string' || originalUrl === url) return url
  const original = toOriginForm(originalUrl)
  const [originalPath = ''] = original?.split('?', 1) ?? []
  if (original !== null && cutMountPath(originalPath, mountPath) !== null) return original
  return mountPath + (toOriginForm(url) ?? url).replace(/^\//, '')
}

class NodeIncoming implements Incoming {
  readonly method: string
  readonly target: string
  readonly cameStraight: boolean
  readonly platformRequest: NodeRequest
  readonly #res: NodeResponse
  #bodyTaken = false

  constructor(
    req: NodeRequest,
    res: NodeResponse,
    seen: { readonly target: string; readonly cameStraight: boolean },
  ) {
    this.method = req.method ?? 'GET'
    this.target = seen.target
    this.cameStraight = seen.cameStraight
    this.platformRequest = req
    this.#res = res
  }

  get origin(): string {
    const { headers, socket } = this.platformRequest
    const scheme = (socket as Partial<TLSSocket>).encrypted === true ? 'https' : 'http'
    return `${scheme}://${headers.host ?? this.header(':authority') ?? 'localhost'}`
  }

  header(name: string): string | undefined {
    const value = this.platformRequest.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  body(): Readable {
    this.#bodyTaken = true
    // Reached through `checkContinue`, nobody has told the client to go on yet; through `request`,
    // Node has, and says so in a field that is not public.
    const told = (this.#res as { _sent100?: boolean })._sent100 === true
    if (!told && this.header('expect')?.toLowerCase() === '100-continue') this.#res.writeContinue()
    return this.platformRequest
  }

  get isBodyTaken(): boolean {
    return this.#bodyTaken
  }
}

/** Most replies: no body or bytes at hand, over HTTP/1, to a client whose body was read. */
function isAtHand(incoming: NodeIncoming, res: NodeResponse, { body }: Reply): boolean {
  const isHere = body.kind === 'bytes' || body.kind === 'empty'
  return isHere && !('stream' in res) && !isUnread(incoming.platformRequest)
}

interface WaitingReply {
  readonly res: NodeResponse
  readonly reply: Reply
  readonly isHead: boolean
}

function writeBytes({ res, reply, isHead }: WaitingReply, log: Log): void {
  // The client may be gone, or an adapter may have answered.
  if (res.headersSent || isClientGone(res)) return
  const { body } = reply
  try {
    writeHead(res, reply)
    if (isHead || body.kind !== 'bytes' || body.bytes.length === 0) res.end()
    else res.end(body.bytes)
  } catch (cause) {
    log({ level: 'error', event: 'send-failed', message: 'A reply could not be written.', cause })
    breakOff(res)
  }
}

async function writeReply(
  incoming: NodeIncoming,
  res: NodeResponse,
  reply: Reply,
  log: Log,
): Promise<void> {
  const { body } = reply
  const isHead = incoming.method === 'HEAD'
  const req = incoming.platformRequest
  // The client may be gone, or an adapter may have answered.
  if (res.headersSent || isClientGone(res)) {
    if (body.kind === 'source') await body.source.close()
    if (body.kind === 'stream') await body.stream.cancel()
    return
  }
  writeHead(res, reply)
  const bytes = body.kind === 'bytes' && !isHead && body.bytes.length > 0 ? body.bytes : null
  switch (body.kind) {
    case 'empty':
    case 'bytes':
      if (!('stream' in res) && isUnread(req)) await endAfterBody(req, res, bytes)
      else if (bytes === null) res.end()
      else res.end(bytes)
      break
    case 'source':
      try {
        await sendPieces(res, body.source, isHead ? [] : body.pieces)
      } catch (cause) {
        // The head is out: only a broken connection still tells the truth.
        log({
          level: 'error',
          event: 'send-failed',
          message: `A file broke off while it was sent (${describeCause(cause)}).`,
          cause,
        })
        breakOff(res)
      } finally {
        await body.source.close()
      }
      break
    case 'stream':
      await sendStream(res, isHead ? null : body.stream, log)
  }
  if (isUnread(req)) void drainRequest(req)
}

/** A request is answered before the parser knows that it is complete, so its headers must tell (RFC 9112 6). */
function isUnread(req: NodeRequest): boolean {
  if (req.complete) return false
  if ('stream' in req) return !req.stream.endAfterHeaders
  const { headers } = req
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/**
 * Where the connection is to close, Node closes it at the reply's end, and a client that is still
 * writing loses the reply (24 MiB with `Connection: close`: always). So the reply goes out whole,
 * and ends once the body did.
 */
async function endAfterBody(
  req: NodeRequest,
  res: ServerResponse,
  bytes: Uint8Array | null,
): Promise<void> {
  if (bytes === null) res.flushHeaders()
  else res.write(bytes)
  await drainRequest(req)
  res.end()
}

function writeHead(res: NodeResponse, reply: Reply): void {
  if ('stream' in res) {
    // HTTP/2's compatibility API takes no flat list.
    for (let index = 0; index < reply.headers.length; index += 2)
      res.setHeader(reply.headers[index] ?? '', reply.headers[index + 1] ?? '')
    res.writeHead(reply.status)
    return
  }
  // The types know no readonly list; Node only reads it.
  res.writeHead(reply.status, reply.headers as string[])
}

async function sendStream(
  res: NodeResponse,
  stream: ReadableStream<Uint8Array> | null,
  log: Log,
): Promise<void> {
  if (stream === null) {
    res.end()
    return
  }
  const { pipeline } = await import('node:stream/promises')
  const client = watchClient(res)
  const left = new AbortController()
  client.onGone = () => left.abort()
  try {
    await pipeline(stream, res, { signal: left.signal })
  } catch (cause) {
    if (!isClientGone(res)) breakOff(res)
    log({
      level: 'warn',
      event: 'send-failed',
      message: 'A reply broke off while it was sent.',
      cause,
    })
  } finally {
    client.stop()
  }
}
