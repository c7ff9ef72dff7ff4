// A small client of the IETF's resumable uploads, in any of its versions.

import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  InformationEvent,
} from 'node:http'
import { buffer } from 'node:stream/consumers'

/** How a client of one version speaks. */
export interface IetfDialect {
  /** What it sends as `Upload-Draft-Interop-Version`; `null` sends none. */
  readonly interop: number | null
  readonly isInverse: boolean
  readonly hasMediaType: boolean
}

/** The versions in the field, and the one without a number that the RFC will be. */
export const dialects: readonly IetfDialect[] = [
  { interop: 3, isInverse: true, hasMediaType: false },
  { interop: 4, isInverse: false, hasMediaType: false },
  { interop: 5, isInverse: false, hasMediaType: false },
  { interop: 6, isInverse: false, hasMediaType: true },
  { interop: 7, isInverse: false, hasMediaType: true },
  { interop: 8, isInverse: false, hasMediaType: true },
  { interop: null, isInverse: false, hasMediaType: true },
]

/** What a client got. */
export interface IetfAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** Interim answers that came before. */
  readonly interim: readonly InformationEvent[]
}

/** A request on its way: its body is the caller's to write. */
export interface IetfSending {
  readonly request: ClientRequest
  readonly interim: readonly InformationEvent[]
  readonly answered: Promise<IetfAnswer>
}

/** What a client says. */
export interface IetfSaying {
  readonly isComplete?: boolean
  readonly offset?: number
  readonly length?: number
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: Uint8Array | string
}

/** The fields of a request in a version's words. */
export function ietfHeaders(
  dialect: IetfDialect,
  method: string,
  { isComplete, offset, length, headers = {} }: IetfSaying,
): Record<string, string | number> {
  const { interop, isInverse, hasMediaType } = dialect
  return {
    ...(interop !== null && { 'Upload-Draft-Interop-Version': interop }),
    ...(isComplete !== undefined &&
      (isInverse
        ? { 'Upload-Incomplete': isComplete ? '?0' : '?1' }
        : { 'Upload-Complete': isComplete ? '?1' : '?0' })),
    ...(offset !== undefined && { 'Upload-Offset': offset }),
    ...(length !== undefined && { 'Upload-Length': length }),
    ...(method === 'PATCH' && hasMediaType && { 'Content-Type': 'application/partial-upload' }),
    ...headers,
  }
}

/** Begins a request, and leaves its body to the caller. */
export function beginIetf(
  dialect: IetfDialect,
  method: string,
  url: string,
  saying: IetfSaying = {},
): IetfSending {
  const request = httpRequest(url, { method, headers: ietfHeaders(dialect, method, saying) })
  const interim: InformationEvent[] = []
  request.on('information', (event) => interim.push(event))
  const answered = once(request, 'response').then(async ([response]): Promise<IetfAnswer> => {
    const message = response as IncomingMessage
    const text = (await buffer(message)).toString()
    return { status: message.statusCode ?? 0, headers: message.headers, text, interim }
  })
  answered.catch(() => {})
  return { request, interim, answered }
}

/** Sends a request whole. */
export async function askIetf(
  dialect: IetfDialect,
  method: string,
  url: string,
  saying: IetfSaying = {},
): Promise<IetfAnswer> {
  const body = saying.body ?? ''
  const sized = { 'Content-Length': Buffer.byteLength(body), ...saying.headers }
  const headers = method === 'HEAD' || method === 'DELETE' ? (saying.headers ?? {}) : sized
  const { request, answered } = beginIetf(dialect, method, url, { ...saying, headers })
  request.end(body)
  return answered
}

/** What a header says of completeness: whether it is complete, `null` where it is not said. */
export function completenessOf({ isInverse }: IetfDialect, headers: IncomingHttpHeaders) {
  const said = headers[isInverse ? 'upload-incomplete' : 'upload-complete']
  if (said === undefined) return null
  return (said === '?1') !== isInverse
}
