// Stands between a client and a real S3, passes everything on, and goes wrong when it is told to: faults
// of a network or of a server, put in by hand. No answer of S3's is made up here but for its refusals.

import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What goes wrong with one request. */
export type Fault =
  /** S3's server answers so, and the request does not reach it. */
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string }
  /** Nobody answers. */
  | { readonly kind: 'hang' }
  /** The request reaches S3 and is done there, and its answer is lost. */
  | { readonly kind: 'lose-answer' }
  /** The connection is reset within the body of the answer. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The body stops within, and the connection stays. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The answer says that it has so many bytes more than it has; then the connection ends. */
  | { readonly kind: 'promise-more'; readonly bytes: number }
  /** The answer says that it has so many bytes less than it has, and ends there: a whole one, to look at. */
  | { readonly kind: 'cut-short'; readonly bytes: number }
  /** One bit of the answer's body arrives as another. */
  | { readonly kind: 'flip'; readonly atByte: number }
  /** The connection is reset once so many bytes of the request's body have come. */
  | { readonly kind: 'reset-request'; readonly afterBytes: number }
  /** S3's server says with its first line that all went well, and with the rest that it did not. */
  | { readonly kind: 'fail-late'; readonly code: string }
  /** S3 sees nothing of these fields of the request. */
  | { readonly kind: 'drop-fields'; readonly fields: readonly string[] }

/** Decides about each request; `null` passes it on unharmed. */
export type FaultChoice = (request: IncomingMessage, count: number) => Fault | null

/** A running proxy. */
export interface FaultProxy {
  readonly port: number
  /** What goes wrong from now on. */
  choose: FaultChoice
  /** Each request that came: `GET /bucket/key?query`. */
  readonly seen: string[]
  /** Connections from clients that are open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Bytes of bodies that S3 has sent and that were passed on. */
  sentBytes: number
  /** Nobody listens any more, until `open`. */
  shut(): Promise<void>
  open(): Promise<void>
  close(): Promise<void>
}

/** Starts a proxy before a server on this machine. */
export async function startFaultProxy(toPort: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const server = createServer(pass)
  // The server behind decides: what it refuses at once need not be sent.
  server.on('checkContinue', pass)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  })

  function pass(req: IncomingMessage, res: ServerResponse): void {
    proxy.seen.push(`${req.method} ${req.url}`)
    const fault = proxy.choose(req, proxy.seen.length)
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'reset-request') {
      if (req.headers.expect !== undefined) res.writeContinue()
      return resetWithin(req, fault.afterBytes)
    }
    if (fault?.kind === 'refuse' || fault?.kind === 'fail-late') {
      req.resume()
      const body = `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>x</Message></Error>`
      res.writeHead(fault.kind === 'refuse' ? fault.status : 200, {
        'Content-Type': 'application/xml',
      })
      return void res.end(req.method === 'HEAD' ? undefined : body)
    }
    const dropped = fault?.kind === 'drop-fields' ? fault.fields : []
    const onward = request({
      host: '127.0.0.1',
      port: toPort,
      method: req.method,
      path: req.url,
      headers: Object.fromEntries(
        Object.entries(req.headers).filter(([name]) => !dropped.includes(name)),
      ),
      agent: false,
    })
    onward.on('continue', () => res.writeContinue())
    onward.on('error', () => res.destroy())
    onward.on('response', (answer) => spoil(answer, res, fault))
    res.on('close', () => onward.destroy())
    req.pipe(onward)
  }

  function spoil(answer: IncomingMessage, res: ServerResponse, fault: Fault | null): void {
    answer.on('error', () => res.destroy())
    if (fault?.kind === 'lose-answer') {
      answer.resume().on('end', () => res.socket?.resetAndDestroy())
      return
    }
    const headers = { ...answer.headers }
    const length = Number(headers['content-length'])
    if (fault?.kind === 'promise-more') headers['content-length'] = String(length + fault.bytes)
    if (fault?.kind === 'cut-short') headers['content-length'] = String(length - fault.bytes)
    res.writeHead(answer.statusCode ?? 502, headers)
    const endByte = lastByteOf(fault, length)
    let passed = 0
    answer.on('data', (chunk: Buffer) => {
      const piece = chunk.subarray(0, Math.max(0, endByte - passed))
      if (fault?.kind === 'flip' && passed <= fault.atByte && fault.atByte < passed + piece.length)
        piece[fault.atByte - passed] = (piece[fault.atByte - passed] ?? 0) ^ 1
      passed += piece.length
      proxy.sentBytes += piece.length
      if (piece.length > 0 && !res.write(piece)) {
        answer.pause()
        res.once('drain', () => answer.resume())
      }
      if (fault?.kind === 'reset' && passed === fault.afterBytes)
        // What was written goes out first.
        res.write('', () => res.socket?.resetAndDestroy())
      if (fault?.kind === 'stall' && passed === fault.afterBytes) answer.pause()
    })
    answer.on('end', () => {
      if (fault?.kind === 'promise-more') res.socket?.end()
      else if (fault?.kind !== 'reset' && fault?.kind !== 'stall') res.end()
    })
  }

  function resetWithin(req: IncomingMessage, afterBytes: number): void {
    let received = 0
    req
      .on('error', () => {})
      .on('data', (chunk: Buffer) => {
        received += chunk.length
        if (received >= afterBytes) req.socket.resetAndDestroy()
      })
  }

  async function listen(port: number): Promise<void> {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }

  async function shut(): Promise<void> {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  await listen(0)
  const { port } = server.address() as AddressInfo
  const proxy: FaultProxy = {
    port,
    choose: () => null,
    seen: [],
    sockets,
    sentBytes: 0,
    shut,
    open: () => listen(port),
    close: async () => (server.listening ? shut() : undefined),
  }
  return proxy
}

/** How much of a body is passed on. */
function lastByteOf(fault: Fault | null, lengthBytes: number): number {
  if (fault?.kind === 'reset' || fault?.kind === 'stall') return fault.afterBytes
  return fault?.kind === 'cut-short' ? lengthBytes - fault.bytes : Infinity
}
