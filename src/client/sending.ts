// How files get to a slot: refused at once, or described, and sent by the way that fits them.

import { goOn, type Way } from './attempts.ts'
import type { Brakes } from './brakes.ts'
import { languageHere } from './browser.ts'
import { describeFile } from './fingerprint.ts'
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

interface SlotFacts {
  readonly url: string | URL
  readonly maxBytes: number
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
  // A string and a URL have neither.
  const { url: given = target as string | URL, maxBytes: limit = Infinity } = Object(
    target,
  ) as Partial<SlotFacts>
  const url = String(given)

  /** A file that can't be read any more looks like a broken connection. */
  async function ifReadable<Value>(reading: Promise<Value>): Promise<Value> {
    return reading.catch(() => {
      throw fail('file-unreadable')
    })
  }

  await brakes.mayGoOn()
  if (files.some(({ size }) => size > limit))
    throw fail('upload-too-large', { limit, unit: 'bytes' })
  const described = await ifReadable(
    Promise.all(files.map((each) => describeFile(each, nameOf(each, options)))),
  )
  const metadata = described.join()
  // The same files with other fields are another upload; of JSON in a Blob nothing is looked at.
  const { key, isFromBefore, forget } = rememberUpload(url, metadata + JSON.stringify(fields))

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

  /** Bare bytes where it is one file: only a form has room for more. */
  function chooseWay(): Way<Answer> {
    const load = { send, fail, progress, totalBytes }
    const [file, ...others] = files
    if (!file || others.length > 0 || fields) return sendForm(load, files, options)
    const { resumableFromBytes = 1024 * 1024 } = options
    if (totalBytes < resumableFromBytes || totalBytes === 0)
      return sendBytes(load, file, nameOf(file, options))
    // Where a request can't tell how far it is, each piece does.
    const { maxRequestBytes = tellsProgress() ? totalBytes : 4 * 1024 * 1024 } = options
    return sendResumably(load, { file, metadata, maxRequestBytes, isOurs: isFromBefore })
  }

  async function onWait(
    failure: UploadError,
    isAtWork: boolean,
    retryInSeconds: number,
  ): Promise<void> {
    if (failure.code === 'network-failed')
      await ifReadable(Promise.all(files.map((each) => each.slice(0, 1).arrayBuffer())))
    if (isAtWork) progress.tell(totalBytes)
    else progress.tell(progress.sentBytes, 'waiting', { error: failure, retryInSeconds })
  }

  const answer = await goOn(chooseWay(), options, brakes, onWait)
  forget()
  if (progress.sentBytes < totalBytes) progress.tell(totalBytes)
  return answer
}
