// What is on its way just now. A request is known from its beginning to its end, and not a moment longer.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { decodePath, splitTarget } from '../../http/target.ts'
import { formatSize } from '../byte-size.ts'
import { showName } from './page/shown-name.ts'
import type { OpenRow } from './page/told.ts'

/** The requests that run. */
export interface Transfers {
  watch(req: IncomingMessage, res: ServerResponse): void
  /** They, the oldest first, and no more than so many. */
  look(most: number): readonly OpenRow[]
}

/** Watches requests; `mountPath` is where files are. */
export function createTransfers(mountPath: string): Transfers {
  const running = new Map<ServerResponse, () => OpenRow>()
  let count = 0
  return {
    watch(req, res) {
      running.set(res, toLook(req, res, { mountPath, key: `request-${count++}` }))
      res.once('close', () => running.delete(res))
    },
    look(most) {
      const rows: OpenRow[] = []
      for (const look of running.values()) {
        if (rows.length >= most) break
        rows.push(look())
      }
      return rows
    },
  }
}

function toLook(
  req: IncomingMessage,
  res: ServerResponse,
  { mountPath, key }: { readonly mountPath: string; readonly key: string },
): () => OpenRow {
  // A request's socket is its own, whatever becomes of the request.
  const { socket } = req
  const [readBefore, writtenBefore] = [socket.bytesRead, socket.bytesWritten]
  const begunMs = performance.now()
  const bodyBytes = Number(req.headers['content-length'] ?? 0)
  const isUpload = bodyBytes > 0 || req.headers['transfer-encoding'] !== undefined
  const title = isUpload ? 'An upload' : titleOf(req.url ?? '', mountPath)
  const client = socket.remoteAddress ?? 'somebody'
  return () => {
    const done = isUpload ? socket.bytesRead - readBefore : socket.bytesWritten - writtenBefore
    const total = isUpload ? bodyBytes || null : answerLengthOf(res)
    const seconds = Math.max(0.001, (performance.now() - begunMs) / 1000)
    return {
      key,
      title,
      detail: `${isUpload ? 'From' : 'To'} ${client}: ${formatAmount(done, total)}, ${formatSize(done / seconds)}/s`,
      share: shareOf(done, total),
      slotId: null,
    }
  }
}

/** `4.2 MB of 10 MB`. Headers count as done, too: never more than all. */
export function formatAmount(doneBytes: number, totalBytes: number | null): string {
  if (totalBytes === null) return formatSize(doneBytes)
  return `${formatSize(Math.min(doneBytes, totalBytes))} of ${formatSize(totalBytes)}`
}

/** How far something is, from 0 to 1; `null` where nobody knows. */
export function shareOf(doneBytes: number, totalBytes: number | null): number | null {
  return totalBytes === null || totalBytes <= 0 ? null : Math.min(1, doneBytes / totalBytes)
}

/** The name of a file, without its token. */
function titleOf(target: string, mountPath: string): string {
  const path = splitTarget(target)?.path ?? ''
  const name = path.startsWith(mountPath) ? decodePath(path.slice(mountPath.length)) : null
  return name === null || name === '' || isSlotPath(name) ? 'A page' : showName(name)
}

/** What follows in such a path is a key. */
function isSlotPath(name: string): boolean {
  return name.startsWith('titofisto/')
}

/** The length of an answer's body, as its headers have it. */
function answerLengthOf(res: ServerResponse): number | null {
  // Not public, and the only trace of headers that were written as a list.
  const head = (res as { readonly _header?: string | null })._header ?? ''
  const length = /^content-length: *(\d{1,15})\r$/im.exec(head)?.[1]
  return length === undefined ? null : Number(length)
}
