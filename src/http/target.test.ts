import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { cutMountPath, decodePath, findQueryParameter, splitTarget } from './target.ts'

describe('a request target (RFC 9112 3.2)', () => {
  it.each([
    ['/', '/', ''],
    ['/media/a', '/media/a', ''],
    ['/media/a?x=1', '/media/a', 'x=1'],
    ['/media/a?', '/media/a', ''],
    ['/media/a?x=1?y=2', '/media/a', 'x=1?y=2'],
    ['//host/media/a', '//host/media/a', ''],
    // Absolute-form, which a server must take (3.2.2).
    ['http://host/media/a?x', '/media/a', 'x'],
    ['HTTPS://host:81/media/a', '/media/a', ''],
    ['http://user@host/a', '/a', ''],
    ['http://host', '/', ''],
    ['http://host?x', '/', 'x'],
    // A question mark ends the authority; a path in the query is none.
    ['http://host?/media/a', '/', '/media/a'],
  ])('%s is path %s and query %j', (target, path, query) => {
    expect(splitTarget(target)).toEqual({ path, query })
  })

  it.each(['', '*', 'host:443', 'media/a', 'ftp://host/a', 'http:///a', 'javascript:x', '?a'])(
    '%j has no path',
    (target) => expect(splitTarget(target)).toBeNull(),
  )
})

describe('the mount path', () => {
  it.each([
    ['/media/a%20b', '/media/', 'a%20b'],
    ['/media/', '/media/', ''],
    ['/anything', '/', 'anything'],
    // Equal by RFC 3986 6.2.2: letters of the digits, and what needs no encoding.
    ['/m%c3%a9dias/%c3%a9', '/m%C3%A9dias/', '%c3%a9'],
    ['/M%C3%a9dia/a', '/M%c3%A9dia/', 'a'],
    ['/%7Eann/media/a', '/~ann/media/', 'a'],
    ['/%7eann/media/a', '/~ann/media/', 'a'],
    ['/~ann/media/a', '/%7Eann/media/', 'a'],
    ['/%6d%65%64%69%61/a', '/media/', 'a'],
    ['/a%28b%29/c', '/a(b)/', 'c'],
    ['/a(b)/c', '/a%28b%29/', 'c'],
    ['/a%2fb/c', '/a%2Fb/', 'c'],
    ['/100%/a', '/100%/', 'a'],
  ])('%s is below %s, at %j', (path, mountPath, rest) =>
    expect(cutMountPath(path, mountPath)).toBe(rest),
  )

  it.each([
    ['/media', '/media/'],
    ['/Media/a', '/media/'],
    ['/medi%41/a', '/media/'],
    ['//media/a', '/media/'],
    // An encoded slash is none, on either side.
    ['/media%2Fa', '/media/'],
    ['%2Fmedia/a', '/media/'],
    ['/app%2Fmedia/a', '/app/media/'],
    ['/a/b/c', '/a%2Fb/'],
    // Decoded once: what comes out is no other encoding.
    ['/%256dedia/a', '/media/'],
    ['/%25%36dedia/a', '/media/'],
    ['/media/a', '/%256dedia/'],
    ['/%2e/media/a', '/media/'],
    ['/x/%2e%2e/media/a', '/media/'],
    ['/m%e9dias/a', '/m%C3%A9dias/'],
    ['/médias/a', '/m%C3%A9dias/'],
    ['/%zz/a', '/media/'],
    ['/media%3F/a', '/media/'],
  ])('%s is not below %s', (path, mountPath) => expect(cutMountPath(path, mountPath)).toBeNull())

  it('is found however any of its characters is encoded', () => {
    const segment = fc.string({ unit: fc.constantFrom(...'aZ~.-_(%é/😀'.split('')), minLength: 1 })
    fc.assert(
      fc.property(fc.array(segment), fc.infiniteStream(fc.boolean()), (segments, choices) => {
        fc.pre(segments.every((each) => each.isWellFormed()))
        const mountPath = `/${segments.map((each) => `${encodeURIComponent(each)}/`).join('')}`
        const respelled = mountPath.replaceAll(/%..|[^/]/g, (unit) => {
          const [choice, other] = [choices.next().value, choices.next().value]
          if (choice !== true) return unit
          const hex = unit.length === 3 ? unit.slice(1) : unit.charCodeAt(0).toString(16)
          return `%${other === true ? hex.toLowerCase() : hex.toUpperCase()}`
        })
        expect(cutMountPath(`${respelled}a%2Fb`, mountPath)).toBe('a%2Fb')
      }),
    )
  })
})

describe('a path', () => {
  it.each([
    ['a/b.txt', 'a/b.txt'],
    ['a%20b', 'a b'],
    ['a%2Fb', 'a/b'],
    ['%c3%a9', 'é'],
    ['%C3%A9', 'é'],
    ['a+b', 'a+b'],
    // Once: what comes out is a name, not another path to decode (threat 1).
    ['%252e%252e', '%2e%2e'],
    ['%2e%2e/a', '../a'],
    ['%00', '\u0000'],
  ])('%s is decoded once to %j', (path, decoded) => expect(decodePath(path)).toBe(decoded))

  it.each([
    '%',
    '%2',
    '%zz',
    'a%',
    '%%32%65',
    '%u002e',
    // Not UTF-8: a lone byte, overlong forms of `.` and `/`, a surrogate, too high (threat 1).
    '%E9',
    '%C0%AE',
    '%C0%AF',
    '%E0%80%AF',
    '%ED%A0%80',
    '%F4%90%80%80',
    '%FF',
    // Raw bytes are no URI (the original's `utf8-alias` begins here).
    'a\u00e9',
    'é',
    'a b',
    'a\u0000',
    'a\n',
    'a\u007f',
  ])('%j is none', (path) => expect(decodePath(path)).toBeNull())

  it('comes back from its encoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(text.isWellFormed())
        expect(decodePath(encodeURIComponent(text))).toBe(text)
      }),
    )
  })

  it('is text or null, whatever came', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'%2eEfFc0/.\u00e9'.split('')) }), (text) => {
        const decoded = decodePath(text)
        expect(decoded === null || decoded.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('a query parameter', () => {
  it('is looked for without decoding what others say', () => {
    const decode = vi.spyOn(globalThis, 'decodeURIComponent')
    try {
      expect(findQueryParameter(`${'%&%=%zz&'.repeat(2000)}t=%41`, 't')).toEqual({ value: 'A' })
      expect(decode).toHaveBeenCalledTimes(1)
      decode.mockClear()
      expect(findQueryParameter('t=%41&'.repeat(1000), 't')).toBe('repeated')
      expect(decode).not.toHaveBeenCalled()
    } finally {
      decode.mockRestore()
    }
  })

  it.each([
    ['t=1', '1'],
    ['t=', ''],
    ['t', ''],
    ['a=b&t=1&c=d', '1'],
    ['utm_source=mail&t=1', '1'],
    ['t=a%2Eb', 'a.b'],
    ['%74=1', '1'],
    ['t=1=2', '1=2'],
    ['t=%zz', '%zz'],
    ['t=a+b', 'a+b'],
    ['&&t=1&&', '1'],
    ['tt=2&t=1', '1'],
    ['%&t=1&%zz&%7', '1'],
    ['t%=2&%74%74=3&%C1%B4=4&t=1', '1'],
    // Other parsers' arrays are other names (threat 12).
    ['t[]=2&t=1', '1'],
    ['T=2&t=1', '1'],
    ['t;x=2&t=1', '1'],
  ])('is found in %s', (query, value) => expect(findQueryParameter(query, 't')).toEqual({ value }))

  it.each(['', 'a=t', 'tt=1', 't[]=1', 'T=1', '=t', '?t=1', '&'])('is not in %j', (query) =>
    expect(findQueryParameter(query, 't')).toBeNull(),
  )

  it.each(['t=1&t=1', 't=1&t=2', 't&t', 't=1&%74=1', 't=1&x=y&t'])(
    'is refused where it stands twice: %s (threat 12)',
    (query) => expect(findQueryParameter(query, 't')).toBe('repeated'),
  )

  it('is found wherever others stand around it', () => {
    const other = fc
      .tuple(fc.string(), fc.string())
      .filter(([name]) => name !== 't')
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    fc.assert(
      fc.property(fc.array(other), fc.array(other), fc.string(), (before, after, value) => {
        const query = [...before, `t=${encodeURIComponent(value)}`, ...after].join('&')
        expect(findQueryParameter(query, 't')).toEqual({ value })
      }),
    )
  })

  it('agrees with URLSearchParams on what is no repetition, plus sign or broken escape', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'t=&ax%3D'.split('')) }), (query) => {
        fc.pre(!/%(?!3D)/.test(query))
        const all = new URLSearchParams(query).getAll('t')
        const [first] = all
        const expected = first === undefined ? null : all.length > 1 ? 'repeated' : { value: first }
        expect(findQueryParameter(query, 't')).toEqual(expected)
      }),
    )
  })
})
