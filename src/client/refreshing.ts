// A link that renews itself before it dies.

import { readLifeSeconds, readTerms, type FreshUrl } from './link-life.ts'
import { showLink, type LinkElement } from './show-link.ts'

/** How a link is renewed. */
export interface RefreshOptions {
  /** How long a link lives from when it is given, in seconds. Default: what its token or its server tells. */
  readonly lifeSeconds?: number
  /** Hears of a renewal that failed; it is tried again. */
  readonly onError?: (error: unknown) => void
}

/** A link that renews itself. */
export interface RefreshingUrl {
  /** The newest link. */
  readonly url: string
  /**
   * A link that lives for a while yet: the newest, or a new one. @throws whatever `getUrl` throws.
   * @example
   * import { refreshing } from 'titofisto/client'
   *
   * const link = refreshing(origin + (await files.url('report.pdf')), async () => origin + (await files.url('report.pdf')))
   * await (await fetch(await link.fresh())).text() //=> 'A report'
   */
  fresh(): Promise<string>
  /**
   * Tells each new link, and renews it in time for as long as somebody listens. Gives what ends that.
   * @example
   * import { refreshing } from 'titofisto/client'
   *
   * const link = refreshing(origin + (await files.url('report.pdf')), async () => origin + (await files.url('report.pdf')))
   * const stop = link.onChange((url) => url.length)
   * stop()
   */
  onChange(listener: (url: string) => void): () => void
  /**
   * Puts the link into an element, and keeps it alive there: an `<a>` always has the newest; an image,
   * a film or a sound gets a new one only where it has to load again, a film goes on where it was.
   * Gives what ends that.
   * @example
   * import { refreshing } from 'titofisto/client'
   *
   * const link = refreshing(await files.url('report.pdf'), () => files.url('report.pdf'))
   * const anchor = Object.assign(new EventTarget(), { href: '' })
   * const stop = link.show(anchor)
   * anchor.href === link.url //=> true
   * stop()
   */
  show(element: LinkElement): () => void
}

/**
 * Makes a link that renews itself: `getUrl` asks your server for the next one, in time. Until somebody
 * listens or asks, nothing is done.
 *
 * @param getUrl Gives a new link, or `{ url, expiresIn }` with the seconds it lives.
 * @example
 * import { refreshing } from 'titofisto/client'
 *
 * let asked = 0
 * const link = refreshing(await files.url('report.pdf', { expiresIn: 10 }), async () => {
 *   asked += 1
 *   return files.url('report.pdf', { expiresIn: 600 })
 * })
 * const first = link.url
 * await link.fresh() === first //=> true
 * asked //=> 0
 */
export function refreshing(
  url: string,
  getUrl: () => FreshUrl | Promise<FreshUrl>,
  options: RefreshOptions = {},
): RefreshingUrl {
  const listeners = new Set<(url: string) => void>()
  let newest: Given = { url, atMs: Date.now(), lifeSeconds: options.lifeSeconds }
  let due: Promise<number> | null = null
  let renewal: Promise<string> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let pauseMs = 500

  /** Whether to renew. When that is may have to be asked for. */
  async function isDue(): Promise<boolean> {
    due ??= findDue(newest)
    return Date.now() >= (await due)
  }

  function renew(): Promise<string> {
    renewal ??= getNext().finally(() => {
      renewal = null
    })
    return renewal
  }

  async function getNext(): Promise<string> {
    const next = await getUrl()
    const { url: nextUrl, expiresIn } =
      typeof next === 'string' ? { url: next, expiresIn: undefined } : next
    newest = { url: nextUrl, atMs: Date.now(), lifeSeconds: expiresIn ?? options.lifeSeconds }
    due = null
    for (const listener of listeners) listener(nextUrl)
    return nextUrl
  }

  async function fresh(): Promise<string> {
    return (await isDue()) ? renew() : newest.url
  }

  /**
   * Looks every now and then: a computer that slept has timers that are late. Where there is no link
   * that lives, later and later.
   */
  async function look(): Promise<void> {
    await fresh().catch((error: unknown) => options.onError?.(error))
    const leftMs = ((await due) ?? 0) - Date.now()
    pauseMs = leftMs > 0 ? 500 : 2 * pauseMs
    clearTimeout(timer)
    if (listeners.size > 0) timer = setTimeout(look, Math.min(15_000, Math.max(pauseMs, leftMs)))
  }

  function onChange(listener: (url: string) => void): () => void {
    // The same function may listen twice.
    const own = (next: string): void => listener(next)
    listeners.add(own)
    void look()
    return () => {
      listeners.delete(own)
      if (listeners.size === 0) clearTimeout(timer)
    }
  }

  const read = (): string => newest.url
  return {
    get url() {
      return newest.url
    },
    fresh,
    onChange,
    show: (element) => showLink(element, { newest: read, renew, onChange }),
  }
}

/** A link as it was given. */
interface Given {
  readonly url: string
  readonly atMs: number
  readonly lifeSeconds: number | undefined
}

/** A fifth of its life before its end, a minute at most. */
async function findDue({ url, atMs, lifeSeconds }: Given): Promise<number> {
  const fromMs = lifeSeconds === undefined ? Date.now() : atMs
  const leftSeconds = lifeSeconds ?? (await readLifeSeconds(url, fromMs / 1000)) ?? Infinity
  const wholeSeconds = readTerms(url).lifeSeconds || leftSeconds
  return fromMs + (leftSeconds - Math.min(60, wholeSeconds / 5)) * 1000
}
