// An upload in one request: a file's bare bytes, or a form, where there is more than one file, or
// fields beside it. What broke off is sent again from the beginning, under the same Idempotency-Key:
// where the answer alone was lost, the server gives it again and reads no byte.

import type { Way } from './attempts.ts'
import type { Answer } from './request.ts'
import type { Load, Sending } from './sender.ts'

/** Text, or a value with a type of its own, such as JSON in a Blob. */
export type UploadFields = Readonly<Record<string, string | Blob>>

/** A file and what it is to be called; `undefined`: nothing. */
export interface NamedFile {
  readonly file: Blob
  readonly name: string | undefined
}

/** Sends a file's bare bytes. */
export function sendBytes(load: Load, { file, name }: NamedFile): Way<Answer> {
  const headers = {
    'Content-Type': file.type || 'application/octet-stream',
    // A name in any letters (RFC 8187).
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name ?? 'upload')}`,
  }
  return sendWhole(load, { method: 'PUT', headers, body: file })
}

/** Sends files, and fields before them, as a form. */
export function sendForm(load: Load, files: readonly NamedFile[], fields: UploadFields): Way<Answer> {
  const body = new FormData()
  for (const [field, value] of Object.entries(fields)) body.append(field, value)
  for (const { file, name } of files) body.append('file', file, name ?? 'upload')
  return sendWhole(load, { method: 'POST', body })
}

function sendWhole({ sender, progress, totalBytes }: Load, sending: Sending): Way<Answer> {
  return {
    keptBytes: 0,
    isHandled: false,
    next() {
      progress.tell(0, 'sending')
      // Of a form more goes out than its files.
      const onSent = (sentBytes: number): void => progress.tell(Math.min(sentBytes, totalBytes))
      // Asking again costs the whole body, so a handler that takes its time is waited for.
      return sender.send({ ...sending, onSent, patience: 4 })
    },
  }
}
