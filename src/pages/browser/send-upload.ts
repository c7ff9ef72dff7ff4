// Sends an upload to a slot, however often the network breaks: small ones and several files as a
// form, a large file in pieces. The page knows no more of it than this; `titofisto/client` may take
// its place.

import { exchange } from './http-exchange.ts'
import { createResumableSend, type Attempt } from './resumable-send.ts'
import { SendProblem, toProblem } from './send-problem.ts'
import { remember } from './remembered-upload.ts'

/** What is sent. */
export interface Upload {
  readonly files: readonly File[]
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** The same for each try to send the same: what was handled is then not handled again. */
  readonly idempotencyKey: string
  /** Whether the slot takes nothing but forms. */
  readonly isFormOnly: boolean
}

/** Who wants to know how it goes. */
export interface SendListener {
  /** Bytes of the files that are sent, of all together. */
  onProgress(sentBytes: number): void
  /** The connection is gone, or the slot busy: how long until the next try; `null`: until there is a network. */
  onWait(problem: SendProblem, waitMs: number | null): void
  /** It goes on. */
  onResume(): void
}

/** An upload on its way. */
export interface Sending {
  /** Resolves once it was handled. Rejects with a {@link SendProblem}, or as it was cancelled. */
  readonly ended: Promise<void>
  readonly canPause: boolean
  pause(): void
  resume(): void
  cancel(): void
}

/** From this size on it is worth a few more requests to be able to go on. */
export const resumableFromBytes = 4 * 1024 * 1024
const mostTries = 12
/** Of a slot that is busy: with what we have sent, most often. */
const mostTriesAtBusy = 60
const cancelled = new DOMException('cancelled', 'AbortError')
const pausing = new DOMException('paused', 'AbortError')

/** Begins to send. */
export function sendUpload(url: string, upload: Upload, listener: SendListener): Sending {
  const [file, ...others] = upload.files
  const { idempotencyKey } = upload
  const isResumable =
    file !== undefined &&
    others.length === 0 &&
    !upload.isFormOnly &&
    file.size >= resumableFromBytes
  const send = isResumable
    ? createResumableSend(url, file, idempotencyKey)
    : (attempt: Attempt) => sendForm(attempt, upload)
  let stop = new AbortController()
  let isCancelled = false
  let goOn: (() => void) | null = null
  let wake = (): void => {}

  async function run(): Promise<void> {
    let tries = 0
    while (true) {
      if (isCancelled) throw cancelled
      const { signal } = stop
      try {
        return await send({
          url,
          idempotencyKey,
          signal,
          onProgress(sentBytes) {
            if (sentBytes > 0) tries = 0
            listener.onProgress(sentBytes)
          },
        })
      } catch (error) {
        if (isCancelled) throw cancelled
        if (signal.reason === pausing) {
          // It may go on already.
          if (stop.signal === signal) await new Promise<void>((resolve) => (goOn = resolve))
          listener.onResume()
          continue
        }
        if (!(error instanceof SendProblem) || !error.mayPass) throw error
        tries += 1
        if (tries > (error.problem.code === 'slot-busy' ? mostTriesAtBusy : mostTries)) throw error
        await wait(error, tries)
        if (!isCancelled) listener.onResume()
      }
    }
  }

  async function wait(problem: SendProblem, tries: number): Promise<void> {
    const backOffMs = Math.min(1000 * 2 ** (tries - 1), 30_000) * (0.75 + Math.random() / 2)
    const waitMs = navigator.onLine ? (problem.retryAfterMs ?? backOffMs) : null
    listener.onWait(problem, waitMs)
    await new Promise<void>((resolve) => {
      const timer = waitMs === null ? 0 : setTimeout(() => wake(), waitMs)
      wake = () => {
        clearTimeout(timer)
        removeEventListener('online', wake)
        resolve()
      }
      addEventListener('online', wake)
    })
  }

  return {
    ended: isResumable ? holdAlone(url, run) : run(),
    canPause: isResumable,
    pause() {
      stop.abort(pausing)
      wake()
    },
    resume() {
      stop = new AbortController()
      goOn?.()
    },
    cancel() {
      isCancelled = true
      stop.abort(cancelled)
      goOn?.()
      wake()
      if (isResumable) remember(url, null)
    },
  }
}

/**
 * Two tabs with one file would go on with one upload, each against the other. Forms need no lock: the
 * server takes one of them.
 */
async function holdAlone(url: string, run: () => Promise<void>): Promise<void> {
  // Browsers have locks in secure contexts alone.
  const locks = navigator.locks as LockManager | undefined
  if (locks === undefined) return run()
  return locks.request(`titofisto:${new URL(url).pathname}`, { ifAvailable: true }, (lock) => {
    if (lock === null) throw new SendProblem(409, { code: 'slot-busy' })
    return run()
  })
}

async function sendForm(attempt: Attempt, { files, fields }: Upload): Promise<void> {
  const body = new FormData()
  for (const [name, value] of fields) body.append(name, value)
  for (const file of files) body.append('file', file, file.name)
  const fileBytes = files.reduce((sum, { size }) => sum + size, 0)
  const { url, signal, idempotencyKey, onProgress } = attempt
  const answer = await exchange({
    method: 'POST',
    url,
    headers: { Accept: 'application/json', 'Idempotency-Key': idempotencyKey },
    body,
    signal,
    // What stands around the files is in the form's size alone.
    onProgress: (sentBytes, totalBytes) => onProgress((sentBytes / totalBytes) * fileBytes),
  })
  if (answer.status < 200 || answer.status >= 300) throw toProblem(answer)
}
