// `upload()`: a file to a slot, from a browser or from Node.

import { goOn, waitUntil, type Holder, type Way } from './attempts.ts'
import { createBrakes, type Brakes } from './brakes.ts'
import { languageHere } from './browser.ts'
import { describeFile, randomText } from './fingerprint.ts'
import { rememberUpload } from './memory.ts'
import { countProgress, type ProgressCount } from './progress.ts'
import { tellsProgress, type Answer } from './request.ts'
import { sendResumably } from './resumable.ts'
import { createSender, type Load } from './sender.ts'
import { UploadError } from './upload-error.ts'
import { checkUpload, type UploadOptions, type UploadTarget } from './upload-options.ts'
import { sendBytes, sendForm, type NamedFile } from './whole.ts'
import type { Speech } from './words.ts'

/** An upload that goes on: a promise of what the slot's handler returned, and its brakes. */
export interface Upload<Result> extends Promise<Result> {
  /**
   * Stops sending until {@link resume}. What has arrived stays there, where the upload is resumable.
   * @example
   * import { upload } from 'titofisto/client'
   *
   * const sending = upload(origin + (await avatar.url()), new Blob(['A picture']))
   * sending.pause()
   * sending.resume()
   * await sending //=> 'avatars/me.png'
   */
  pause(): void
  /**
   * Goes on after {@link pause}.
   * @example
   * import { upload } from 'titofisto/client'
   *
   * const sending = upload(origin + (await avatar.url()), new Blob(['A picture']))
   * sending.resume()
   * await sending //=> 'avatars/me.png'
   */
  resume(): void
}

/**
 * Sends a file to a slot, and resolves with what the slot's handler returned (`undefined` where that
 * is nothing): `upload<UploadResult<typeof avatar>>(url, file)` types it. From `resumableFromBytes` on
 * it goes on where it stopped: after a break, after the page was loaded again and the same file
 * chosen, after the server was restarted; a file that is not the same begins anew. Several files, or
 * `fields` beside them, go as a form, which is sent again from the beginning. An answer that was lost
 * is asked for, and the handler does not run twice.
 *
 * @throws TypeError where the target or the file is none.
 * @returns A promise that rejects with an {@link UploadError}, or with the reason of `signal`.
 * @example
 * import { upload } from 'titofisto/client'
 *
 * const slotUrl = origin + (await avatar.url())
 * const shares: number[] = []
 * const name = await upload<string>(slotUrl, new File(['A picture'], 'me.png'), {
 *   onProgress: ({ sentBytes, totalBytes }) => shares.push(sentBytes / totalBytes),
 * })
 * name //=> 'avatars/me.png'
 * shares.at(-1) //=> 1
 */
export function upload<Result = unknown>(
  target: UploadTarget,
  file: Blob | readonly Blob[],
  options: UploadOptions = {},
): Upload<Result> {
  const blobs = file instanceof Blob ? [file] : [...file]
  checkUpload(target, blobs)
  const job = createJob(target, blobs, options)
  const { brakes, progress } = job
  let isOver = false
  // The answer is JSON of the handler's: only its owner knows the type.
  const result = run(job)
    .then((answer) => readResult(answer) as Result)
    .finally(() => (isOver = true))
  return Object.assign(result, {
    pause() {
      if (isOver) return
      brakes.pause()
      if (brakes.isPaused()) progress.tell(progress.sentBytes, 'paused')
    },
    resume: brakes.resume,
  })
}

/** All that one upload is made of. */
interface Job {
  readonly files: readonly NamedFile[]
  readonly options: UploadOptions
  readonly target: UploadTarget
  readonly url: string
  readonly speech: Speech
  readonly brakes: Brakes
  readonly progress: ProgressCount
  readonly totalBytes: number
}

function createJob(target: UploadTarget, blobs: readonly Blob[], options: UploadOptions): Job {
  const { language = languageHere(), words = {}, onProgress = () => {} } = options
  const totalBytes = blobs.reduce((sum, { size }) => sum + size, 0)
  return {
    files: blobs.map((file) => ({ file, name: options.fileName ?? nameOf(file) })),
    options,
    target,
    url: String(typeof target === 'object' && 'url' in target ? target.url : target),
    speech: { language, words },
    brakes: createBrakes(options.signal),
    progress: countProgress(totalBytes, onProgress),
    totalBytes,
  }
}

function nameOf(file: Blob): string | undefined {
  return 'name' in file && typeof file.name === 'string' ? file.name : undefined
}

async function run(job: Job): Promise<Answer> {
  const { files, brakes, progress, options, totalBytes } = job
  await brakes.mayGoOn()
  refuseAtOnce(job)
  const single = options.fields === undefined && files.length === 1 ? files[0] : undefined
  const metadata = single === undefined ? null : await describe(job, single)
  const memory = metadata === null ? null : rememberUpload(job.url, metadata)
  const { stallSeconds = 30, retries = 10, retryDelayMs = 1000, headers, fields = {} } = options
  const sender = createSender({
    url: job.url,
    headers: {
      ...headers,
      Accept: 'application/json',
      'Idempotency-Key': memory?.key ?? randomText(),
    },
    speech: job.speech,
    stallMs: stallSeconds * 1000,
    signal: brakes.signal,
  })
  const load = { sender, progress, totalBytes }
  const isOurs = memory?.isFromBefore === true
  const way =
    single === undefined || metadata === null
      ? sendForm(load, files, fields)
      : chooseWay(load, single, { metadata, isOurs }, options)
  const answer = await goOn(way, { retries, retryDelayMs }, holderOf(job))
  memory?.forget()
  if (progress.sentBytes < totalBytes) progress.tell(totalBytes)
  return answer
}

/** What can be refused before anything is sent. */
function refuseAtOnce({ target, files, speech }: Job): void {
  if (typeof target !== 'object' || !('url' in target)) return
  const { maxBytes = Infinity, minBytes = 0 } = target
  for (const { file } of files) {
    const facts = { status: 0, actual: file.size, unit: 'bytes' }
    if (file.size > maxBytes)
      throw new UploadError('upload-too-large', { ...facts, limit: maxBytes }, speech)
    if (file.size < minBytes)
      throw new UploadError('upload-too-small', { ...facts, limit: minBytes }, speech)
  }
}

async function describe(job: Job, { file, name }: NamedFile): Promise<string> {
  try {
    return await describeFile(file, name)
  } catch {
    throw unreadable(job)
  }
}

function unreadable({ speech }: Job): UploadError {
  return new UploadError('file-unreadable', { status: 0 }, speech)
}

function chooseWay(
  load: Load,
  named: NamedFile,
  known: { readonly metadata: string; readonly isOurs: boolean },
  { resumableFromBytes = 1024 * 1024, maxRequestBytes }: UploadOptions,
): Way<Answer> {
  const { file } = named
  if (file.size < resumableFromBytes || file.size === 0) return sendBytes(load, named)
  // Where a request can't tell how far it is, each piece does.
  const mostBytes = maxRequestBytes ?? (tellsProgress() ? file.size : 4 * 1024 * 1024)
  return sendResumably(load, { file, ...known, maxRequestBytes: mostBytes })
}

function holderOf(job: Job): Holder {
  const { brakes, progress, totalBytes } = job
  return {
    mayGoOn: brakes.mayGoOn,
    timesPaused: brakes.timesPaused,
    async wait(error, ms, isAtWork) {
      // A file that can't be read any more looks like a broken connection.
      if (error.code === 'network-failed') await checkReadable(job)
      if (isAtWork) progress.tell(totalBytes)
      else progress.tell(progress.sentBytes, 'waiting', error)
      await waitUntil(ms, brakes.signal())
    },
  }
}

async function checkReadable(job: Job): Promise<void> {
  try {
    for (const { file } of job.files) await file.slice(0, 1).arrayBuffer()
  } catch {
    throw unreadable(job)
  }
}

function readResult({ status, text, header }: Answer): unknown {
  if (status === 204 || text === '') return undefined
  return /\bjson\b/i.test(header('Content-Type') ?? '') ? JSON.parse(text) : text
}
