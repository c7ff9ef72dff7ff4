// Which type a file's bytes show. A hint, never a proof; so it is worth a bounded effort only: the
// first 4,100 bytes (all that file-type's samples look at), in memory; of a ZIP its directory, too;
// and of a text each byte once, as it passes. Nothing of it waits for anything but the disk.

// Loaded at once, not with the first upload: Node never tries an import again that has failed, as it
// does where no descriptor is left.
import { fileTypeFromBuffer } from 'file-type/core'
import { sniffMarkup } from './markup.ts'
import { TextJudge, type TextVerdict } from './text-judge.ts'
import { readZipType, type ByteSource } from './zip-type.ts'

/** How many of a file's first bytes are looked at. */
export const sniffBytes = 4100

/** What a file's bytes show. */
export interface ShownType {
  /** A media type, lower case, without parameters; `null` where they show none. */
  readonly type: string | null
  /** What the bytes are as text, as far as they were looked at. */
  readonly text: TextVerdict
  /** Whether there is a `<` in that text. */
  readonly hasMarkup: boolean
  /** Whether it is a ZIP file that could not be looked into. */
  readonly isUnreadZip: boolean
  /** Whether a PDF begins within the first 1,024 bytes: readers take that, whatever stands before. */
  readonly hasPdfHeader: boolean
}

/** Looks at a file while it streams by. */
export class TypeWitness {
  readonly #judgesWhole: boolean
  readonly #judge = new TextJudge()
  #head: Buffer = Buffer.alloc(0)
  /** Begun as soon as the first bytes are there, which are then needed no more. */
  #look: Promise<HeadLook> | null = null

  /** `judgesWhole` says whether all bytes are judged as text, or the first ones only. */
  constructor(judgesWhole: boolean) {
    this.#judgesWhole = judgesWhole
  }

  /** Whether the first bytes are there. */
  get isFull(): boolean {
    return this.#look !== null
  }

  /** Whether the bytes are seen to be no text. */
  get isBinary(): boolean {
    return this.#judge.verdict('more') === 'binary'
  }

  take(chunk: Buffer): void {
    if (this.#look !== null) {
      if (this.#judgesWhole) this.#judge.take(chunk)
      return
    }
    // A copy: else the beginning of a large chunk would keep all of it in memory, and chunks of a byte
    // would weigh a hundred times as much.
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, sniffBytes - this.#head.length)])
    if (this.#judgesWhole) this.#judge.take(chunk)
    if (this.#head.length < sniffBytes) return
    this.#look = lookAtHead(this.#head)
    this.#head = Buffer.alloc(0)
  }

  /**
   * What was seen so far; `end` says that this was all. A ZIP is looked into where it is in memory or
   * has a source; rejects with that source's error alone.
   */
  async shown(end: 'more' | 'end', source: ByteSource | null): Promise<ShownType> {
    const head = this.#look === null ? this.#head : null
    const look = await (this.#look ?? lookAtHead(head ?? Buffer.alloc(0)))
    const inside = source ?? (end === 'end' && head !== null ? inMemory(head) : null)
    const isZip = look.type === 'application/zip'
    const judge = this.#judgesWhole ? this.#judge : look.judge
    const text = judge.verdict(head !== null || this.#judgesWhole ? end : 'more')
    return {
      type: isZip && inside !== null ? await readZipType(inside) : look.type,
      isUnreadZip: isZip && inside === null,
      text,
      hasMarkup: text !== 'binary' && judge.hasMarkup,
      hasPdfHeader: look.hasPdfHeader,
    }
  }
}

interface HeadLook extends Pick<ShownType, 'type' | 'hasPdfHeader'> {
  /** Of the first bytes alone; of nothing where they show no type that it could deny. */
  readonly judge: TextJudge
}

async function lookAtHead(head: Buffer): Promise<HeadLook> {
  const type = await sniffType(head)
  const judge = new TextJudge()
  if (type !== null) judge.take(head)
  return { type, hasPdfHeader: hasPdfHeader(head), judge }
}

/** The media type a file's first bytes show, lower case, without parameters; `null` where they show none. Never rejects. */
export async function sniffType(head: Buffer): Promise<string | null> {
  const markup = sniffMarkup(head)
  if (markup !== null) return markup
  // Both are looked into elsewhere, or not at all: file-type would unpack them.
  if (startsWith(head, [0x1f, 0x8b, 8])) return 'application/gzip'
  if (startsWith(head, [0x50, 0x4b, 3, 4])) return 'application/zip'
  try {
    const found = await fileTypeFromBuffer(head)
    const type = found?.mime.replace(/;.*$/s, '').toLowerCase() ?? null
    if (type === null) return isPdfAfterBlanks(head) ? 'application/pdf' : typeBySignature(head)
    return type.startsWith('image/hei') || type === 'video/mp4' ? pictureByBrands(head, type) : type
  } catch {
    // Bytes that confuse a detector show nothing.
    return null
  }
}

function inMemory(bytes: Buffer): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: (position, lengthBytes) =>
      Promise.resolve(bytes.subarray(position, position + lengthBytes)),
  }
}

function startsWith(head: Buffer, signature: readonly number[]): boolean {
  return signature.every((byte, at) => head[at] === byte)
}

/**
 * What file-type does not see: that a TIFF says what it is by its first four bytes, wherever its directory
 * stands (TIFF 6.0 section 2; libtiff writes it last); sound of more than 4 GiB (EBU Tech 3306); what is
 * skipped before a Zstandard frame (RFC 8878 3.1.2); captures by the nanosecond; Flash packed by LZMA;
 * an asar whose directory is long; older forms of LZ4 and RAR; fonts as Apple has them, and collections.
 */
function typeBySignature(head: Buffer): string | null {
  const start = head.toString('latin1', 0, 32)
  return signatures.find(([, signature]) => signature.test(start))?.[0] ?? null
}

const signatures: readonly (readonly [type: string, signature: RegExp])[] = [
  ['image/tiff', /^(?:II\*\0|MM\0\*)/],
  ['audio/wav', /^(?:RF64|BW64).{4}WAVE/s],
  // oxlint-disable-next-line no-control-regex -- asks for bytes
  ['application/zstd', /^[\x50-\x5f]\*M\x18/],
  ['application/vnd.tcpdump.pcap', /^(?:[M4][<\xcd]\xb2\xa1|\xa1\xb2[<\xcd][M4])/],
  ['application/x-shockwave-flash', /^ZWS/],
  // oxlint-disable-next-line no-control-regex -- asks for bytes
  ['application/x-lz4', /^\x02!L\x18/],
  ['application/x-rar-compressed', /^RE~\^/],
  ['font/ttf', /^true\0/],
  ['font/woff', /^wOFF(?:true|ttcf)/],
  ['font/woff2', /^wOF2(?:true|ttcf)/],
  // oxlint-disable-next-line no-control-regex -- asks for bytes
  ['application/x-asar', /^\x04\0\0\0.{12}\{"files":/s],
]

/** PDF 1.7 (ISO 32000-1), annex H 3.4.1, implementation note 13. */
const pdfHeaderBytes = 1024

function hasPdfHeader(head: Buffer): boolean {
  return head.subarray(0, pdfHeaderBytes + 5).includes('%PDF-')
}

function isPdfAfterBlanks(head: Buffer): boolean {
  return /^(?:\xef\xbb\xbf)?[\0\t\n\f\r ]*%PDF-/.test(head.toString('latin1', 0, pdfHeaderBytes))
}

/** HEIF is a family (ISO/IEC 23008-12): which picture it holds, the compatible brands say. */
function pictureByBrands(head: Buffer, type: string): string {
  const [, layers] = /^ftyp(he[iv])[ms]/.exec(head.toString('latin1', 4, 12)) ?? []
  if (layers !== undefined) return layers === 'hei' ? 'image/heic' : 'image/heic-sequence'
  if (type === 'video/mp4') return type
  const boxBytes = Math.min(head.length >= 4 ? head.readUInt32BE(0) : 0, head.length)
  for (let at = 16; at + 4 <= boxBytes; at += 4) {
    const brand = head.toString('latin1', at, at + 4)
    if (brand === 'avif' || brand === 'avis') return 'image/avif'
    if (type === 'image/heif' && (brand === 'heic' || brand === 'heix')) return 'image/heic'
  }
  return type
}
