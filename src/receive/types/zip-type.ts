// What a ZIP file holds: an office document, a book, a program. Its directory at the end says so
// whatever the order of its entries; where there is none (yet), the entries from the front do.
//
// The file is a stranger's: at most the constants below are read and unpacked, whatever it claims.

import { inflateRawSync } from 'node:zlib'

/** A file to be read here and there. */
export interface ByteSource {
  readonly sizeBytes: number
  /** The bytes from a place on; fewer where the file ends, or where more are not to be had. */
  read(position: number, lengthBytes: number): Promise<Buffer>
}

/** The directory's end may have a comment of 65,535 bytes behind it. */
const mostEndBytes = 65_535 + 22
const mostDirectoryBytes = 1024 * 1024
const mostEntries = 10_000
/** Of entries from the front each is a read of its own. */
const mostFrontEntries = 200
/** How large the two entries that are read may be, packed and unpacked. */
const mostPackedBytes = 256 * 1024
const mostUnpackedBytes = 1024 * 1024

interface Entry {
  readonly name: string
  readonly method: number
  readonly packedBytes: number
  /** Where its local header stands. */
  readonly position: number
}

/**
 * The media type of a ZIP file by what it holds, lower case; `application/zip` where that tells none.
 * Rejects with the source's error alone.
 */
export async function readZipType(source: ByteSource): Promise<string> {
  const entries = (await readDirectory(source)) ?? (await readFront(source))
  return (await typeOfEntries(source, entries)) ?? 'application/zip'
}

async function typeOfEntries(
  source: ByteSource,
  entries: readonly Entry[],
): Promise<string | null> {
  const mimetype = entries.find(({ name }) => name === 'mimetype')
  if (mimetype !== undefined) {
    const type = (await unpack(source, mimetype)).toString('latin1').trim().toLowerCase()
    // What names itself, within the families that do so.
    if (/^application\/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z-]+)$/.test(type)) return type
  }
  const contentTypes = entries.find(({ name }) => name === '[Content_Types].xml')
  if (contentTypes !== undefined) {
    const type = officeTypeOf((await unpack(source, contentTypes)).toString('latin1'))
    const found = type ?? officeTypeOfNames(entries)
    if (found !== null) return found
  }
  for (const { name } of entries) {
    if (name === 'META-INF/mozilla.rsa') return 'application/x-xpinstall'
    if (/^classes\d*\.dex$/.test(name)) return 'application/vnd.android.package-archive'
  }
  return entries.some(({ name }) => name === 'META-INF/MANIFEST.MF')
    ? 'application/java-archive'
    : null
}

/** By the type of the document's main part (ECMA-376 part 2, 10.1.2). */
function officeTypeOf(contentTypes: string): string | null {
  // A workbook of Excel's binary kind is the one main part that is no XML.
  const type = /ContentType="([^"]*)\.main(?:\+xml)?"/.exec(contentTypes)?.[1]?.toLowerCase() ?? ''
  if (type === 'application/vnd.ms-visio.drawing') return 'application/vnd.visio'
  // Of templates and add-ins for Word the word "template" comes twice.
  const macro = /^(application\/vnd\.ms-[a-z.]+\.macroenabled)(?:template)?$/.exec(type)?.[1]
  if (macro !== undefined) return `${macro}.12`
  if (/^application\/vnd\.openxmlformats-officedocument\.[a-z.]+$/.test(type)) return type
  const isModel = contentTypes.includes('application/vnd.ms-package.3dmanufacturing-3dmodel+xml')
  return isModel ? 'model/3mf' : null
}

function officeTypeOfNames(entries: readonly Entry[]): string | null {
  const office = 'application/vnd.openxmlformats-officedocument.'
  for (const { name } of entries) {
    if (name.startsWith('word/')) return `${office}wordprocessingml.document`
    if (name.startsWith('ppt/')) return `${office}presentationml.presentation`
    if (name.startsWith('xl/')) return `${office}spreadsheetml.sheet`
  }
  return null
}

/** The central directory (APPNOTE 4.3.12); `null` where the file has none that can be read. */
async function readDirectory(source: ByteSource): Promise<readonly Entry[] | null> {
  const lengthBytes = Math.min(source.sizeBytes, mostEndBytes)
  const end = await source.read(source.sizeBytes - lengthBytes, lengthBytes)
  if (end.length < 22) return null
  // APPNOTE 4.3.16: 22 bytes, and the comment that they announce.
  let at = end.lastIndexOf('PK\u0005\u0006', end.length - 22, 'latin1')
  while (at !== -1 && at + 22 + end.readUInt16LE(at + 20) > end.length)
    at = at === 0 ? -1 : end.lastIndexOf('PK\u0005\u0006', at - 1, 'latin1')
  if (at === -1) return null
  const directoryBytes = end.readUInt32LE(at + 12)
  // ZIP64 (4.3.14) says all ones here, and then nothing is found: no office document is that large.
  const position = end.readUInt32LE(at + 16)
  const directory = await source.read(position, Math.min(directoryBytes, mostDirectoryBytes))
  const entries: Entry[] = []
  for (let from = 0; from + 46 <= directory.length && entries.length < mostEntries;) {
    if (directory.readUInt32LE(from) !== 0x02_01_4b_50) break
    const nameEnd = from + 46 + directory.readUInt16LE(from + 28)
    entries.push({
      name: directory.toString('latin1', from + 46, nameEnd),
      method: directory.readUInt16LE(from + 10),
      packedBytes: directory.readUInt32LE(from + 20),
      position: directory.readUInt32LE(from + 42),
    })
    from = nameEnd + directory.readUInt16LE(from + 30) + directory.readUInt16LE(from + 32)
  }
  return entries.length === 0 ? null : entries
}

/** The entries from the front (APPNOTE 4.3.7), as far as each says where the next one is. */
async function readFront(source: ByteSource): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  let position = 0
  while (entries.length < mostFrontEntries) {
    const header = await source.read(position, 30 + 512)
    if (header.length < 30 || header.readUInt32LE(0) !== 0x04_03_4b_50) break
    const nameBytes = header.readUInt16LE(26)
    const packedBytes = header.readUInt32LE(18)
    const dataPosition = position + 30 + nameBytes + header.readUInt16LE(28)
    // Without sizes in the header, they follow the data: then only what is there can be looked at.
    const isUnsized = (header.readUInt16LE(6) & 8) !== 0 && packedBytes === 0
    entries.push({
      name: header.toString('latin1', 30, 30 + nameBytes),
      method: header.readUInt16LE(8),
      packedBytes: isUnsized ? mostPackedBytes : packedBytes,
      position,
    })
    if (isUnsized) break
    position = dataPosition + packedBytes
  }
  return entries
}

/** An entry's bytes; none where it is packed in another way, too large, or broken. */
async function unpack(source: ByteSource, entry: Entry): Promise<Buffer> {
  const header = await source.read(entry.position, 30)
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04_03_4b_50) return Buffer.alloc(0)
  const position = entry.position + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  if (entry.packedBytes > mostPackedBytes) return Buffer.alloc(0)
  const packed = await source.read(position, entry.packedBytes)
  if (entry.method === 0) return packed
  if (entry.method !== 8) return Buffer.alloc(0)
  try {
    return inflateRawSync(packed, {
      maxOutputLength: mostUnpackedBytes,
      // What follows the entry is not part of it, and what was cut off is not needed.
      finishFlush: 2,
    })
  } catch {
    return Buffer.alloc(0)
  }
}
