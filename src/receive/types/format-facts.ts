// What is known of formats besides their names: which show themselves by a signature, which are
// text, and which a browser may run scripts from.

import { supportedMimeTypes } from 'file-type/core'
import { canonicalType, isTextType } from './type-names.ts'

/** Whether a browser may run scripts from files of a type. */
export function isActive(type: string): boolean {
  const plain = canonicalType(type)
  // Scripts of XHTML run in any XML that a browser shows (MIME Sniffing Standard 4.6).
  return activeTypes.has(plain) || plain.endsWith('+xml')
}

const activeTypes: ReadonlySet<string> = new Set([
  'text/html',
  'application/xml',
  'multipart/related',
  'multipart/x-mixed-replace',
  'text/rdf',
  'text/xsl',
])

/** Whether a format has a signature, and a true file of it may all the same be text. */
export function isSignedText(type: string): boolean {
  return signedTexts.has(canonicalType(type))
}

const signedTexts: ReadonlySet<string> = new Set([
  'application/eps',
  'application/pdf',
  'application/pgp-encrypted',
  'application/postscript',
  'application/rtf',
  'application/x-cpio',
  'application/x-ms-regedit',
  'application/x-unix-archive',
  'application/x.autodesk.fbx',
  'model/stl',
  'text/calendar',
  'text/vcard',
  'text/vtt',
])

/** Whether no true file of a type is text. */
export function isBinaryType(type: string): boolean {
  return binaryTypes.has(canonicalType(type))
}

/** Whether every true file of a type shows that it is one: what doesn't only calls itself so. */
export function alwaysShows(type: string): boolean {
  const plain = canonicalType(type)
  return plain === 'application/pdf' || (binaryTypes.has(plain) && !sometimesShowing.test(plain))
}

const binaryTypes: ReadonlySet<string> = new Set(
  [...supportedMimeTypes]
    .map((type) => canonicalType(type.replace(/;.*$/s, '').toLowerCase()))
    .filter((type) => !signedTexts.has(type) && !isTextType(type)),
)

/** Of these, some have something else before the signature, or an older form without one. */
const sometimesShowing =
  /^(?:audio\/(?:mpeg|aac|midi|x-it)|video\/(?:mpeg|mp2t|mp4|quicktime)|font\/ttf|image\/(?:vnd\.dwg|mj2|x-olympus-orf|x-panasonic-rw2)|model\/gltf-binary|application\/(?:x-apple-diskimage|x-tar|dicom|x-esri-shape|x-mobipocket-ebook|mxf|x-msdownload|x-lzh-compressed|vnd\.google\.draco))$/
