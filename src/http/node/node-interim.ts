// Interim answers (RFC 9110 15.2) of any status. Node 20 has functions for 100, 102 and 103 alone; so
// over HTTP/1 the few lines go to the socket as they are. That is safe as long as nobody has wrapped
// the response and it has not begun: then it is the next that this socket is to carry.

import type { Reply } from '../exchange.ts'
import { isAnswered, isHttp2, isUntouched } from './node-response.ts'
import type { NodeRequest, NodeResponse } from './node-types.ts'

/** What to send: a status from 102 to 199, and fields whose values are printable ASCII. */
export type Interim = Pick<Reply, 'status' | 'headers'>

/** Sends an interim answer where that is safe, and nothing elsewhere. Never throws. */
export function sendInterim(req: NodeRequest, res: NodeResponse, interim: Interim): void {
  if (!isUntouched(res) || isAnswered(res)) return
  // Nothing that could end the head, or begin another one.
  if (!interim.headers.every((text) => /^[\x20-\x7e]+$/.test(text))) return
  try {
    if (isHttp2(res)) {
      if (!res.stream.destroyed) res.stream.additionalHeaders(toHttp2Head(interim))
      return
    }
    const { socket } = res
    // HTTP/1.0 knows none; and while others are answered first (pipelining), there is no socket.
    const isTaken = req.httpVersionMajor === 1 && req.httpVersionMinor >= 1
    if (isTaken && socket !== null && socket.writable) socket.write(toHttp1Head(interim), 'latin1')
  } catch {
    // It is a help, and the answer proper comes all the same.
  }
}

function toHttp2Head({ status, headers }: Interim): Record<string, string | number> {
  const head: Record<string, string | number> = { ':status': status }
  for (let index = 0; index < headers.length; index += 2)
    head[(headers[index] ?? '').toLowerCase()] = headers[index + 1] ?? ''
  return head
}

function toHttp1Head({ status, headers }: Interim): string {
  const lines = [`HTTP/1.1 ${status} ${reasons.get(status) ?? 'Information'}`]
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index] ?? ''}: ${headers[index + 1] ?? ''}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

const reasons: ReadonlyMap<number, string> = new Map([[104, 'Upload Resumption Supported']])
