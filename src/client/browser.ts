// What browsers have and Node lacks, named here so that the client compiles, and runs, without the
// DOM. Everything may be missing: workers have no storage, Node 20 has no `navigator`.

/** An upload that tells how far it is: fetch does not. */
export interface Xhr {
  readonly status: number
  readonly responseText: string
  readonly upload: { onprogress: ((event: { readonly loaded: number }) => void) | null }
  onloadend: (() => void) | null
  open(method: string, url: string): void
  setRequestHeader(name: string, value: string): void
  getResponseHeader(name: string): string | null
  send(body: Blob | FormData | null): void
  abort(): void
}

interface Browser {
  readonly XMLHttpRequest?: new () => Xhr
  readonly navigator?: { readonly onLine?: boolean; readonly language?: string }
  readonly document?: { readonly documentElement: { readonly lang: string } }
  readonly sessionStorage?: {
    getItem(name: string): string | null
    setItem(name: string, value: string): void
    removeItem(name: string): void
  }
  addEventListener?(type: 'online', listener: () => void): void
  removeEventListener?(type: 'online', listener: () => void): void
}

/** The global object, of whatever types it is here: Node's or the DOM's. */
export const browser = globalThis as unknown as Browser

/** Whether the browser knows itself to be without a network. */
export function isOffline(): boolean {
  return browser.navigator?.onLine === false
}

/** The language of the page, else of the browser. */
export function languageHere(): string {
  return browser.document?.documentElement.lang || browser.navigator?.language || 'en'
}
