// Whether a file's type is taken. Two witnesses are heard: what the client declares, and what the
// first bytes show. Neither is proof; together they keep a script from passing as a picture. So
// `image/*` takes what shows itself as a picture, and not whatever calls itself `image/anything`.

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
  // A family is taken by what is shown; only a full name is taken on the client's word.
  const isOnWord = isListed(accept, declaredType) || !showing.test(declaredType)
  if (sniffedType === null) {
    if (declaredType === unknownType && !isAccepted(accept, unknownType))
      return `The file's type is not declared, and its first bytes show none. ${sayWhatIsTaken(accept)}`
    // A picture always shows that it is one: this is something else that calls itself so.
    if (mustShow(declaredType) || !isOnWord)
      return `The file is declared as ${declaredType}, but its first bytes don't show that. ${sayWhatIsTaken(accept)}`
    return null
  }
  if (isAccepted(accept, sniffedType) || isSame(sniffedType, declaredType)) return null
  const isWrapped = isContainerOf(sniffedType, declaredType)
  if (isWrapped && (isOnWord || mediaContainer.test(sniffedType))) return null
  return `The file's first bytes show ${sniffedType}, which is not taken here. ${sayWhatIsTaken(accept)}`
}

/** Families whose files show what they are; texts and most documents don't. */
const showing = /^(?:audio|font|image|video)\//

/** What pictures, sound and films come in; a family takes no archive that calls itself one of it. */
const mediaContainer = /^(?:audio|image|video)\/|^application\/ogg$/

function isAccepted(accept: readonly string[], type: string): boolean {
  if (isListed(accept, type)) return true
  const plain = canonicalType(type)
  return accept.some((pattern) => {
    if (!pattern.endsWith('/*')) return false
    const family = pattern.slice(0, -1).toLowerCase()
    return plain.startsWith(family) || type.startsWith(family)
  })
}

/** Whether a type is taken by its full name, or because all are. */
function isListed(accept: readonly string[], type: string): boolean {
  return accept.some(
    (pattern) => pattern === '*/*' || pattern === '*' || isSame(pattern.toLowerCase(), type),
  )
}

function isSame(a: string, b: string): boolean {
  return canonicalType(a) === canonicalType(b)
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
  // A picture in XML is a text, too.
  ['image/svg+xml', /^text\/|^application\/xml$|\+xml$/],
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
