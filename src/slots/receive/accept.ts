// Whether a file's type is taken. Two witnesses are heard: what the client declares, and what the
// first bytes show. Neither is proof; together they keep a script from passing as a picture.

import { unknownType } from '../../http/media-type.ts'

const token = "[!#$%&'*+.^_`|~A-Za-z0-9-]+"
const typeWithParameters = new RegExp(`^[ \\t]*(${token}/${token})[ \\t]*(?:;.*)?$`, 's')

/**
 * The media type a client declares, lower case, without parameters. What is missing or no media
 * type says as little as `application/octet-stream`, and is taken as that.
 */
export function parseDeclaredType(contentType: string | undefined): string {
  return typeWithParameters.exec(contentType ?? '')?.[1]?.toLowerCase() ?? unknownType
}

/**
 * Why a declared type alone is refused, as a sentence, or `null` where the bytes may decide.
 *
 * `accept` holds media types such as `image/png`, `image/*`; `null` takes all.
 */
export function whyDeclaredTypeRefused(
  accept: readonly string[] | null,
  declaredType: string,
): string | null {
  if (accept === null || declaredType === unknownType || isAccepted(accept, declaredType))
    return null
  return `The declared type ${declaredType} is not taken here. ${sayWhatIsTaken(accept)}`
}

/** Why a file's types are refused, as a sentence, or `null` where it is taken. */
export function whyTypeRefused(
  accept: readonly string[] | null,
  declaredType: string,
  sniffedType: string | null,
): string | null {
  if (accept === null) return null
  const declaredReason = whyDeclaredTypeRefused(accept, declaredType)
  if (declaredReason !== null) return declaredReason
  if (sniffedType === null) {
    if (declaredType === unknownType && !isAccepted(accept, unknownType))
      return `The file's type is not declared, and its first bytes show none. ${sayWhatIsTaken(accept)}`
    // A picture always shows that it is one: this is something else that calls itself so.
    if (mustShow(declaredType))
      return `The file is declared as ${declaredType}, but its first bytes don't show that. ${sayWhatIsTaken(accept)}`
    return null
  }
  if (isAccepted(accept, sniffedType) || isContainerOf(sniffedType, declaredType)) return null
  return `The file's first bytes show ${sniffedType}, which is not taken here. ${sayWhatIsTaken(accept)}`
}

function isAccepted(accept: readonly string[], type: string): boolean {
  const plain = canonicalType(type)
  return accept.some((pattern) => {
    if (pattern === '*/*' || pattern === '*') return true
    if (pattern.endsWith('/*')) return plain.startsWith(pattern.slice(0, -1).toLowerCase())
    return canonicalType(pattern.toLowerCase()) === plain
  })
}

function sayWhatIsTaken(accept: readonly string[]): string {
  return `Taken: ${accept.join(', ')}.`
}

function mustShow(type: string): boolean {
  return alwaysShowing.has(canonicalType(type))
}

const alwaysShowing = new Set([
  'application/pdf',
  'image/apng',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/tiff',
  'image/webp',
])

/** One name for types that go by several. */
function canonicalType(type: string): string {
  return aliases.get(type) ?? type
}

const aliases = new Map([
  ['application/x-gzip', 'application/gzip'],
  ['application/x-pdf', 'application/pdf'],
  ['application/x-zip', 'application/zip'],
  ['application/x-zip-compressed', 'application/zip'],
  ['application/vnd.rar', 'application/x-rar-compressed'],
  ['application/x-rar', 'application/x-rar-compressed'],
  ['audio/mp3', 'audio/mpeg'],
  ['audio/m4a', 'audio/mp4'],
  ['audio/x-m4a', 'audio/mp4'],
  ['audio/vnd.wave', 'audio/wav'],
  ['audio/wave', 'audio/wav'],
  ['audio/x-wav', 'audio/wav'],
  ['audio/x-flac', 'audio/flac'],
  ['audio/x-aiff', 'audio/aiff'],
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-ms-bmp', 'image/bmp'],
  ['image/x-png', 'image/png'],
  ['image/vnd.microsoft.icon', 'image/x-icon'],
  ['text/xml', 'application/xml'],
  ['video/avi', 'video/vnd.avi'],
  ['video/msvideo', 'video/vnd.avi'],
  ['video/x-msvideo', 'video/vnd.avi'],
  ['video/x-m4v', 'video/mp4'],
])

/**
 * Whether the shown type is only the wrapping in which the declared one comes: a Word document
 * shows as ZIP, and an SVG picture as XML.
 */
function isContainerOf(shownType: string, declaredType: string): boolean {
  return containers.get(canonicalType(shownType))?.test(canonicalType(declaredType)) === true
}

const containers = new Map([
  [
    'application/zip',
    /\+zip$|^application\/(?:vnd\.openxmlformats-officedocument\..+|vnd\.oasis\.opendocument\..+|vnd\.ms-.+macroenabled\.12|vnd\.android\.package-archive|java-archive|x-java-archive|vnd\.apple\.(?:pages|numbers|keynote)|vnd\.google-earth\.kmz|x-xpinstall)$/,
  ],
  [
    'application/x-cfb',
    /^application\/(?:msword|vnd\.ms-.+|vnd\.visio|x-msi|x-ms-installer|vnd\.hancom\.hwp|x-hwp)$/,
  ],
  ['application/xml', /\+xml$/],
  ['application/gzip', /\+gzip$|^application\/(?:x-gtar|x-tgz|x-compressed-tar)$/],
  ['application/ogg', /^(?:audio|video)\/ogg$/],
  ['video/mp4', /^audio\/mp4$/],
  ['video/webm', /^audio\/webm$/],
  ['video/matroska', /^(?:audio|video)\/(?:x-)?(?:matroska|webm)(?:-3d)?$/],
  ['video/ogg', /^audio\/ogg$/],
  ['audio/ogg', /^video\/ogg$/],
  ['image/heif', /^image\/heic$/],
  ['image/heic', /^image\/heif$/],
])
