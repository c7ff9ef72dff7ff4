import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { originRule, originsRule, parseOrigin } from './origin.ts'

describe('an origin', () => {
  it.each([
    ['https://app.example', 'https://app.example'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['HTTPS://App.Example', 'https://app.example'],
    ['https://app.example:443', 'https://app.example'],
    ['http://app.example:443', 'http://app.example:443'],
    ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('%s is read as %s', (text, origin) => expect(parseOrigin(text)).toBe(origin))

  it.each([
    '',
    'app.example',
    '//app.example',
    'https://',
    'https:///',
    'https://app.example/',
    'https://app.example/path',
    'https://app.example?query',
    'https://app.example#fragment',
    'https://user@app.example',
    'https://user:password@app.example',
    'https://app.example\\path',
    'https://app.example ',
    ' https://app.example',
    'https://app.example\n',
    'https://app\t.example',
    'https://app.example\r\nSet-Cookie: x',
    'https://a b',
    'https://app.example:x',
    'https://app.example:65536',
    'https://[::1',
    'https://a\0b',
    'https://a<b',
    'https://a%2fb',
    'https://a\ud800',
    'ftp://app.example',
    'javascript:alert(1)',
    'null',
    `https://${'a.'.repeat(200)}example`,
  ])('%j is none', (text) => expect(parseOrigin(text)).toBeNull())

  it('is read from any text as one that browsers have, or as none', () => {
    const piece = fc.constantFrom(...'http https :// : / . @ \\ ? # % a b [::1] 80 é'.split(' '))
    const text = fc.oneof(fc.string({ unit: piece }), fc.webUrl(), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(text, (each) => {
        const origin = parseOrigin(each)
        if (origin === null) return
        expect(origin).toMatch(/^https?:\/\/[^/?#\\@\s]+$/)
        expect(new URL(origin).origin).toBe(origin)
        expect(parseOrigin(origin)).toBe(origin)
        expect(new URL(`${origin}/media/a?t=x`).pathname).toBe('/media/a')
      }),
      { numRuns: 500 },
    )
  })
})

describe('the option', () => {
  it('origin takes an origin, or what may be a request', () => {
    for (const value of ['https://app.example', {}, new Request('http://x')])
      expect(originRule(value)).toBeNull()
    for (const value of [null, 5, true, 'app.example', 'https://app.example/'])
      expect(originRule(value)).toMatchObject({
        reason: expect.stringContaining('origin') as string,
      })
  })

  it('origins takes a list of origins', () => {
    expect(originsRule(['https://app.example', 'http://localhost:80'])).toBeNull()
    for (const value of [[], 'https://app.example', [null], ['https://a', 'b'], {}])
      expect(originsRule(value)).not.toBeNull()
  })
})
