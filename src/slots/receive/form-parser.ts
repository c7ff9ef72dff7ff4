// Drives @fastify/busboy's part parser: bytes in, parts out, each with its header, its bytes and its
// end. Its ways, seen in its source, that this file is here to contain:
// - of a part's header it drops in silence what is beyond its limits, and all that follows a broken
//   line; so the header's bytes are kept as they come, and what the parser makes of them is not used;
// - a part that ends inside its header is never reported;
// - an error comes on the parser and again on the open part, and either without a listener ends the
//   process;
// - a part's `end` comes a turn later than the next part, and later than the parser's own `finish`.
// Bytes that looked like the beginning of a boundary come out of a buffer that is used again; that
// does no harm, since all it ever holds are beginnings of the same boundary.

import { Dicer } from '@fastify/busboy'
import { maxPartHeadBytes, maxPreambleBytes } from './form-head.ts'
import { headTooLong, malformed } from './part-head.ts'

/** What takes the bytes of one part. */
export interface PartTaker {
  take(chunk: Buffer): void
  end(): void
}

/** What takes a form's parts. Whatever a taker throws is given to `fail`. */
export interface FormTaker {
  /** `head` is all that stands before a part's empty line, one character for each byte. */
  begin(head: string): PartTaker
  fail(error: unknown): void
}

/** A parser of one form. */
export interface FormParser {
  write(chunk: Buffer): void
  /**
   * Ends the form once its bytes are in; resolves when every part's end has been told.
   *
   * @throws TitofistoError `upload-malformed` where the form is cut short.
   */
  end(): Promise<void>
  /** Tells nothing any more. */
  stop(): void
}

/** Makes a parser. */
export function createFormParser(boundary: string, taker: FormTaker): FormParser {
  return new BusboyParser(boundary, taker)
}

/** One of the parser's settings is missing in its types. */
interface DicerConfig extends Dicer.Config {
  readonly highWaterMark: number
}

/** Where the parser hands a part's header on; not public, and only of the exact version we depend on. */
interface DicerInside {
  readonly _hparser: { push(data: Buffer): number | undefined }
}

const headEnd = '\r\n\r\n'

class BusboyParser implements FormParser {
  readonly #taker: FormTaker
  readonly #dicer: Dicer
  #isStopped = false
  #isFinished = false
  #isTruncated = false
  #openParts = 0
  /** Whether the last part that began has shown its header. */
  #hasHeader = true
  /** The bytes of that header, from the end of the boundary on; perhaps with some that follow it. */
  #head: Buffer[] = []
  #headBytes = 0
  #onSettled: (() => void) | null = null

  constructor(boundary: string, taker: FormTaker) {
    this.#taker = taker
    const config: DicerConfig = {
      boundary,
      // Back-pressure is ours: the request is paused while the disk is behind.
      highWaterMark: 1024 * 1024,
    }
    this.#dicer = new Dicer(config)
      .on('preamble', (part) => this.#passPreamble(part))
      .on('part', (part) => this.#beginPart(part))
      .on('error', () => {
        this.#isTruncated = true
        this.#settle()
      })
      .on('finish', () => {
        this.#isFinished = true
        this.#settle()
      })
    const headParser = (this.#dicer as unknown as DicerInside)._hparser
    const push = headParser.push.bind(headParser)
    headParser.push = (data) => {
      this.#keepHead(data)
      return push(data)
    }
  }

  write(chunk: Buffer): void {
    // What comes after the last boundary means nothing.
    if (!this.#isStopped && !this.#isFinished) this.#dicer.write(chunk)
  }

  async end(): Promise<void> {
    if (!this.#isFinished) this.#dicer.end()
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve
      this.#settle()
    })
    if (this.#isTruncated) throw malformed('or its last boundary is missing: the body is cut short')
    if (!this.#hasHeader) throw malformed('ends inside its header')
  }

  stop(): void {
    this.#isStopped = true
  }

  #settle(): void {
    if (this.#isStopped || this.#isTruncated || (this.#isFinished && this.#openParts === 0))
      this.#onSettled?.()
  }

  #passPreamble(part: Dicer.PartStream): void {
    let preambleBytes = 0
    part.on('error', ignore)
    part.on('data', (chunk) => {
      preambleBytes += chunk.length
      if (preambleBytes > maxPreambleBytes)
        this.#fail(
          malformed(`can't be found: the boundary is not in the first ${maxPreambleBytes} bytes`),
        )
    })
  }

  #beginPart(part: Dicer.PartStream): void {
    part.on('error', ignore)
    if (!this.#hasHeader) {
      this.#fail(malformed('ends inside its header'))
      return
    }
    this.#hasHeader = false
    this.#head = []
    this.#headBytes = 0
    this.#openParts += 1
    let partTaker: PartTaker | null = null
    part.on('header', () => {
      this.#hasHeader = true
      this.#guard(() => {
        partTaker = this.#taker.begin(this.#takeHead())
      })
    })
    part.on('data', (chunk) => {
      this.#guard(() => partTaker?.take(toBuffer(chunk)))
    })
    part.on('end', () => {
      this.#openParts -= 1
      this.#guard(() => partTaker?.end())
      this.#settle()
    })
  }

  #keepHead(data: Buffer): void {
    const room = maxPartHeadBytes + 2 * headEnd.length - this.#headBytes
    // It was full, and its end not in it.
    if (room === 0) this.#fail(headTooLong())
    // A copy: most of the bytes that came along are the part's own.
    const kept = Buffer.from(data.subarray(0, room))
    this.#head.push(kept)
    this.#headBytes += kept.length
  }

  #takeHead(): string {
    const bytes = Buffer.concat(this.#head)
    this.#head = []
    const end = bytes.indexOf(headEnd)
    if (end === -1) throw headTooLong()
    const text = bytes.toString('latin1', 0, end)
    // What stands before is the rest of the boundary's own line: nothing, or it was another boundary.
    if (end > 0 && !text.startsWith('\r\n'))
      throw malformed('begins with a line that is neither its boundary nor a header field')
    return text.slice(2)
  }

  /** Nothing may be thrown into the parser's own doings. */
  #guard(action: () => void): void {
    if (this.#isStopped) return
    try {
      action()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#taker.fail(error)
    this.#settle()
  }
}

/** No encoding is ever set, so that strings are in the types only. */
function toBuffer(chunk: Buffer | string): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

function ignore(): void {}
