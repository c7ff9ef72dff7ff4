// Tells what was served, once the door knows how the answer ended. Only for whoever listens.

import { secondsSince } from '../events.ts'
import type { Events } from '../events.ts'
import type { Reply } from '../http/exchange.ts'
import type { FileServedEvent, MediaEvent } from './media-events.ts'
import type { ServedFile } from './serve.ts'

/** Of which request it is told. */
export interface AskedFile {
  readonly name: string
  readonly isPublic: boolean
  readonly method: string
  /** When it came, by `performance.now()`. */
  readonly beganMs: number
}

/** The same reply, which tells how it ended. */
export function tellWhenServed(
  events: Events<MediaEvent>,
  asked: AskedFile,
  file: ServedFile,
  reply: Reply,
): Reply {
  const { name, isPublic, method, beganMs } = asked
  const { bytes, head } = file
  return {
    ...reply,
    onEnd({ bodyBytes, isWhole }) {
      events.tell({
        type: 'file-served',
        name,
        public: isPublic,
        method: method === 'HEAD' ? 'HEAD' : 'GET',
        status: reply.status,
        part: method === 'HEAD' ? 'none' : partOf(reply.status),
        from: bytes.kind === 'bytes' && bytes.isFresh !== true ? 'memory' : 'storage',
        bytes: bodyBytes,
        sizeBytes: head.facts.sizeBytes,
        seconds: secondsSince(beganMs),
        aborted: !isWhole,
      })
    },
  }
}

function partOf(status: number): FileServedEvent['part'] {
  if (status === 200) return 'whole'
  return status === 206 ? 'range' : 'none'
}
