// A server that does nothing but receive: what it got, or why it refused, is for the tests to see.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isTitofistoError } from '../../src/errors.ts'
import type { Incoming } from '../../src/http/exchange.ts'
import { receiveUpload } from '../../src/receive/receive-upload.ts'
import { readUploadHead } from '../../src/receive/upload-head.ts'
import type {
  ReceivedUpload,
  ReceiveLimits,
  Reception,
} from '../../src/receive/intake/reception.ts'
import { StopSign } from '../../src/receive/intake/stop-sign.ts'

/** Limits that let everything through that is well-formed. */
export const wideLimits: ReceiveLimits = {
  maxBytes: 64 * 1024 * 1024,
  minBytes: 0,
  maxFiles: 4,
  maxTotalBytes: null,
  maxFields: 8,
  maxFieldBytes: 1024,
  accept: null,
  idleTimeoutMs: 10_000,
  totalTimeoutMs: 20_000,
  minBytesPerSecond: 0,
}

/** How one upload ended. */
export type Outcome =
  | { readonly upload: ReceivedUpload; readonly code: null }
  | { readonly upload: null; readonly code: string; readonly error: unknown }

/** Takes one upload; what is returned beside the files is sent as JSON. */
export type Receiver = (incoming: Incoming, reception: Reception) => Promise<ReceivedUpload>

export interface UploadServer {
  readonly url: string
  readonly port: number
  readonly spoolFolder: string
  limits: ReceiveLimits
  durable: boolean
  receive: Receiver
  /** The next upload that ends. */
  nextOutcome(): Promise<Outcome>
  /** The names of all spooled files. */
  spooled(): string[]
  /** Stops every upload, as a server does that goes down. */
  abort(): void
  /** The bytes seen last by `onProgress`. */
  progressBytes(): number
  close(): Promise<void>
}

/** Starts a server; `spoolFolder` defaults to a new one. */
export async function startUploadServer(spoolFolder?: string): Promise<UploadServer> {
  const folder = spoolFolder ?? mkdtempSync(join(tmpdir(), 'titofisto-receive-'))
  const waiting: ((outcome: Outcome) => void)[] = []
  const ended: Outcome[] = []
  const stopSigns: StopSign[] = []
  let uploadCount = 0
  let progressBytes = 0
  const http = createServer((req, res) => void answer(req, res))
  http.on('checkContinue', (req, res) => void answer(req, res))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    uploadCount += 1
    const stopSign = new StopSign()
    stopSigns.push(stopSign)
    const reception: Reception = {
      limits: server.limits,
      spoolFolder: folder,
      spoolPrefix: `upload${uploadCount}`,
      durable: server.durable,
      stopSign,
      onProgress: (receivedBytes) => {
        progressBytes = receivedBytes
      },
      checkFields: async () => {},
    }
    const outcome = await server.receive(toIncoming(req, res), reception).then(
      (upload): Outcome => ({ upload, code: null }),
      (error: unknown): Outcome => ({
        upload: null,
        code: isTitofistoError(error) ? error.code : String(error),
        error,
      }),
    )
    const status = outcome.code === null ? 200 : statusOf(outcome.error)
    res.writeHead(status, { 'content-type': 'application/json' })
    res.end(JSON.stringify(outcome.upload ?? { code: outcome.code }))
    // As the door does: a client that is still writing must see its answer.
    req.resume()
    const next = waiting.shift()
    if (next === undefined) ended.push(outcome)
    else next(outcome)
  }

  const server: UploadServer = {
    url: `http://127.0.0.1:${port}/slot`,
    port,
    spoolFolder: folder,
    limits: wideLimits,
    durable: false,
    receive: async (incoming, reception) =>
      receiveUpload(incoming, readUploadHead(incoming, reception.limits), reception),
    nextOutcome() {
      const outcome = ended.shift()
      if (outcome !== undefined) return Promise.resolve(outcome)
      return new Promise((resolve) => waiting.push(resolve))
    },
    spooled: () => readdirSync(folder),
    abort() {
      for (const stopSign of stopSigns) stopSign.stop('The server stops.')
    },
    progressBytes: () => progressBytes,
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      if (spoolFolder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
  return server
}

/** A request of node:http as the rules see it. */
export function toIncoming(req: IncomingMessage, res: ServerResponse): Incoming {
  return {
    method: req.method ?? 'GET',
    target: req.url ?? '/',
    origin: 'http://127.0.0.1',
    header(name) {
      const value = req.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    platformRequest: req,
    body() {
      if (req.headers.expect === '100-continue') res.writeContinue()
      return req
    },
  }
}

function statusOf(error: unknown): number {
  return isTitofistoError(error) ? error.status : 599
}

/** Sends bytes as they are, and gives the socket to go on with. */
export async function sendBytes(port: number, bytes: string | Buffer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  // A server may cut the connection; that is what some tests are about.
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.write(bytes)
  return socket
}

/** The status line of the answer on a socket; `''` where the connection closes without one. */
export function statusLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('\r\n')) resolve(text.slice(0, text.indexOf('\r\n')))
    })
    socket.on('close', () => resolve(text))
  })
}
