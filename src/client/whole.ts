// An upload in one request: a file's bare bytes, or a form, where there is more than one file, or
// fields beside it. What broke off is sent again from the beginning, under the same Idempotency-Key:
// where the answer alone was lost, the server gives it again and reads no byte.

import type { Way } from './attempts.ts'
import type { Answer } from './request.ts'
import type { Load, Sending, UploadFields } from './load.ts'

/** What is said of files besides their bytes. */
export interface Naming {
  readonly fileName?: string
  readonly fields?: UploadFields
}

/** What a file is to be called; `undefined`: nothing. */
export function nameOf(file: Blob, { fileName }: Naming): string | undefined {
  return fileName ?? ('name' in file && typeof file.name === 'string' ? file.name : undefined)
}

/** Sends a file's bare bytes. */
export function sendBytes(load: Load, body: Blob, name: string | undefined): Way<Answer> {
  const headers = {
    'Content-Type': body.type || 'application/octet-stream',
    // A name in any letters (RFC 8187).
    ...(name && { 'Content-Disposition': `inline; filename*=UTF-8''${encodeURIComponent(name)}` }),
  }
  return sendWhole(load, { method: 'PUT', headers, body })
}

/** Sends files, and fields before them, as a form. */
export function sendForm(load: Load, files: readonly Blob[], naming: Naming): Way<Answer> {
  const body = new FormData()
  for (const [field, value] of Object.entries(naming.fields ?? {})) body.append(field, value)
  for (const file of files) body.append('file', file, nameOf(file, naming) ?? '')
  return sendWhole(load, { method: 'POST', body })
}

function sendWhole({ send, progress, totalBytes }: Load, sending: Sending): Way<Answer> {
  return {
    keptBytes: 0,
    isHandled: false,
    next() {
      progress.tell(0, 'sending')
      // Of a form more goes out than its files.
      const onSent = (sentBytes: number): void => progress.tell(Math.min(sentBytes, totalBytes))
      // Asking again costs the whole body, so a handler that takes its time is waited for.
      return send({ ...sending, onSent, patience: 4 })
    },
  }
}
