import { describe, expect, it } from 'vitest'
import { formatByteranges, formatContentRange } from './byteranges.ts'

const spans = [
  { startByte: 500, endByte: 510 },
  { startByte: 0, endByte: 1 },
]

describe('a Content-Range (RFC 9110 14.4)', () => {
  it('names first, last and all', () =>
    expect(formatContentRange({ startByte: 0, endByte: 5 }, 10)).toBe('bytes 0-4/10'))
})

describe('several ranges as one body (RFC 9110 14.6)', () => {
  const body = formatByteranges(spans, 'image/png', 1000)
  const boundary = body.contentType.replace('multipart/byteranges; boundary=', '')

  it('has a part for each, in order, with type and place', () => {
    const text = body.pieces
      .map((piece) =>
        piece instanceof Uint8Array
          ? Buffer.from(piece).toString('latin1')
          : `<${piece.startByte}-${piece.endByte}>`,
      )
      .join('')
    expect(text).toBe(
      [
        '',
        `--${boundary}`,
        'Content-Type: image/png',
        'Content-Range: bytes 500-509/1000',
        '',
        '<500-510>',
        `--${boundary}`,
        'Content-Type: image/png',
        'Content-Range: bytes 0-0/1000',
        '',
        '<0-1>',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    )
  })

  it('knows its length before it is sent', () => {
    const bytes = body.pieces.map((piece) =>
      piece instanceof Uint8Array ? piece.length : piece.endByte - piece.startByte,
    )
    expect(body.contentLength).toBe(bytes.reduce((sum, each) => sum + each, 0))
  })

  it('has a boundary of 144 random bits that needs no quotes (RFC 2046 5.1.1; threat 29)', () => {
    expect(boundary).toMatch(/^[A-Za-z0-9_-]{24}$/)
    expect(formatByteranges(spans, 'image/png', 1000).contentType).not.toBe(body.contentType)
  })
})
