// A link in an element of a page. To give a film another URL is to load it anew, so it gets one only
// when it must.

/** What a link can be shown in: `<a>`, `<img>`, `<video>`, `<audio>` and their like. */
export interface LinkElement {
  src?: string
  href?: string
  /** Of images. */
  readonly naturalWidth?: number
  /** Of films and sounds. */
  currentTime?: number
  readonly paused?: boolean
  readonly readyState?: number
  play?: () => Promise<void>
  addEventListener: (type: string, listener: () => void) => void
  removeEventListener: (type: string, listener: () => void) => void
}

/** The link that is shown. */
export interface ShownLink {
  newest(): string
  renew(): Promise<string>
  onChange(listener: (url: string) => void): () => void
}

/** Puts a link into an element and keeps it alive there; gives what ends that. */
export function showLink(element: LinkElement, link: ShownLink): () => void {
  const isAnchor = 'href' in element && !('src' in element)
  let shown = ''
  let replacedMs = 0

  function put(url: string): void {
    shown = url
    if (isAnchor) element.href = url
    else element.src = url
  }

  async function replace(): Promise<void> {
    // A new link that fails at once, like the old one, is not the link's fault.
    if (Date.now() - replacedMs < 5000) return
    replacedMs = Date.now()
    const { currentTime, paused } = element
    // Another one may have come since.
    const url = link.newest() === shown ? await link.renew() : link.newest()
    put(url)
    if (currentTime === undefined) return
    element.currentTime = currentTime
    if (!paused) await element.play?.()
  }

  const onError = (): void => void replace().catch(() => {})
  const stop = link.onChange((url) => {
    if (isAnchor || isEmpty(element)) put(url)
  })
  put(link.newest())
  element.addEventListener('error', onError)
  return () => {
    stop()
    element.removeEventListener('error', onError)
  }
}

/** Whether nothing of it has been loaded. */
function isEmpty({ naturalWidth, readyState, paused }: LinkElement): boolean {
  return readyState === undefined ? naturalWidth === 0 : readyState === 0 && paused === true
}
