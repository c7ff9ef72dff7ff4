// One file by tus 1.0.0, in pieces: what has arrived stays, whatever becomes of the connection.

import { exchange, type Answer } from './http-exchange.ts'
import { isSameFile, recall, remember, type RememberedUpload } from './remembered-upload.ts'
import { SendProblem, toProblem } from './send-problem.ts'

/** What a way of sending is told. */
export interface Attempt {
  readonly url: string
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  readonly onProgress: (sentBytes: number) => void
}

/** Below what proxies on the way commonly take of one request. */
const pieceBytes = 32 * 1024 * 1024

/** Makes the way of sending one file; call it again to go on where it stopped. */
export function createResumableSend(
  url: string,
  file: File,
  idempotencyKey: string,
): (attempt: Attempt) => Promise<void> {
  const known = recall(url)
  const isBegun = known !== null && isSameFile(known, file)
  const upload: RememberedUpload = isBegun
    ? known
    : {
        name: file.name,
        sizeBytes: file.size,
        modifiedMs: file.lastModified,
        metadata: toMetadata(file),
        idempotencyKey,
      }
  let mayGoOn = isBegun

  return async (attempt) => {
    const { onProgress } = attempt
    let offset = mayGoOn ? await askOffset(attempt, upload) : null
    if (offset === null) {
      await create(attempt, upload)
      remember(url, upload)
      mayGoOn = true
      offset = 0
    }
    onProgress(offset)
    // At the end, too, where the answer was lost: then it is asked for by sending nothing.
    do {
      offset = await sendPiece(attempt, upload, file, offset)
      onProgress(offset)
    } while (offset < file.size)
    remember(url, null)
  }
}

/** How far the upload came; `null` where there is none, or not this one, and it is to begin anew. */
async function askOffset(
  { url, signal }: Attempt,
  upload: RememberedUpload,
): Promise<number | null> {
  const answer = await exchange({ method: 'HEAD', url, headers: fields(upload), signal })
  if (answer.status !== 200) throw toProblem(answer)
  const offset = readOffset(answer)
  const isWhole = offset === upload.sizeBytes
  const isOurs = answer.header('Upload-Metadata') === upload.metadata
  // Of one that has ended nothing but its size is told; whose it was, the key will show.
  return offset !== null && (isOurs || isWhole) ? offset : null
}

async function create({ url, signal }: Attempt, upload: RememberedUpload): Promise<void> {
  const headers = {
    ...fields(upload),
    'Upload-Length': String(upload.sizeBytes),
    'Upload-Metadata': upload.metadata,
  }
  const answer = await exchange({ method: 'POST', url, headers, signal })
  if (answer.status !== 201) throw toProblem(answer)
}

/** Sends the next piece, and gives the offset after it. */
async function sendPiece(
  { url, signal, onProgress }: Attempt,
  upload: RememberedUpload,
  file: File,
  offset: number,
): Promise<number> {
  const answer = await exchange({
    method: 'PATCH',
    url,
    headers: {
      ...fields(upload),
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': String(offset),
    },
    body: file.slice(offset, offset + pieceBytes),
    signal,
    onProgress: (sentBytes) => onProgress(offset + sentBytes),
  })
  const isUsual = answer.status >= 200 && answer.status < 300
  // Where another tab or device is at it, too: look again how far it came, and whose it is by now.
  if (answer.status === 409) throw new SendProblem(503, { code: 'upload-offset-mismatch' })
  if (!isUsual) throw toProblem(answer)
  const after = readOffset(answer) ?? offset + Math.min(pieceBytes, file.size - offset)
  if (after <= offset && offset < file.size) throw new SendProblem(503, { code: 'network' })
  return after
}

function fields({ idempotencyKey }: RememberedUpload): Readonly<Record<string, string>> {
  return {
    Accept: 'application/json',
    'Tus-Resumable': '1.0.0',
    'Idempotency-Key': idempotencyKey,
  }
}

function readOffset(answer: Answer): number | null {
  const text = answer.header('Upload-Offset') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** A mark of our own besides name and type: by it an upload is known again. */
function toMetadata({ name, type }: File): string {
  const pairs = [
    ['filename', name],
    ...(type === '' ? [] : [['filetype', type]]),
    ['mark', randomText()],
  ]
  return pairs.map(([key = '', value = '']) => `${key} ${toBase64(value)}`).join(',')
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

/** 128 random bits as hex; `randomUUID` is for secure contexts alone. */
export function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
