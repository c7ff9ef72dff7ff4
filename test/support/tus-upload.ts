// One run of the stock tus client, watched.

import type { Readable } from 'node:stream'
import { Upload } from 'tus-js-client'
import type { UploadOptions } from 'tus-js-client'

/** What a client said, in order: `PATCH 0` is a request from offset 0, `204` its answer. */
export interface ClientRun {
  readonly upload: Upload
  /** Requests and answers in order, such as `HEAD`, `200`, `PATCH 0`, `204`. */
  readonly steps: readonly string[]
  /** Settles by the client's own `onSuccess` and `onError`. */
  readonly done: Promise<void>
  /** Its error's text; rejects where it succeeded. */
  readonly failed: Promise<string>
}

/** Makes a client and starts it. Without `retryDelays` it gives up at the first failure. */
export function startTusUpload(data: Buffer | Readable, options: UploadOptions): ClientRun {
  const steps: string[] = []
  let upload: Upload | undefined
  const done = new Promise<void>((resolve, reject) => {
    // Its types know only the browser's streams.
    upload = new Upload(data as Buffer, {
      retryDelays: [],
      ...options,
      onError: reject,
      onSuccess: () => resolve(),
      async onBeforeRequest(req) {
        const offset = req.getHeader('Upload-Offset')
        steps.push(offset === undefined ? req.getMethod() : `${req.getMethod()} ${offset}`)
        await options.onBeforeRequest?.(req)
      },
      async onAfterResponse(req, res) {
        steps.push(String(res.getStatus()))
        await options.onAfterResponse?.(req, res)
      },
    })
    upload.start()
  })
  if (upload === undefined) throw new Error('A promise runs its function at once.')
  const failed = done.then(
    () => Promise.reject(new Error('The client says that it succeeded.')),
    (error: unknown) => String(error),
  )
  // Each test asks for one of the two.
  done.catch(() => {})
  failed.catch(() => {})
  return { upload, steps, done, failed }
}
