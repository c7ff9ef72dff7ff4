import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInert, isMediaType, typeOfName, unknownType } from './media-type.ts'

describe('the media type of a name', () => {
  it.each<readonly [string, string]>([
    ['a.png', 'image/png'],
    ['folder.d/a.PNG', 'image/png'],
    ['a.jpg', 'image/jpeg'],
    ['a.pdf', 'application/pdf'],
    ['a.mp4', 'video/mp4'],
    ['a.wav', 'audio/wav'],
    ['a.txt', 'text/plain; charset=utf-8'],
    ['a.html', 'text/html; charset=utf-8'],
    ['a.svg', 'image/svg+xml; charset=utf-8'],
    ['a.json', 'application/json; charset=utf-8'],
    ['a.tar.gz', 'application/gzip'],
    ['a.png.html', 'text/html; charset=utf-8'],
    // What Windows, phones and recorders save, by the names that browsers know (mime-db 177, 283).
    ...['jfif', 'JFIF', 'jfi', 'jif', 'jpe', 'jpeg', 'pjp', 'pjpeg'].map(
      (suffix) => [`a.${suffix}`, 'image/jpeg'] as const,
    ),
    ['a.webp', 'image/webp'],
    ['a.avif', 'image/avif'],
    ['a.heic', 'image/heic'],
    ['a.hif', 'image/heif'],
    ['a.ico', 'image/vnd.microsoft.icon'],
    ['a.m4a', 'audio/mp4'],
    ['a.m4r', 'audio/mp4'],
    ['a.opus', 'audio/ogg'],
    ['a.flac', 'audio/flac'],
    ['a.weba', 'audio/webm'],
    ['a.mjs', 'text/javascript; charset=utf-8'],
    ['a.cjs', 'text/javascript; charset=utf-8'],
    ['a.wasm', 'application/wasm'],
    // gzip inside: no browser reads them under the type of what was packed (connect 477).
    ...[
      'svgz',
      'SVGZ',
      'emz',
      'wmz',
      'wrz',
      'x3dz',
      'x3dvz',
      'tgz',
      'svg.gz',
      'txt.gz',
      'html.gz',
    ].map((suffix) => [`a.${suffix}`, 'application/gzip'] as const),
    // Names are no URLs: the original reads a type out of `data:` (weakness `data-name`).
    ['data:image,x.png', 'image/png'],
    ['data:text/html,x', unknownType],
    ['.gitignore', unknownType],
    ['folder.png/README', unknownType],
    ['png', unknownType],
    ['a.', unknownType],
    ['a.nobody-knows', unknownType],
    ['a.constructor', unknownType],
    ['a.__proto__', unknownType],
  ])('of %s is %s', (name, type) => expect(typeOfName(name)).toBe(type))

  it('can stand in a header, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(isMediaType(typeOfName(name))).toBe(true)
      }),
    )
  })
})

describe('a type that a browser may show on our origin', () => {
  it.each([
    'image/png',
    'image/jpeg',
    'image/gif',
    'image/webp',
    'image/avif',
    'IMAGE/PNG',
    'audio/mpeg',
    'video/mp4',
    'video/webm; codecs="vp9"',
    'application/pdf',
    'text/plain',
    'text/plain; charset=utf-8',
  ])('is %s', (type) => expect(isInert(type)).toBe(true))

  // Threat 16, with what browsers run scripts in, and what they might sniff into it.
  it.each([
    'text/html',
    'TEXT/HTML',
    'text/html; x=image/png',
    'application/xhtml+xml',
    'image/svg+xml',
    'image/svg+xml; charset=utf-8',
    'text/xml',
    'application/xml',
    'text/xsl',
    'application/rss+xml',
    'text/javascript',
    'text/css',
    'text/csv',
    'text/markdown',
    'text/cache-manifest',
    'multipart/x-mixed-replace',
    'multipart/related',
    'message/rfc822',
    'application/x-shockwave-flash',
    'application/vnd.mozilla.xul+xml',
    'application/octet-stream',
    'audio/x+xml',
    'video/html,text/html',
    'image/',
    'image/nobody-knows',
    'text/plain,text/html',
    'x text/plain',
    '',
  ])('is not %j', (type) => expect(isInert(type)).toBe(false))
})

describe('a media type for a header (RFC 9110 8.3.1)', () => {
  it.each([
    'image/png',
    'text/html; charset=utf-8',
    'text/html;charset="utf-8"',
    'video/mp4; codecs="avc1, mp4a"',
    'application/vnd.ms-excel',
    'x/y;a=b ; c=d',
  ])('is %s', (type) => expect(isMediaType(type)).toBe(true))

  it.each([
    '',
    'png',
    'image/',
    '/png',
    'image/png\r\nX: y',
    'image/png, text/html',
    'text/html; charset',
    'text/html; a="b',
    'text/é',
    ' image/png',
    'a/b/c',
    `a/${'b'.repeat(254)}`,
  ])('is not %j', (type) => expect(isMediaType(type)).toBe(false))

  it('is looked at up to its limit of 255 characters alone', () => {
    expect(isMediaType(`a/b${';c=d'.repeat(63)}`)).toBe(true)
    expect(isMediaType(`a/b${';c=d'.repeat(64)}`)).toBe(false)
  })
})
