// HTTP/1.1 by hand over a socket, so that a test can send what no client would, and sees every byte
// that came back.

import type { Duplex } from 'node:stream'

/** An answer as it came over the wire. */
export interface RawReply {
  readonly status: number
  /** Names in lower case, in order. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** Every value of a header, joined as HTTP does. */
  header(name: string): string | undefined
}

/** How an exchange went. */
export interface Exchange {
  /** Interim answers (1xx) stand among them. */
  readonly replies: readonly RawReply[]
  /** Whether the last answer is not whole: the connection broke. */
  readonly isBroken: boolean
  readonly bytes: Buffer
}

/** A test that waits this long waits for ever. */
const patienceMs = 60_000

/**
 * Writes a request, or several, and reads until each of `methods` has its answer or the connection
 * ends. Rejects when neither happens.
 */
export async function exchange(
  socket: Duplex,
  request: string | Uint8Array,
  methods: readonly string[] = ['GET'],
): Promise<Exchange> {
  let taken = Buffer.alloc(64 * 1024)
  let length = 0
  return new Promise<Exchange>((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy()
      const got = JSON.stringify(taken.subarray(0, Math.min(length, 300)).toString('latin1'))
      reject(new Error(`No whole answer within ${patienceMs} ms, but ${got}`))
    }, patienceMs)
    function finish(isEnd: boolean) {
      const bytes = taken.subarray(0, length)
      const { replies, isWhole } = parseReplies(bytes, methods, isEnd)
      if (!isWhole && !isEnd) return
      clearTimeout(timer)
      socket.off('data', onData).off('close', onClose)
      resolve({ replies, isBroken: !isWhole, bytes })
    }
    function onData(chunk: Buffer) {
      if (length + chunk.length > taken.length)
        taken = Buffer.concat([taken], 2 * (length + chunk.length))
      length += chunk.copy(taken, length)
      finish(false)
    }
    function onClose() {
      finish(true)
    }
    socket.on('data', onData).once('close', onClose)
    // A reset is an end like any other: what counts is what came before it.
    if (socket.listenerCount('error') === 0) socket.on('error', () => {})
    socket.resume()
    socket.write(typeof request === 'string' ? Buffer.from(request, 'latin1') : request)
  })
}

/** Takes a stream of answers apart. */
export function parseReplies(
  bytes: Buffer,
  methods: readonly string[],
  isEnd: boolean,
): { readonly replies: readonly RawReply[]; readonly isWhole: boolean } {
  const replies: RawReply[] = []
  let rest = bytes
  for (let answered = 0; answered < methods.length;) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd < 0) return { replies, isWhole: false }
    const [statusLine = '', ...lines] = rest.subarray(0, headEnd).toString('latin1').split('\r\n')
    const status = Number(/^HTTP\/1\.[01] ([1-5]\d\d)/.exec(statusLine)?.[1])
    if (Number.isNaN(status)) throw new Error(`No status line: ${JSON.stringify(statusLine)}`)
    const headers = lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    })
    rest = rest.subarray(headEnd + 4)
    const taken = takeBody(rest, status, methods[answered] ?? '', new Map(headers), isEnd)
    if (taken === null) {
      replies.push(toReply(status, headers, rest))
      return { replies, isWhole: false }
    }
    replies.push(toReply(status, headers, taken.body))
    rest = taken.rest
    if (status >= 200) answered++
  }
  return { replies, isWhole: true }
}

function toReply(status: number, headers: RawReply['headers'], body: Buffer): RawReply {
  function header(name: string) {
    const values = headers.filter(([each]) => each === name).map(([, value]) => value)
    return values.length === 0 ? undefined : values.join(', ')
  }
  return { status, headers, body, header }
}

/** RFC 9112 6.3: where an answer's body ends. `null`: it is not there yet. */
function takeBody(
  bytes: Buffer,
  status: number,
  method: string,
  headers: ReadonlyMap<string, string>,
  isEnd: boolean,
): { body: Buffer; rest: Buffer } | null {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return { body: Buffer.alloc(0), rest: bytes }
  if (headers.get('transfer-encoding') === 'chunked') return takeChunks(bytes)
  const length = headers.get('content-length')
  if (length === undefined) return isEnd ? { body: bytes, rest: Buffer.alloc(0) } : null
  if (bytes.length < Number(length)) return null
  return { body: bytes.subarray(0, Number(length)), rest: bytes.subarray(Number(length)) }
}

function takeChunks(bytes: Buffer): { body: Buffer; rest: Buffer } | null {
  const chunks: Buffer[] = []
  for (let rest = bytes; ;) {
    const lineEnd = rest.indexOf('\r\n')
    if (lineEnd < 0) return null
    const size = Number.parseInt(rest.subarray(0, lineEnd).toString('latin1'), 16)
    const end = lineEnd + 2 + size
    if (rest.length < end + 2) return null
    if (size === 0) return { body: Buffer.concat(chunks), rest: rest.subarray(end + 2) }
    chunks.push(rest.subarray(lineEnd + 2, end))
    rest = rest.subarray(end + 2)
  }
}
