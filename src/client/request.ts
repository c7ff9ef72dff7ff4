// One request and its answer: by XMLHttpRequest where there is one, since only that tells how much of
// a body has been sent, else by fetch.

import { browser, type Xhr } from './browser.ts'

/** What is asked of the slot. */
export interface Asking {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Blob | FormData | null
  /** Bytes of the body that have been sent. */
  readonly onSent?: ((sentBytes: number) => void) | undefined
  /** Ends the request. It is the upload's own, and hears one request at a time. */
  readonly signal: AbortSignal
  /** How long nothing may happen before the connection counts as lost. */
  readonly stallMs: number
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly header: (name: string) => string | null
}

/** Whether a request can tell how far it is. */
export function tellsProgress(): boolean {
  return browser.XMLHttpRequest !== undefined
}

/** Asks; `null` where no answer came: the connection failed, stalled or was cut. Never rejects. */
export function ask(asking: Asking): Promise<Answer | null> {
  const { XMLHttpRequest } = browser
  return XMLHttpRequest ? askByXhr(new XMLHttpRequest(), asking) : askByFetch(asking)
}

function askByXhr(xhr: Xhr, asking: Asking): Promise<Answer | null> {
  const { method, url, headers, body, onSent, signal, stallMs } = asking
  return new Promise((resolve) => {
    const cut = (): void => xhr.abort()
    let timer = setTimeout(cut, stallMs)
    signal.onabort = cut
    xhr.upload.onprogress = ({ loaded }) => {
      clearTimeout(timer)
      timer = setTimeout(cut, stallMs)
      onSent?.(loaded)
    }
    xhr.onloadend = () => {
      clearTimeout(timer)
      const { status, responseText: text } = xhr
      resolve(status ? { status, text, header: (name) => xhr.getResponseHeader(name) } : null)
    }
    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    xhr.send(body)
  })
}

async function askByFetch(asking: Asking): Promise<Answer | null> {
  const { method, url, headers, body, onSent, signal, stallMs } = asking
  const ending = new AbortController()
  const cut = (): void => ending.abort()
  // What is being sent can't be seen here, and a slow line is no lost one.
  const timer = setTimeout(cut, body === null ? stallMs : stallMs * 10)
  signal.onabort = cut
  try {
    const response = await fetch(url, { method, headers, body, signal: ending.signal })
    const text = await response.text()
    if (body instanceof Blob) onSent?.(body.size)
    return { status: response.status, text, header: (name) => response.headers.get(name) }
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
