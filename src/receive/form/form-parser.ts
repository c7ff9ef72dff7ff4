// Cuts a multipart/form-data body (RFC 7578, RFC 2046 5.1) into parts: bytes in; each part's head,
// its bytes and its end out. Pure: no stream and no timer. What is pending between two chunks
// is its own copy, and small: the beginning of a delimiter, of a line, or of a header.
//
// A delimiter is CRLF, `--` and the boundary. It is found by the platform's indexOf, and what can't
// be part of it goes on without a copy. What two readers could understand differently is refused: a
// line that goes on after the boundary, a part that ends inside its header.

import { maxPartHeadBytes, maxPreambleBytes } from './form-head.ts'
import { headTooLong, malformed } from './part-head.ts'

/** What takes the bytes of one part. */
export interface PartTaker {
  /** The bytes are a view of the chunk that was written, or bytes of nobody else. */
  take(chunk: Buffer): void
  end(): void
}

/** What takes a form's parts. */
export interface FormTaker {
  /** `head` is all that stands before a part's empty line, one character for each byte. */
  begin(head: string): PartTaker
}

/** RFC 2046 5.1.1 lets gateways pad the boundary's line with blanks. */
const maxPaddingBytes = 256

const dash = 0x2d
const carriageReturn = 0x0d
const lineFeed = 0x0a
const nothing = Buffer.alloc(0)
const lineEnd = Buffer.from('\r\n', 'latin1')
const headerEnd = Buffer.from('\r\n\r\n', 'latin1')

/** The fields between the line's end before them and the empty line behind. */
const maxPendingHeaderBytes = lineEnd.length + maxPartHeadBytes + headerEnd.length

type Place =
  /** Before the first boundary, or in a part's bytes. */
  | 'content'
  /** Behind a boundary: two dashes end the form, a line's end begins a part. */
  | 'line'
  | 'header'
  /** Behind the last boundary: what comes means nothing. */
  | 'epilogue'

/** A parser of one form. Once it has thrown, be it what its taker threw, it takes no more. */
export class FormParser {
  readonly #taker: FormTaker
  readonly #delimiter: Buffer
  readonly #pending = new PendingBytes()
  #place: Place = 'content'
  /** `null` before the first. */
  #part: PartTaker | null = null
  #preambleBytes = 0

  constructor(boundary: string, taker: FormTaker) {
    this.#taker = taker
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
    // As if a line had ended before the body: a form may begin with its boundary.
    this.#pending.append(lineEnd)
  }

  /**
   * Takes the next bytes, and tells what they bring.
   *
   * @throws TitofistoError `upload-malformed`
   */
  write(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0) rest = this.#step(rest)
  }

  /**
   * Says that no more bytes come.
   *
   * @throws TitofistoError `upload-malformed` where the form is cut short.
   */
  end(): void {
    if (this.#place === 'header') throw malformed('ends inside its header')
    if (this.#place !== 'epilogue')
      throw malformed('or its last boundary is missing: the body is cut short')
  }

  /** Takes bytes up to where something else begins, and gives the rest. */
  #step(bytes: Buffer): Buffer {
    switch (this.#place) {
      case 'content':
        return this.#pending.length === 0 ? this.#takeContent(bytes) : this.#takeAfterPending(bytes)
      case 'line':
        return this.#takeLine(bytes)
      case 'header':
        return this.#takeHeader(bytes)
      case 'epilogue':
        return nothing
    }
  }

  #takeContent(bytes: Buffer): Buffer {
    const found = bytes.indexOf(this.#delimiter)
    if (found !== -1) {
      this.#pass(bytes.subarray(0, found))
      this.#endContent()
      return bytes.subarray(found + this.#delimiter.length)
    }
    // Only a carriage return begins a delimiter, and there is no other in it.
    const last = bytes.lastIndexOf(carriageReturn)
    if (last === -1 || !this.#beginsDelimiter(bytes.subarray(last))) {
      this.#pass(bytes)
      return nothing
    }
    this.#pass(bytes.subarray(0, last))
    this.#pending.append(bytes.subarray(last))
    return nothing
  }

  /** What is pending begins like a delimiter; whether it is one, the next bytes tell. */
  #takeAfterPending(bytes: Buffer): Buffer {
    const added = bytes.subarray(0, this.#delimiter.length - this.#pending.length)
    const pendingBytes = this.#pending.length
    this.#pending.append(added)
    if (!this.#beginsDelimiter(this.#pending.view())) {
      const content = Buffer.from(this.#pending.view().subarray(0, pendingBytes))
      this.#pending.clear()
      this.#pass(content)
      return bytes
    }
    if (this.#pending.length === this.#delimiter.length) {
      this.#pending.clear()
      this.#endContent()
    }
    return bytes.subarray(added.length)
  }

  #beginsDelimiter(bytes: Buffer): boolean {
    return (
      bytes.length <= this.#delimiter.length &&
      bytes.equals(this.#delimiter.subarray(0, bytes.length))
    )
  }

  #pass(bytes: Buffer): void {
    if (bytes.length === 0) return
    if (this.#part !== null) {
      this.#part.take(bytes)
      return
    }
    this.#preambleBytes += bytes.length
    if (this.#preambleBytes > maxPreambleBytes + lineEnd.length)
      throw malformed(`can't be found: the boundary is not in the first ${maxPreambleBytes} bytes`)
  }

  #endContent(): void {
    this.#place = 'line'
    this.#part?.end()
  }

  #takeLine(bytes: Buffer): Buffer {
    const pendingBytes = this.#pending.length
    this.#pending.append(bytes.subarray(0, maxPaddingBytes + lineEnd.length - pendingBytes))
    const line = this.#pending.view()
    if (line[0] === dash && (line[1] ?? dash) === dash) {
      if (line.length > 1) this.#place = 'epilogue'
      return nothing
    }
    const end = line.indexOf(carriageReturn)
    const padding = end === -1 ? line : line.subarray(0, end)
    if (padding.length > maxPaddingBytes || !isBlank(padding))
      throw malformed('begins with a line that has more than the boundary')
    if (end === -1 || end + 1 === line.length) return nothing
    if (line[end + 1] !== lineFeed) throw malformed('has a bare CR behind its boundary')
    this.#place = 'header'
    this.#pending.clear()
    // So that a part without a header has its end as well.
    this.#pending.append(lineEnd)
    return bytes.subarray(end + lineEnd.length - pendingBytes)
  }

  #takeHeader(bytes: Buffer): Buffer {
    const pendingBytes = this.#pending.length
    const end = bytes.indexOf(headerEnd)
    const most = maxPendingHeaderBytes - pendingBytes
    this.#pending.append(
      bytes.subarray(0, end === -1 ? most : Math.min(end + headerEnd.length, most)),
    )
    const header = this.#pending.view()
    // It may end sooner, where its end has begun in what was pending.
    const found = header.indexOf(headerEnd, Math.max(0, pendingBytes - headerEnd.length + 1))
    if (found === -1) {
      if (header.length === maxPendingHeaderBytes) throw headTooLong()
      return nothing
    }
    const head = header.toString('latin1', lineEnd.length, Math.max(found, lineEnd.length))
    this.#pending.clear()
    this.#place = 'content'
    this.#part = this.#taker.begin(head)
    return bytes.subarray(found + headerEnd.length - pendingBytes)
  }
}

/**
 * Bytes copied out of chunks, until it is clear what they are: a chunk of one byte is an object that
 * weighs a hundred times as much.
 */
export class PendingBytes {
  #bytes: Buffer = nothing
  length = 0

  append(bytes: Buffer): void {
    const length = this.length + bytes.length
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(256, 2 * length))
      this.#bytes.copy(larger, 0, 0, this.length)
      this.#bytes = larger
    }
    bytes.copy(this.#bytes, this.length)
    this.length = length
  }

  /** Good until the next change. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09)
}
