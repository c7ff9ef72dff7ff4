// One request, by XMLHttpRequest: `fetch` tells nobody how much of a body was sent.

/** A request that may be given up. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: FormData | Blob
  readonly signal: AbortSignal
  /** How many bytes of the body were handed on to the network, and of how many. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void
}

/** What came back; status 0 where nothing did. */
export interface Answer {
  readonly status: number
  readonly text: string
  header(name: string): string | null
}

/** A network that is gone shows late, or never: what stands still for so long is given up. */
const stallMs = 60_000
/** Once all is sent, the other side may have much to do with it. */
const answerMs = 900_000

const nothing: Answer = { status: 0, text: '', header: () => null }

/** Sends a request. Rejects only where its signal aborts, with the signal's reason. */
export function exchange({
  method,
  url,
  headers,
  body,
  signal,
  ...rest
}: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    let timer = 0
    const watch = (ms: number): void => {
      clearTimeout(timer)
      timer = setTimeout(() => xhr.abort(), ms)
    }
    const end = (answer: Answer): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      removeEventListener('offline', lose)
      if (signal.aborted) reject(signal.reason as Error)
      else resolve(answer)
    }
    const abort = (): void => xhr.abort()
    const lose = (): void => xhr.abort()
    signal.addEventListener('abort', abort)
    addEventListener('offline', lose)
    xhr.upload.addEventListener('progress', ({ loaded, total }) => {
      watch(stallMs)
      rest.onProgress?.(loaded, total)
    })
    xhr.upload.addEventListener('load', () => watch(answerMs))
    xhr.addEventListener('load', () =>
      end({
        status: xhr.status,
        text: xhr.responseText,
        header: (name) => xhr.getResponseHeader(name),
      }),
    )
    xhr.addEventListener('error', () => end(nothing))
    xhr.addEventListener('abort', () => end(nothing))
    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    watch(stallMs)
    if (signal.aborted) end(nothing)
    else xhr.send(body ?? null)
  })
}
