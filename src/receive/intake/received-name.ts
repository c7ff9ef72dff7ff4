// What a client calls its file is data, never a path: it is cut to its
// base name and made harmless on every system that a user may save it to.

import { isReservedName } from '../../storage/names/reserved-name.ts'

/** The longest name in bytes of UTF-8: what file systems take between two slashes. */
export const maxReceivedNameBytes = 255

/** What a file is called whose client gave it no usable name. */
export const namelessName = 'upload'

/**
 * Makes a client's file name harmless: its base name, without control characters, bidi overrides,
 * invisible characters but joiners, what Windows forbids and what storages keep for themselves;
 * well-formed, composed (NFC), at most 255 bytes with its suffix kept.
 *
 * Never empty: where nothing is left, it is {@link namelessName}.
 */
export function cleanReceivedName(name: string | null): string {
  if (name === null) return namelessName
  const visible = name.toWellFormed().replace(hiddenCharacters, '')
  const base = visible.slice(Math.max(visible.lastIndexOf('/'), visible.lastIndexOf('\\')) + 1)
  // macOS sends names decomposed. Cut first: composing takes long where marks are thousands.
  const composed = cutToBytes(base, 4 * maxReceivedNameBytes).normalize('NFC')
  const plain = trimEnds(composed.replace(windowsForbidden, '_'))
  const cut = trimEnds(cutToBytes(plain, maxReceivedNameBytes - 1))
  if (cut === '') return namelessName
  return windowsDevice.test(cut) || isReservedName(cut) ? `_${cut}` : cut
}

// Controls (C0, DEL, C1), soft hyphen, Arabic letter mark, zero-width space and direction marks, line
// and paragraph separators, bidi embeddings and isolates, invisible operators, byte order mark, and
// the tag characters: all that makes a name look like another. The joiners U+200C and U+200D stay:
// Persian, Hindi and families of emoji are not the same without.
const hiddenCharacters =
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

const windowsForbidden = /[<>:"|?*]/g

/** Names that Windows takes for devices, whatever suffix they have. */
const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[ .]|$)/i

/**
 * Takes blanks off both ends, and dots off the end: Windows does so when it opens a file. Joiners that
 * join nothing go with them.
 */
function trimEnds(name: string): string {
  return name
    .replace(/^[\s\u200c\u200d]+/u, '')
    .replace(/(?<![\s.\u200c\u200d])[\s.\u200c\u200d]+$/u, '')
}

/** Cuts a name to a number of bytes, between characters, before its suffix. */
function cutToBytes(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name
  const dot = name.lastIndexOf('.')
  const suffix = dot > 0 ? name.slice(dot) : ''
  const suffixBytes = Buffer.byteLength(suffix)
  // What is longer than this is no suffix but a name with a dot in it.
  if (suffixBytes > 32) return headOf(name, maxBytes)
  return headOf(name, maxBytes - suffixBytes) + suffix
}

function headOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}
