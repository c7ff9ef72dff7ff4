import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Incoming } from '../../http/exchange.ts'
import { formatTusOptions, formatTusState } from './tus-headers.ts'
import { parseTusMetadata, readTusFileHead } from './tus-metadata.ts'
import { readTusRequest } from './tus-request.ts'

function request(method: string, headers: Record<string, string>): Incoming {
  return {
    method,
    target: '/',
    origin: 'http://localhost',
    header: (name) => headers[name],
    platformRequest: null,
    body() {
      throw new Error('Nothing here reads a body.')
    },
  }
}

const version = { 'tus-resumable': '1.0.0' }
const offsetType = { 'content-type': 'application/offset+octet-stream' }
const sha1OfNothing = '2jmj7l5rSw0yVb/vlWAYkK/YBwk='

const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))

describe('a tus request', () => {
  it('is one of five kinds', () => {
    expect(readTusRequest(request('OPTIONS', {}))).toEqual({ kind: 'options' })
    expect(readTusRequest(request('HEAD', version))).toEqual({ kind: 'head' })
    expect(readTusRequest(request('DELETE', version))).toEqual({ kind: 'delete' })
    expect(readTusRequest(request('POST', { ...version, 'upload-length': '5' }))).toEqual({
      kind: 'create',
      lengthBytes: 5,
      metadata: null,
      hasBytes: false,
      checksum: null,
    })
    expect(
      readTusRequest(
        request('PATCH', {
          ...version,
          ...offsetType,
          'upload-offset': '3',
          'upload-length': '9',
          'upload-checksum': `sha1 ${sha1OfNothing}`,
        }),
      ),
    ).toEqual({
      kind: 'append',
      offsetBytes: 3,
      lengthBytes: 9,
      metadata: null,
      checksum: { algorithm: 'sha1', digest: Buffer.from(sha1OfNothing, 'base64') },
    })
  })

  it('means the method it names where the client could not send it', () => {
    const headers = {
      ...version,
      ...offsetType,
      'upload-offset': '0',
      'x-http-method-override': 'PATCH',
    }
    expect(readTusRequest(request('POST', headers))).toMatchObject({ kind: 'append' })
  })

  it('creates with a length or a promise of one, and brings its first bytes or not', () => {
    expect(
      readTusRequest(request('POST', { ...version, ...offsetType, 'upload-defer-length': '1' })),
    ).toMatchObject({ kind: 'create', lengthBytes: null, hasBytes: true })
  })

  it('is none with another method', () => {
    expect(readTusRequest(request('GET', version))).toBeNull()
  })

  it.each([undefined, '0.2.2', '1.0.1', ''])('is refused in another version: %s', (other) => {
    const headers = other === undefined ? {} : { 'tus-resumable': other }
    expect(() => readTusRequest(request('HEAD', headers))).toThrow(
      expect.objectContaining({ code: 'tus-version-unsupported', status: 412 }),
    )
  })

  it.each<[string, Record<string, string>, number]>([
    ['PATCH', { 'upload-offset': '0' }, 415],
    ['PATCH', { 'content-type': 'text/plain', 'upload-offset': '0' }, 415],
    ['PATCH', { ...offsetType }, 400],
    ['PATCH', { ...offsetType, 'upload-offset': '-1' }, 400],
    ['PATCH', { ...offsetType, 'upload-offset': '1e3' }, 400],
    ['PATCH', { ...offsetType, 'upload-offset': '0, 5' }, 400],
    ['PATCH', { ...offsetType, 'upload-offset': '9'.repeat(16) }, 400],
    ['PATCH', { ...offsetType, 'upload-offset': '0', 'upload-checksum': 'md5 AAAA' }, 400],
    ['PATCH', { ...offsetType, 'upload-offset': '0', 'upload-checksum': 'sha1 AAAA' }, 400],
    [
      'PATCH',
      { ...offsetType, 'upload-offset': '0', 'upload-checksum': `sha1  ${sha1OfNothing}` },
      400,
    ],
    ['PATCH', { ...offsetType, 'upload-offset': '0', 'content-encoding': 'gzip' }, 415],
    ['POST', {}, 400],
    ['POST', { 'upload-length': '5', 'upload-defer-length': '1' }, 400],
    ['POST', { 'upload-defer-length': '2' }, 400],
    ['POST', { 'upload-concat': 'partial', 'upload-length': '5' }, 400],
    ['POST', { 'upload-length': '5', 'content-length': '5', 'content-type': 'text/plain' }, 415],
    ['POST', { 'upload-length': '5', 'upload-metadata': 'a b c' }, 400],
  ])('is refused where it breaks the protocol: %s %o', (method, headers, status) => {
    expect(() => readTusRequest(request(method, { ...version, ...headers }))).toThrow(
      expect.objectContaining({ status }),
    )
  })
})

describe('tus metadata', () => {
  it('are pairs, decoded', () => {
    const text =
      'filename d29ybGQgZG9taW5hdGlvbiBwbGFuLnBkZg==,is_confidential, filetype YXBwbGljYXRpb24vcGRm'
    expect(readTusFileHead(text)).toEqual({
      fieldName: null,
      originalName: 'world domination plan.pdf',
      type: 'application/pdf',
    })
    expect(parseTusMetadata(text)?.get('is_confidential')).toBe('')
  })

  it.each(['a YQ==,a YQ==', 'a b', 'a YQ== YQ==', ',', 'ä YQ=='])('are refused: %s', (text) => {
    expect(parseTusMetadata(text)).toBeNull()
  })

  it('never throw', () => {
    fc.assert(fc.property(fc.string({ unit: anyUnit }), (text) => void readTusFileHead(text)))
  })

  it('may have names that objects have too', () => {
    expect(parseTusMetadata('__proto__ YQ==')?.get('__proto__')).toBe('a')
  })
})

describe('tus answers', () => {
  it('say how far an upload came, or that its length is still to come', () => {
    const expiresMs = Date.UTC(2026, 0, 1)
    expect(formatTusState({ offsetBytes: 0, lengthBytes: null, expiresMs }, null)).toEqual([
      'Tus-Resumable',
      '1.0.0',
      'Upload-Offset',
      '0',
      'Upload-Expires',
      'Thu, 01 Jan 2026 00:00:00 GMT',
      'Upload-Defer-Length',
      '1',
      'Cache-Control',
      'no-store',
    ])
    const done = formatTusState({ offsetBytes: 5, lengthBytes: 5, expiresMs: null }, 'a YQ==')
    expect(done).not.toContain('Upload-Expires')
    expect(done.slice(4, 8)).toEqual(['Upload-Length', '5', 'Upload-Metadata', 'a YQ=='])
  })

  it('say what is spoken here', () => {
    expect(formatTusOptions(100)).toEqual(
      expect.arrayContaining(['Tus-Version', 'Tus-Max-Size', '100']),
    )
    expect(formatTusOptions(null)).not.toContain('Tus-Max-Size')
  })
})
