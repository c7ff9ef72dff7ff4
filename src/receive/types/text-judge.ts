// Whether a file is text, judged by all of its bytes as they pass: one byte is looked at once, and
// nothing is kept but a few bytes at a seam.
//
// Text is what has no binary data byte of the MIME Sniffing Standard (3, 7.2): UTF-8, and any older
// encoding that has ASCII in it (Excel still writes CSV in windows-1252); or UTF-16 that says so by
// its byte order mark. Which is which matters to JSON alone.

import { isUtf8 } from 'node:buffer'

/** What the bytes so far are; once binary, they stay it. */
export type TextVerdict = 'utf-8' | 'other-text' | 'binary'

const nothing: Buffer = Buffer.alloc(0)

/** Judges bytes as they pass: text until they are shown not to be. */
export class TextJudge {
  /** Whether there was a `<` in them. */
  hasMarkup = false
  #encoding: 'unknown' | 'bytes' | 'utf-16le' | 'utf-16be' = 'unknown'
  #isBinary = false
  #isUtf8 = true
  /** What an incomplete character or unit at the end of the last chunk has so far. */
  #rest = nothing
  #isHighSurrogate = false

  take(chunk: Buffer): void {
    if (this.#isBinary || chunk.length === 0) return
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = nothing
    if (this.#encoding === 'unknown') {
      if (bytes.length < 2) {
        this.#rest = Buffer.from(bytes)
        return
      }
      this.#encoding = encodingOf(bytes)
    }
    if (this.#encoding === 'bytes') this.#takeBytes(bytes)
    else this.#takeUnits(bytes, this.#encoding === 'utf-16le' ? 0 : 1)
  }

  /** Of what was taken so far; `end` says that nothing follows, so that half a character is none. */
  verdict(end: 'more' | 'end'): TextVerdict {
    if (this.#isBinary) return 'binary'
    const isBytes = this.#encoding === 'bytes' || this.#encoding === 'unknown'
    if (!isBytes) {
      const isCut = this.#rest.length > 0 || this.#isHighSurrogate
      return end === 'end' && isCut ? 'binary' : 'other-text'
    }
    if (hasBinaryByte(this.#rest)) return 'binary'
    if (!this.#isUtf8 || (end === 'end' && !isUtf8(this.#rest))) return 'other-text'
    return 'utf-8'
  }

  #takeBytes(bytes: Buffer): void {
    // What is kept of the last chunk is at most three bytes: looking at them twice costs nothing.
    if (hasBinaryByte(bytes)) {
      this.#isBinary = true
      return
    }
    this.hasMarkup ||= bytes.includes(0x3c)
    if (!this.#isUtf8) return
    const wholeBytes = bytes.length - cutBytes(bytes)
    this.#isUtf8 = isUtf8(bytes.subarray(0, wholeBytes))
    if (wholeBytes < bytes.length) this.#rest = Buffer.from(bytes.subarray(wholeBytes))
  }

  #takeUnits(bytes: Buffer, lowAt: 0 | 1): void {
    const evenBytes = bytes.length - (bytes.length % 2)
    for (let at = 0; at < evenBytes; at += 2) {
      const low = bytes[at + lowAt] ?? 0
      const high = bytes[at + 1 - lowAt] ?? 0
      const isLowSurrogate = high >= 0xdc && high <= 0xdf
      if (isLowSurrogate !== this.#isHighSurrogate || (high === 0 && binaryBytes[low] === 1)) {
        this.#isBinary = true
        return
      }
      this.#isHighSurrogate = high >= 0xd8 && high <= 0xdb
      if (high === 0 && low === 0x3c) this.hasMarkup = true
    }
    if (evenBytes < bytes.length) this.#rest = Buffer.from(bytes.subarray(evenBytes))
  }
}

function encodingOf(bytes: Buffer): 'bytes' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'bytes'
}

/** 1 for each byte that no text has: C0 controls but tab, LF, FF, CR and ESC. */
const binaryBytes = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f)
    ? 1
    : 0,
)

/** Four bytes at a time: a third of the time that each alone would take. */
function hasBinaryByte(bytes: Buffer): boolean {
  if (bytes.length < 8) return hasBinaryByteIn(bytes, 0, bytes.length)
  // Words must begin at a multiple of four.
  const before = (4 - (bytes.byteOffset % 4)) % 4
  const count = Math.floor((bytes.length - before) / 4)
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + before, count)
  for (let at = 0; at < count; at += 1) {
    const word = words[at] ?? 0
    // Not 0 where one of the four is below 0x20: only then does it take the top bit of its byte.
    const isBelow = (word - 0x20_20_20_20) & ~word & 0x80_80_80_80
    if (isBelow !== 0 && hasBinaryByteIn(bytes, before + at * 4, before + at * 4 + 4)) return true
  }
  const rest = before + count * 4
  return hasBinaryByteIn(bytes, 0, before) || hasBinaryByteIn(bytes, rest, bytes.length)
}

function hasBinaryByteIn(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (binaryBytes[bytes[at] ?? 0] === 1) return true
  return false
}

/** How many bytes at the end begin a character of UTF-8 that is not there yet. */
function cutBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}
