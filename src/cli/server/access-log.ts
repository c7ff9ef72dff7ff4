// One line for each request, and one for each thing that titofisto has to say; never a token.

import { describeCause, stackOf, type Log, type LogEntry } from '../../log.ts'
import { redact } from '../../redact.ts'
import { toPrintable } from '../printable.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How the log is written. */
export interface AccessLogOptions {
  /** JSON lines instead of text. */
  readonly json: boolean
  /** Only what went wrong on our side: neither requests nor refusals. */
  readonly quiet: boolean
  /** The query parameter with the token. */
  readonly param: string
  /** Takes whole lines, several at once. */
  readonly write: (lines: string) => void
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
}

/** A server's log. */
export interface AccessLog {
  /** For createTitofisto. */
  readonly log: Log
  /** Writes a line once this request is over, however it ends. */
  watch(req: IncomingMessage, res: ServerResponse): void
  /** Writes what still waits to be written. */
  flush(): void
}

/** Makes the log of a server. */
export function createAccessLog(options: AccessLogOptions): AccessLog {
  let waiting = ''
  /** What each open connection had received when its last request was over. */
  const receivedBefore = new WeakMap<Socket, number>()
  function writeLine(line: string): void {
    // One system call for all that happens in one turn of the loop.
    if (waiting === '') setImmediate(flush)
    waiting += `${line}\n`
  }
  function flush(): void {
    const lines = waiting
    waiting = ''
    if (lines !== '') options.write(lines)
  }
  return {
    flush,
    log(entry) {
      if (options.quiet && entry.level === 'info') return
      writeLine(formatEntry(entry, options))
    },
    watch(req, res) {
      if (options.quiet) return
      const { socket } = req
      const begunMs = performance.now()
      const bytesBefore = socket.bytesWritten
      res.once('close', () => {
        const receivedBytes = socket.bytesRead - (receivedBefore.get(socket) ?? 0)
        receivedBefore.set(socket, socket.bytesRead)
        const bytes = socket.bytesWritten - bytesBefore
        const record: RequestRecord = {
          method: req.method ?? '-',
          path: hideTokens(req.url ?? '', options.param),
          status: res.headersSent ? res.statusCode : null,
          bytes,
          ...(hasBody(req) && { receivedBytes }),
          ms: Math.round((performance.now() - begunMs) * 10) / 10,
          complete: res.writableFinished || isWholeBeforeBody(req, res, bytes),
        }
        writeLine(formatRequest(record, options))
      })
    },
  }
}

interface RequestRecord {
  readonly method: string
  readonly path: string
  /** `null`: the client went before its answer. */
  readonly status: number | null
  /** What was sent, headers included. */
  readonly bytes: number
  /** What came in, headers included; only where the request had a body. */
  readonly receivedBytes?: number
  readonly ms: number
  /** Whether the answer went out whole. */
  readonly complete: boolean
}

/**
 * Whether an answer to a request whose body has not all come went out whole. Such an answer is
 * ended only after the body; where the client has read it and goes, or sends too much, never.
 */
function isWholeBeforeBody(req: IncomingMessage, res: ServerResponse, sentBytes: number): boolean {
  // Whatever waits behind other answers, or in the socket, has not gone out.
  if (req.complete || res.writableLength > 0) return false
  // Not public, and the only trace of headers that were written as a list.
  const head = (res as { readonly _header?: string | null })._header ?? ''
  return head !== '' && sentBytes >= head.length + bodyLengthOf(req, res, head)
}

/** The length of a request's body (RFC 9112 6.3); `Infinity` where only its end tells. */
function bodyLengthOf({ method }: IncomingMessage, res: ServerResponse, head: string): number {
  if (method === 'HEAD' || res.statusCode === 204 || res.statusCode === 304) return 0
  const length = /^content-length: *(\d+)\r$/im.exec(head)?.[1]
  return length === undefined ? Infinity : Number(length)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function formatRequest(record: RequestRecord, { json, now }: AccessLogOptions): string {
  const time = new Date(now()).toISOString()
  if (json) return JSON.stringify({ time, event: 'request', ...record })
  const { method, path, status, bytes, receivedBytes, ms, complete } = record
  const received = receivedBytes === undefined ? '' : `${receivedBytes} received `
  const end = complete ? '' : ' (broke off)'
  return `${time} ${method} ${path} ${status ?? '-'} ${bytes} bytes ${received}${ms} ms${end}`
}

function formatEntry(entry: LogEntry, { json, now, param }: AccessLogOptions): string {
  const time = new Date(now()).toISOString()
  const { level, event, reason, slotId } = entry
  const message = toPrintable(redact(entry.message))
  const name = entry.name === undefined ? undefined : hideTokens(entry.name, param)
  const cause = entry.cause === undefined ? undefined : describeCause(entry.cause)
  const frames = stackOf(entry).map((frame) => toPrintable(frame))
  if (json) {
    const stack = frames.length === 0 ? undefined : frames.map((frame) => frame.trim())
    return JSON.stringify({ time, event, level, reason, message, name, slotId, cause, stack })
  }
  const about = name ?? slotId
  const details = [
    about === undefined ? '' : ` [${about}]`,
    cause === undefined ? '' : ` (${toPrintable(cause)})`,
  ]
  const kind = level === 'info' ? event : `${level}: ${event}`
  const line = `${time} ${kind}: ${reason === undefined ? '' : `${reason}. `}${message}${details.join('')}`
  return [line, ...frames].join('\n')
}

/**
 * A target or a name without any part of a token. A query goes whole, since a token that lost a
 * letter on the way is nearly one. What follows the parameter's name goes too: in a URL that was
 * encoded once too often the token is part of the path. So does what follows a slot's id.
 */
export function hideTokens(target: string, param: string): string {
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  const leaked = path.indexOf(param)
  const shown = leaked < 0 ? path : `${path.slice(0, leaked + param.length)}[token]`
  const slotless = shown.replace(slotPath, '$1[token]')
  return toPrintable(redact(slotless)) + (query < 0 ? '' : '?[query]')
}

/**
 * A slot's address, also one that was encoded once too often: its id, and then what must not be seen. Of
 * the owner's page nothing is seen: neither its key nor where it is.
 */
const slotPath =
  /(titofisto(?:\/|%(?:25)*2F)+(?:upload(?:\/|%(?:25)*2F)+(?:[A-Za-z0-9_-]{22}(?:\/|%(?:25)*2F)+)?|browse(?:\/|%(?:25)*2F)+))[^]+$/i
