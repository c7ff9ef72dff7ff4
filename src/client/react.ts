// `titofisto/react`: an upload, and a link that renews itself, as hooks.

import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { FreshUrl } from './link-life.ts'
import type { UploadProgress } from './progress.ts'
import { refreshing, type RefreshOptions } from './refreshing.ts'
import type { LinkElement } from './show-link.ts'
import { upload, type Upload } from './upload.ts'
import type { UploadOptions, UploadTarget } from './upload-options.ts'

/** What an upload has come to, for a component to show. */
export interface UploadView<Result> {
  /** `idle` before the first upload and after `reset()`; then as {@link UploadProgress}, `done` or `failed`. */
  readonly state: 'idle' | UploadProgress['state'] | 'done' | 'failed'
  /** How far the upload is; `null` before the first. */
  readonly progress: UploadProgress | null
  /** What the handler returned, once it is `done`. */
  readonly result: Result | undefined
  /** Why it `failed`: an `UploadError`, with words for people as its `message`. */
  readonly error: unknown
}

/** An upload of a component. */
export interface UseUpload<Result> extends UploadView<Result> {
  /** Begins an upload, in the place of one that goes on. Never rejects: `error` has what went wrong. */
  readonly start: (
    target: UploadTarget,
    file: Blob | readonly Blob[],
    options?: UploadOptions,
  ) => Promise<void>
  readonly pause: () => void
  readonly resume: () => void
  /** Ends the upload; the slot stays usable. */
  readonly abort: () => void
  /** Back to `idle`. */
  readonly reset: () => void
}

const idle = { state: 'idle', progress: null, result: undefined, error: undefined } as const

/**
 * An upload for a component, ended where the component goes. The slot stays usable: the same file
 * goes on where it stopped.
 */
export function useUpload<Result = unknown>(options: UploadOptions = {}): UseUpload<Result> {
  const [view, setView] = useState<UploadView<Result>>(idle)
  const current = useRef<{ readonly upload: Upload<Result>; readonly abort: () => void }>(null)
  const newest = useRef(options)
  useEffect(() => {
    newest.current = options
  })

  const abort = useCallback(() => {
    current.current?.abort()
    current.current = null
    setView(idle)
  }, [])
  useEffect(
    () => () => {
      current.current?.abort()
      current.current = null
    },
    [],
  )

  const start = useCallback<UseUpload<Result>['start']>(
    async (target, file, own) => {
      current.current?.abort()
      const ending = new AbortController()
      const { signal, onProgress, ...given } = { ...newest.current, ...own }
      const isCurrent = (): boolean => !ending.signal.aborted
      signal?.addEventListener('abort', abort)
      try {
        const sending = upload<Result>(target, file, {
          ...given,
          signal: ending.signal,
          onProgress(progress) {
            onProgress?.(progress)
            if (isCurrent()) setView({ ...idle, state: progress.state, progress })
          },
        })
        current.current = { upload: sending, abort: () => ending.abort() }
        if (signal?.aborted === true) abort()
        const result = await sending
        if (isCurrent()) setView(({ progress }) => ({ ...idle, state: 'done', progress, result }))
      } catch (error) {
        if (isCurrent()) setView(({ progress }) => ({ ...idle, state: 'failed', progress, error }))
      } finally {
        signal?.removeEventListener('abort', abort)
      }
    },
    [abort],
  )

  const pause = useCallback(() => current.current?.upload.pause(), [])
  const resume = useCallback(() => current.current?.upload.resume(), [])
  return { ...view, start, pause, resume, abort, reset: abort }
}

/** A link of a component. */
export interface UseSignedUrl {
  /** The newest link, for `<a href>` and `fetch`. To give a film each new one would load it anew. */
  readonly url: string
  /** For an `<img>`, `<video>`, `<audio>` or `<a>`: keeps the link in it alive. */
  readonly ref: (element: LinkElement | null) => void
}

/** A link that renews itself for as long as the component is there; another `url` begins anew. */
export function useSignedUrl(
  url: string,
  getUrl: () => FreshUrl | Promise<FreshUrl>,
  options: RefreshOptions = {},
): UseSignedUrl {
  const newest = useRef({ getUrl, options })
  useEffect(() => {
    newest.current = { getUrl, options }
  })
  const link = useMemo(() => {
    const { lifeSeconds } = newest.current.options
    return refreshing(url, () => newest.current.getUrl(), {
      ...(lifeSeconds !== undefined && { lifeSeconds }),
      onError: (error) => newest.current.options.onError?.(error),
    })
  }, [url])
  const read = (): string => link.url
  const listen = useCallback((listener: () => void) => link.onChange(listener), [link])
  const shown = useSyncExternalStore(listen, read, read)
  const stop = useRef<(() => void) | null>(null)
  const ref = useCallback(
    (element: LinkElement | null) => {
      stop.current?.()
      stop.current = element === null ? null : link.show(element)
    },
    [link],
  )
  return { url: shown, ref }
}
