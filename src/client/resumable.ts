// An upload by tus 1.0.0 (https://tus.io/protocols/resumable-upload) to a slot's own URL, which goes on
// where it stopped: after a break, a reload, a restart of the server.
//
// It begins by a PATCH at offset 0 without a byte, which, unlike a HEAD, ends no request of somebody
// else's, and whose refusal comes before a byte is sent. Every PATCH says of which file it is
// (Upload-Metadata), and the server refuses it where its upload began with another: between a
// question and a piece another file may have come as far, to the byte.

import type { Way } from './attempts.ts'
import type { Answer } from './request.ts'
import type { Load } from './load.ts'
import { isUploadError } from './upload-error.ts'

/** The file of a resumable upload. */
export interface KnownFile {
  readonly file: Blob
  /** What it is known by, as tus's Upload-Metadata. */
  readonly metadata: string
  /** The most bytes of one request. */
  readonly maxRequestBytes: number
  /** Whether this window has begun it before: then its old requests are dead, and may be ended. */
  readonly isOurs: boolean
}

const tus = { 'Tus-Resumable': '1.0.0' }
const nothing = new Blob([])

/** Sends a file, whatever of it is there already. */
export function sendResumably(load: Load, known: KnownFile): Way<Answer> {
  const { send, fail, progress, totalBytes } = load
  const { file, metadata, maxRequestBytes } = known
  const told = { ...tus, 'Upload-Length': String(totalBytes), 'Upload-Metadata': metadata }
  let step: () => Promise<Answer | null> = begin
  let offset = 0
  let mayAsk = known.isOurs
  /** Whether bytes of this call are on their way: from then on nobody's place is taken. */
  let hasBegun = false
  let isHandled = false

  function append(body: Blob, onSent?: (sentBytes: number) => void): Promise<Answer> {
    const headers = {
      ...told,
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': String(offset),
    }
    return send({ method: 'PATCH', headers, body, onSent })
  }

  function goOnFrom(bytes: number): null {
    offset = bytes
    hasBegun = true
    mayAsk = true
    isHandled = false
    step = sendPiece
    progress.tell(offset, 'sending')
    return null
  }

  /** Begins, or finds out that it has begun or ended before. */
  async function begin(): Promise<Answer | null> {
    offset = 0
    try {
      const answer = await append(nothing)
      // At the end at once: our own key has an answer from before.
      return offsetOf(answer) === totalBytes ? answer : goOnFrom(0)
    } catch (error) {
      if (!isUploadError(error)) throw error
      if (error.code === 'upload-other-file') step = takePlace
      else if (error.code === 'upload-offset-mismatch') step = find
      else {
        if (error.code === 'slot-busy' && mayAsk) step = find
        throw error
      }
      return null
    }
  }

  /** Begins in the place of another file's upload that was left unfinished; never of one that goes on. */
  async function takePlace(): Promise<null> {
    await send({ method: 'POST', headers: told })
    return goOnFrom(0)
  }

  async function sendPiece(): Promise<Answer | null> {
    const piece = file.slice(offset, offset + maxRequestBytes)
    step = find
    isHandled = offset + piece.size === totalBytes
    const answer = await append(piece, (sentBytes) => progress.tell(offset + sentBytes))
    const arrived = offsetOf(answer)
    if (arrived === totalBytes) return answer
    // What answers so is no slot: nothing would ever come of it.
    if (!(arrived > offset)) throw fail('upload-failed')
    return goOnFrom(arrived)
  }

  /** Asks how far it came. What was sent before ends with that. */
  async function find(): Promise<null> {
    const answer = await askByHead()
    if (answer === null) {
      step = collect
      return null
    }
    const arrived = offsetOf(answer)
    const begunWith = answer.header('Upload-Metadata')
    if (begunWith === metadata) return goOnFrom(arrived)
    if (begunWith !== null || arrived > 0) {
      // Without metadata, at its end: done, or another's that has told nothing.
      if (begunWith === null && arrived === Number(answer.header('Upload-Length'))) step = collect
      else if (hasBegun) throw fail('upload-other-file')
      else step = takePlace
    } else step = begin
    return null
  }

  /** `null` where it has ended in a refusal: an answer to HEAD has no words. */
  async function askByHead(): Promise<Answer | null> {
    try {
      return await send({ method: 'HEAD', headers: tus })
    } catch (error) {
      if (isUploadError(error) && error.status === 422) return null
      throw error
    }
  }

  /** Asks for the answer that was lost: the server gives it to the bearer of its key alone. */
  async function collect(): Promise<Answer> {
    offset = totalBytes
    step = find
    const answer = await append(nothing)
    if (answer.header('Idempotency-Replayed') === null) throw fail('answer-lost')
    return answer
  }

  return {
    next: () => step(),
    get keptBytes() {
      return offset
    },
    get isHandled() {
      return isHandled
    },
  }
}

function offsetOf(answer: Answer): number {
  return Number(answer.header('Upload-Offset'))
}
