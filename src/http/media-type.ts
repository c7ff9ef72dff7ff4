// Which media type a file name means, and what a browser may do with that type.

import { Mime } from 'mime'
import otherTypes from 'mime/types/other.js'
import standardTypes from 'mime/types/standard.js'

const mime = new Mime(standardTypes, otherTypes)

/** The type of bytes that nothing is known of. */
export const unknownType = 'application/octet-stream'

/** The media type for a file's name, by its last suffix; texts say they are UTF-8. */
export function typeOfName(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1)
  const dot = base.lastIndexOf('.')
  // `.gitignore` has no suffix, and a file called `png` is no image.
  const type = dot > 0 ? mime.getType(base.slice(dot)) : null
  if (type === null) return unknownType
  return isText(type) ? `${type}; charset=utf-8` : type
}

function isText(type: string): boolean {
  return (
    type.startsWith('text/') ||
    type.endsWith('+xml') ||
    type.endsWith('+json') ||
    textualApplications.has(type)
  )
}

const textualApplications = new Set([
  'application/json',
  'application/javascript',
  'application/xml',
  'application/yaml',
])

const rasterImages = new Set(
  'apng avif bmp gif heic heif jpeg jxl png tiff vnd.microsoft.icon webp x-icon'
    .split(' ')
    .map((subtype) => `image/${subtype}`),
)

/**
 * Whether a browser may show this type on the site's own origin: raster images, audio, video, PDF
 * and plain text can't run script there (threat 16). Anything not known to be harmless is not.
 */
export function isInert(contentType: string): boolean {
  const type = contentType.replace(/;.*$/s, '').trim().toLowerCase()
  if (rasterImages.has(type) || type === 'application/pdf' || type === 'text/plain') return true
  return /^(?:audio|video)\/[a-z0-9.+-]+$/.test(type) && !type.endsWith('xml')
}

const token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+"
const mediaType = new RegExp(
  `^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|"[\\t !#-\\[\\]-~]*"))*$`,
)

/** Whether a text is a media type that can stand in a header (RFC 9110 8.3.1). */
export function isMediaType(text: string): boolean {
  return text.length <= 255 && mediaType.test(text)
}
