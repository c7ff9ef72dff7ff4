// Which type a file's first bytes show. A hint, never a proof; so it is worth a bounded effort only:
// the first 4,100 bytes (all that file-type's samples look at), and a bounded time.

// Loaded at once, not with the first upload: Node never tries an import again that has failed, as it
// does where no descriptor is left.
import { fileTypeFromBuffer } from 'file-type'

/** How many of a file's first bytes are looked at. */
export const sniffBytes = 4100
/** How long a look may take; what takes longer shows nothing. */
const sniffMs = 1000

/** The media type a file's first bytes show, lower case, without parameters; `null` where they show none. Never rejects. */
export async function sniffType(head: Buffer): Promise<string | null> {
  // No known signature is shorter.
  if (head.length < 2) return null
  try {
    const found = await within(fileTypeFromBuffer(head), sniffMs)
    const type = found?.mime.replace(/;.*$/s, '').toLowerCase() ?? null
    return (type === null || type === 'application/xml') && isSvg(head) ? 'image/svg+xml' : type
  } catch {
    // Bytes that confuse a detector show nothing.
    return null
  }
}

/** What may stand before an XML document's first element. */
const beforeRoot = /\s+|<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE\s+svg\b[^[>]*(?:\[[^\]]*\]\s*)?>/iy
const svgRoot = /<(?:[\w.-]+:)?svg[\s/>]/y

/** Whether the first element is SVG's: a page that has a picture somewhere in it is none. */
function isSvg(head: Buffer): boolean {
  const text = head.toString('utf8').replace(/^\ufeff/, '')
  let at = 0
  for (beforeRoot.lastIndex = 0; beforeRoot.test(text); at = beforeRoot.lastIndex);
  svgRoot.lastIndex = at
  return svgRoot.test(text)
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
    timer.unref()
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** Keeps a file's first bytes while it streams by. */
export interface HeadKeeper {
  /** Whether enough is kept. */
  readonly isFull: boolean
  take(chunk: Buffer): void
  /** The first bytes, at most {@link sniffBytes}. */
  head(): Buffer
}

/** Makes a keeper of first bytes. */
export function createHeadKeeper(): HeadKeeper {
  const parts: Buffer[] = []
  let keptBytes = 0
  return {
    get isFull() {
      return keptBytes >= sniffBytes
    },
    take(chunk) {
      const part = chunk.subarray(0, sniffBytes - keptBytes)
      if (part.length === 0) return
      keptBytes += part.length
      // Of a large chunk a copy: else its beginning would keep all of it in memory.
      parts.push(part.length < chunk.length ? Buffer.from(part) : part)
    },
    head() {
      return Buffer.concat(parts)
    },
  }
}
