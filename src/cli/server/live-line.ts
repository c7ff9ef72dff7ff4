// The last line of a terminal while something is on its way: how much, how fast. Where nobody looks,
// in a file or a pipe, there is none.

import { formatSize } from '../byte-size.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Where it is shown. */
export interface LiveLineOptions {
  readonly stream: NodeJS.WriteStream
  readonly isOn: boolean
  readonly env: NodeJS.ProcessEnv
}

/** The line, and what is written above it. */
export interface LiveLine {
  /** Writes whole lines above it. */
  write(lines: string): void
  /** Shows a request from its second second on. */
  watch(req: IncomingMessage, res: ServerResponse): void
  /** Takes it away. */
  end(): void
}

/** A request on its way. */
export interface Transfer {
  readonly way: 'upload' | 'download'
  readonly doneBytes: number
  /** `null` where nobody knows. */
  readonly totalBytes: number | null
  readonly seconds: number
}

const showEveryMs = 500
const shownFromSeconds = 1

/** Makes the line. */
export function createLiveLine({ stream, isOn, env }: LiveLineOptions): LiveLine {
  const isShown = isOn && stream.isTTY && env['TERM'] !== 'dumb'
  if (!isShown)
    return { write: (lines) => void stream.write(lines), watch: () => {}, end: () => {} }

  const running = new Map<ServerResponse, () => Transfer>()
  let shown = ''
  let timer: NodeJS.Timeout | null = null

  function show(): void {
    const transfers = [...running.values()].map((look) => look())
    draw(formatTransfers(transfers).slice(0, Math.max(0, (stream.columns || 80) - 1)))
  }

  function draw(text: string): void {
    if (text === shown) return
    shown = text
    stream.write(`${clearLine}${text}`)
  }

  function stopIfIdle(): void {
    if (running.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
    draw('')
  }

  return {
    write(lines) {
      stream.write(shown === '' ? lines : `${clearLine}${lines}${shown}`)
    },
    watch(req, res) {
      running.set(res, watchTransfer(req, performance.now()))
      timer ??= setInterval(show, showEveryMs).unref()
      res.once('close', () => {
        running.delete(res)
        stopIfIdle()
      })
    },
    end() {
      running.clear()
      stopIfIdle()
    },
  }
}

/** To the line's beginning, and all of it away. */
const clearLine = '\r\u001b[K'

function watchTransfer(req: IncomingMessage, begunMs: number): () => Transfer {
  // A request's socket is its own, whatever becomes of the request.
  const socket: Socket = req.socket
  const [readBefore, writtenBefore] = [socket.bytesRead, socket.bytesWritten]
  const length = Number(req.headers['content-length'] ?? 0)
  const isUpload = length > 0 || req.headers['transfer-encoding'] !== undefined
  return () => ({
    way: isUpload ? 'upload' : 'download',
    doneBytes: isUpload ? socket.bytesRead - readBefore : socket.bytesWritten - writtenBefore,
    totalBytes: length > 0 ? length : null,
    seconds: (performance.now() - begunMs) / 1000,
  })
}

/** Says what is on its way; `''` where nothing is, or only what has just begun. */
export function formatTransfers(transfers: readonly Transfer[]): string {
  const long = transfers.filter(({ seconds }) => seconds >= shownFromSeconds)
  return (['upload', 'download'] as const)
    .map((way) => formatWay(long.filter((each) => each.way === way)))
    .filter((text) => text !== '')
    .join(' · ')
}

function formatWay(transfers: readonly Transfer[]): string {
  const [first] = transfers
  if (first === undefined) return ''
  const sum = (of: (each: Transfer) => number) =>
    transfers.reduce((total, each) => total + of(each), 0)
  const done = sum(({ doneBytes }) => doneBytes)
  const rate = sum(({ doneBytes, seconds }) => doneBytes / seconds)
  const isSizeKnown = transfers.every(({ totalBytes }) => totalBytes !== null)
  const total = sum(({ totalBytes }) => totalBytes ?? 0)
  // Headers count as done, too: never more than all.
  const share = total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0
  const ofAll = isSizeKnown ? ` of ${formatSize(total)} (${share} %)` : ''
  const count = `${transfers.length} ${first.way}${transfers.length === 1 ? '' : 's'}`
  return `${count}: ${formatSize(done)}${ofAll}, ${formatSize(rate)}/s`
}
