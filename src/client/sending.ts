// How files get to a slot: refused at once, or described, and sent by the way that fits them.

import { goOn, type Way } from './attempts.ts'
import type { Brakes } from './brakes.ts'
import { languageHere } from './browser.ts'
import { describeFile, randomText } from './fingerprint.ts'
import { rememberUpload } from './memory.ts'
import type { ProgressCount } from './progress.ts'
import type { Sending } from './load.ts'
import { ask, tellsProgress, type Answer } from './request.ts'
import { sendResumably } from './resumable.ts'
import { readRefusal, UploadError, type UploadErrorCode } from './upload-error.ts'
import type { UploadOptions, UploadTarget } from './upload-options.ts'
import { nameOf, sendBytes, sendForm } from './whole.ts'
import type { Facts } from './words.ts'

/** What holds an upload up, and what tells how far it is. */
export interface Controls {
  readonly brakes: Brakes
  readonly progress: ProgressCount
  readonly totalBytes: number
}

/** Sends files to a slot. @throws UploadError, or what the upload was aborted with. */
export async function sendFiles(
  target: UploadTarget,
  files: readonly Blob[],
  options: UploadOptions,
  { brakes, progress, totalBytes }: Controls,
): Promise<Answer> {
  const { fields, language = languageHere(), words = {}, stallSeconds = 30 } = options
  const speech = { language, words }
  const fail = (code: UploadErrorCode, facts?: Facts): UploadError =>
    new UploadError(code, { ...facts, status: 0 }, speech)
  const [file = new Blob([])] = files
  const slot: { readonly url: string | URL; readonly maxBytes?: number } =
    typeof target === 'object' && 'url' in target ? target : { url: target }
  const url = String(slot.url)
  let key = randomText()
  let forget = (): void => {}

  async function send({ headers: own, patience = 1, body, ...sending }: Sending): Promise<Answer> {
    const answer = await ask({
      ...sending,
      url,
      headers: {
        ...options.headers,
        Accept: 'application/json',
        'Idempotency-Key': key,
        ...own,
      },
      body: body ?? null,
      signal: brakes.signal(),
      stallMs: stallSeconds * 1000 * patience,
    })
    if (answer === null) throw fail('network-failed')
    if (answer.status >= 400) throw readRefusal(answer, speech)
    return answer
  }

  /** A file that can't be read any more looks like a broken connection. */
  async function ifReadable<Value>(reading: Promise<Value>): Promise<Value> {
    return reading.catch(() => {
      throw fail('file-unreadable')
    })
  }

  /** Bare bytes where it is one file: only a form has room for more. */
  async function chooseWay(): Promise<Way<Answer>> {
    const load = { send, fail, progress, totalBytes }
    const name = nameOf(file, options)
    if (fields !== undefined || files.length > 1) return sendForm(load, files, options)
    const metadata = await ifReadable(describeFile(file, name))
    const memory = rememberUpload(url, metadata)
    forget = memory.forget
    key = memory.key
    const { resumableFromBytes = 1024 * 1024 } = options
    if (totalBytes < resumableFromBytes || totalBytes === 0) return sendBytes(load, file, name)
    // Where a request can't tell how far it is, each piece does.
    const { maxRequestBytes = tellsProgress() ? totalBytes : 4 * 1024 * 1024 } = options
    return sendResumably(load, { file, metadata, maxRequestBytes, isOurs: memory.isFromBefore })
  }

  await brakes.mayGoOn()
  const { maxBytes: limit = Infinity } = slot
  if (files.some(({ size }) => size > limit))
    throw fail('upload-too-large', { limit, unit: 'bytes' })
  const way = await chooseWay()
  async function onWait(failure: UploadError, isAtWork: boolean): Promise<void> {
    if (failure.code === 'network-failed')
      await ifReadable(Promise.all(files.map((each) => each.slice(0, 1).arrayBuffer())))
    if (isAtWork) progress.tell(totalBytes)
    else progress.tell(progress.sentBytes, 'waiting', failure)
  }

  const answer = await goOn(way, options, brakes, onWait)
  forget()
  if (progress.sentBytes < totalBytes) progress.tell(totalBytes)
  return answer
}
