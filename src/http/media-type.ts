// Which media type a file name means, and what a browser may do with that type.

import { Mime } from 'mime'
import otherTypes from 'mime/types/other.js'
import standardTypes from 'mime/types/standard.js'

const mime = new Mime(standardTypes, otherTypes)
// What the table has otherwise than browsers and the registries of today, or not at all.
mime.define(
  {
    'image/jpeg': ['jfif', 'jfi', 'jif', 'pjp', 'pjpeg'],
    'image/avif': ['avifs'],
    'image/heif': ['hif'],
    'image/vnd.microsoft.icon': ['cur'],
    'audio/mp4': ['m4r'],
    'audio/flac': ['flac'],
    'text/javascript': ['cjs'],
    // Their bytes are gzip. Under the type of what is in them, no program can read them without a
    // Content-Encoding; and that would be a lie where the name is one.
    'application/gzip': ['svgz', 'emz', 'wmz', 'wrz', 'x3dz', 'x3dvz', 'tgz'],
  },
  true,
)

/** The type of bytes that nothing is known of. */
export const unknownType = 'application/octet-stream'

/** The media type for a file's name, by its last suffix; texts say they are UTF-8. */
export function typeOfName(name: string): string {
  const dot = name.lastIndexOf('.')
  // `.gitignore` has no suffix, and a file called `png` is no image.
  const type = dot > name.lastIndexOf('/') + 1 ? mime.getType(name.slice(dot)) : null
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
 * and plain text can't run script there. Anything not known to be harmless is not.
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
