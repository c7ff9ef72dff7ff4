// A request of Node's as an Incoming. What is missing on it, as on those that adapters build, counts
// as not sent.

import { Readable } from 'node:stream'
import { TitofistoError } from '../../errors.ts'
import { filePlaces, type LeavePlace } from './file-places.ts'
import { ClientWatch } from './node-client.ts'
import { sendInterim } from './node-interim.ts'
import { isInLine, isServed, sessionOf } from './node-response.ts'
import type { TLSSocket } from 'node:tls'
import type { Incoming } from '../exchange.ts'
import type { NodeRequest, NodeResponse } from './node-types.ts'

/** A request with its response. */
export class NodeIncoming implements Incoming {
  readonly method: string
  readonly target: string
  readonly platformRequest: NodeRequest
  readonly cameStraight: boolean
  readonly #res: NodeResponse
  #leavePlace: LeavePlace | null = null

  constructor(req: NodeRequest, res: NodeResponse, target: string, cameStraight: boolean) {
    this.method = req.method ?? 'GET'
    this.target = target
    this.cameStraight = cameStraight
    this.platformRequest = req
    this.#res = res
  }

  get origin(): string {
    const { headers, socket } = this.platformRequest
    const isTls = (socket as Partial<TLSSocket> | null | undefined)?.encrypted === true
    const host = headers?.host ?? this.header(':authority') ?? 'localhost'
    return `${isTls ? 'https' : 'http'}://${host}`
  }

  header(name: string): string | undefined {
    if (name === 'content-type') return contentTypeOf(this.platformRequest)
    const value: unknown = this.platformRequest.headers?.[name]
    if (typeof value === 'string') return value
    return Array.isArray(value) ? value.join(', ') : undefined
  }

  body(): Readable {
    const req = this.platformRequest
    // Other code has read it: waiting for it would end only when the client leaves.
    if (req.readableDidRead || req.readableEnded) {
      if (!isBodyDeclared(req)) return Readable.from([])
      throw new TitofistoError(
        'upload-already-read',
        "The body of this upload was read by other code before titofisto got the request. Put titofisto before what reads bodies (express.json(), koa-bodyparser, multer), or let it pass over titofisto's paths; Fastify and Nest keep their parsers off by leaveBodies() of titofisto/fastify.",
      )
    }
    if (this.#mustTellToGoOn()) this.#res.writeContinue()
    return req
  }

  isBodyHere(): boolean {
    const { httpVersionMajor, readableLength, readableDidRead, destroyed } = this.platformRequest
    const isUntouched = !readableDidRead && !destroyed && !this.#mustTellToGoOn()
    // What ends by a Content-Length ends there, also before Node has said so.
    const lengthBytes = this.header('content-length')
    return isUntouched && httpVersionMajor === 1 && String(readableLength) === lengthBytes
  }

  /**
   * Reached through `checkContinue`, nobody has told the client to go on yet; through `request`, Node
   * has, and says so in a field that is not public. The expectation of an HTTP/1.0 client is ignored
   * (RFC 9110 10.1.1).
   */
  #mustTellToGoOn(): boolean {
    if (this.header('expect')?.toLowerCase() !== '100-continue' || !isServed(this.#res))
      return false
    const { httpVersionMajor, httpVersionMinor } = this.platformRequest
    if (httpVersionMajor === 1 && httpVersionMinor === 0) return false
    return (this.#res as { readonly _sent100?: boolean })._sent100 !== true
  }

  inform(status: number, headers: readonly string[]): void {
    sendInterim(this.platformRequest, this.#res, { status, headers })
  }

  fileTurn(): Promise<boolean> | null {
    return isInLine(this.#res) ? this.#comeForward() : this.#takePlace()
  }

  /** Gives the file's place back; to be called once the reply ended. */
  leave(): void {
    this.#leavePlace?.()
    this.#leavePlace = null
  }

  /** Waits until the earlier requests on its connection are answered. */
  async #comeForward(): Promise<boolean> {
    const res = this.#res
    const isHere = await this.#unlessGone((come) => {
      res.on('socket', come)
      return () => res.off('socket', come)
    })
    return isHere && ((await this.#takePlace()) ?? true)
  }

  #takePlace(): Promise<boolean> | null {
    let come = (): void => undefined
    const withdraw = filePlaces.enter(sessionOf(this.#res), (leave) => {
      this.#leavePlace = leave
      come()
    })
    if (this.#leavePlace !== null) return null
    return this.#unlessGone((onCome) => {
      come = onCome
      return withdraw
    })
  }

  /** `false` where the client leaves before what it waits for comes. */
  #unlessGone(wait: (come: () => void) => () => void): Promise<boolean> {
    return new Promise((resolve) => {
      const client = new ClientWatch(this.#res)
      const giveUp = wait(() => end(true))
      client.onGone = () => end(false)
      if (client.isGone) end(false)

      function end(isHere: boolean): void {
        client.stop()
        giveUp()
        resolve(isHere)
      }
    })
  }
}

/**
 * Of two that differ, Node keeps the first and drops the other in silence: a form could pass for a
 * file. So they are joined, as HTTP does.
 */
function contentTypeOf({ headers, rawHeaders }: NodeRequest): string | undefined {
  const value = headers?.['content-type']
  if (value === undefined || !Array.isArray(rawHeaders)) return value
  const values = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === 'content-type') values.add(rawHeaders[index + 1] ?? '')
  // Where it is none of them, somebody has set it since.
  return values.has(value) ? [...values].join(', ') : value
}

/** Whether a request says that it has a body (RFC 9112 6). */
export function isBodyDeclared(req: NodeRequest): boolean {
  if ('stream' in req && req.stream !== undefined) return !req.stream.endAfterHeaders
  const { headers } = req
  if (headers?.['transfer-encoding'] !== undefined) return true
  const length = headers?.['content-length']
  return length !== undefined && Number(length) !== 0
}
