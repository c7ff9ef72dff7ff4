import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from './redact.ts'
import { signDjangoToken, createDjangoKeyring } from './token/django.ts'
import { createKeyring } from './token/keyring.ts'
import { signNativeToken } from './token/native.ts'

const secrets = ['a secret for tests, 32 bytes and more']
const keyring = createKeyring(secrets, 'media')
const subject = { name: 'a.png', version: '1' }
const nameless = { issuedSeconds: 1_700_000_000 }

describe('redact', () => {
  it.each([
    ['a plain token', {}],
    ['a life', { lifetimeSeconds: 10_000_000_000 }],
    ['a download under a name', { disposition: { kind: 'attachment', fileName: 'Résumé.pdf' } }],
    [
      'everything',
      {
        lifetimeSeconds: 5,
        disposition: { kind: 'inline', fileName: null },
        contentType: 'image/png',
      },
    ],
  ] as const)('hides our token with %s', (_, policy) => {
    const token = signNativeToken(keyring, subject, nameless.issuedSeconds, policy)
    expect(redact(`GET /media/a.png?titofisto_token=${token} HTTP/1.1`)).toBe(
      'GET /media/a.png?titofisto_token=[token] HTTP/1.1',
    )
    expect(redact(`/a?x=1&t=${token}&utm=y`)).toBe('/a?x=1&t=[token]&utm=y')
  })

  it.each([':', '%3A', '%3a'])("hides Django's token, written with %s", (colon) => {
    const token = signDjangoToken(
      createDjangoKeyring(secrets),
      { name: 'a.png', mtimeNs: 0n, zone: 'UTC' },
      nameless.issuedSeconds,
    )
    expect(redact(`/media/a.png?t=${token.replace(':', colon)}`)).toBe('/media/a.png?t=[token]')
  })

  it('hides every token of a text', () => {
    const token = signNativeToken(keyring, subject, nameless.issuedSeconds, {})
    expect(redact(`${token} ${token}`)).toBe('[token] [token]')
  })

  it('leaves other text alone', () => {
    for (const text of ['GET /media/a.b.c/d.png?x=1', 'report.2026-01-01.pdf', '', 'a.b'])
      expect(redact(text)).toBe(text)
  })

  it('leaves no signature behind, whatever stands around it', () => {
    const { signature } = /\.(?<signature>[^.]+)$/.exec(
      signNativeToken(keyring, subject, nameless.issuedSeconds, {}),
    )?.groups ?? { signature: '' }
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
        const line = `${path}?${query}&t=1r31eq.${signature}&${query}`
        expect(redact(line)).not.toContain(signature)
      }),
    )
  })

  const mixed = `1r31eq.e600.dUsOpc3Vtw6kucGRm.${'aZ09_-b'.repeat(6)}z`
  const django = `1r31eq:${'aZ09_-b'.repeat(6)}z`
  const slotPath = `titofisto/upload/abcdefghijklmnopqrstug/1r31eq.${'aZ09_-b'.repeat(6)}z`
  const every = (text: string, code: (character: string) => string) =>
    text.replaceAll(/[^A-Za-z0-9]/g, code)
  const hexOf = (character: string) => character.charCodeAt(0).toString(16).padStart(2, '0')

  const spellings: readonly (readonly [string, (text: string) => string])[] = [
    ['as it is', (text) => text],
    ['in percent-encoding', (text) => every(text, (each) => `%${hexOf(each).toUpperCase()}`)],
    ['with small digits', (text) => every(text, (each) => `%${hexOf(each)}`)],
    ['encoded twice', (text) => every(text, (each) => `%25${hexOf(each).toUpperCase()}`)],
    ['encoded twice with small digits', (text) => every(text, (each) => `%25${hexOf(each)}`)],
    ['encoded four times', (text) => every(text, (each) => `%252525${hexOf(each)}`)],
    ['with all of it encoded', (text) => text.replaceAll(/./g, (each) => `%${hexOf(each)}`)],
    ['in JSON', (text) => every(text, (each) => `\\u00${hexOf(each)}`)],
    ['in JSON in JSON', (text) => every(text, (each) => `\\\\u00${hexOf(each).toUpperCase()}`)],
    ['in a script', (text) => every(text, (each) => `\\x${hexOf(each)}`)],
    ['in Markdown', (text) => every(text, (each) => (each === '/' ? each : `\\${each}`))],
    ['in HTML', (text) => every(text, (each) => `&#${each.charCodeAt(0)};`)],
    ['in HTML by hex', (text) => every(text, (each) => `&#x${hexOf(each)};`)],
    ['in HTML twice', (text) => every(text, (each) => `&amp;#0${each.charCodeAt(0)};`)],
    [
      'in HTML by name',
      (text) =>
        text.replaceAll('.', '&period;').replaceAll(':', '&colon;').replaceAll('_', '&lowbar;'),
    ],
  ]
  const surroundings = [
    ['', ''],
    ['_', '_'],
    ['**', '**'],
    ['', 'x'],
    ['', '-200'],
    ['', '_'],
    ['', `-${'y'.repeat(60)}`],
    ['', '.'],
    ['', '.html'],
    ['', ':'],
    ['', '%20'],
    ['', '\\n'],
    ['\\n', '\\"'],
    ['<a href="', '">'],
    ['[a](', ')'],
    ['x', ''],
    ['token-', ''],
    ['...', '...'],
  ] as const

  describe.each(spellings)('leaves nothing of a token written %s', (_, spell) => {
    it.each(surroundings)('between %j and %j', (before, after) => {
      for (const token of [mixed, django, slotPath])
        for (const place of ['', '/media/a.png?t=', '/media/a?titofisto_token=']) {
          const shown = redact(`${before}${spell(place)}${spell(token)}${after}`)
          expect(shown).toContain('[token]')
          const left = shown.replaceAll('[token]', '')
          // Not even part of the signature, in whatever spelling.
          expect(left).not.toContain('aZ09')
          expect(left).not.toContain(spell('aZ09'))
        }
    })
  })

  it('keeps what stands around a token readable', () => {
    expect(redact(`{"msg":"see\\n${mixed}\\n","n":1}`)).toBe('{"msg":"see\\n[token]\\n","n":1}')
    expect(redact(`<a href="/a?x=1&amp;t=${mixed}&amp;u=2">`)).toBe(
      '<a href="/a?x=1&amp;t=[token]&amp;u=2">',
    )
    expect(redact(`/login?next=%2Fa%3Ft%3D${encodeURIComponent(django)}%26u%3D2&x=3`)).toBe(
      '/login?next=%2Fa%3Ft%3D[token]%26u%3D2&x=3',
    )
    expect(redact(`https://h:80/media/${slotPath}?filename=a`)).toBe(
      'https://h:80/media/titofisto/upload/abcdefghijklmnopqrstug/[token]?filename=a',
    )
  })

  it('shows nothing of what our parameter holds: a token cut short can be guessed', () => {
    for (let length = 1; length < mixed.length; length++)
      expect(redact(`/a?titofisto_token=${mixed.slice(0, length)}&x=1`)).toBe(
        '/a?titofisto_token=[token]&x=1',
      )
    expect(redact(`/a?titofisto_token=${mixed.replace('.e600', '!/~')} x`)).toBe(
      '/a?titofisto_token=[token] x',
    )
  })

  it('leaves other text alone, however it is escaped', () => {
    for (const text of [
      'GET /media/a.b.c/d.png?x=1',
      'report.2026-01-01.pdf',
      '2026-11-26T12:00:00.000Z [::1]:8080 "\\u00e9\\n\\\\" 100%25 50% &amp; &eacute; %',
      `/app.${'0123456789abcdef'.repeat(4)}.js`,
      `sha256:${'0123456789abcdef'.repeat(4)}`,
      `/${'A'.repeat(60)}/b`,
      '',
      'a.b',
      '\\'.repeat(50),
    ])
      expect(redact(text)).toBe(text)
  })

  it('needs no second pass', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            mixed,
            django,
            'titofisto_token=',
            ...'.:=%&\\_x/ 25'.split(''),
            '&amp;',
            '\\n',
          ),
        ),
        (parts) => {
          const shown = redact(parts.join(''))
          expect(shown).not.toContain('aZ09_-baZ09')
          expect(redact(shown)).toBe(shown)
        },
      ),
    )
  })

  // Where each character were looked at as often as there are others, each would take minutes.
  it.each([
    'a',
    '.b',
    'a.',
    '.',
    '0:',
    '%3A',
    'a%3Ab',
    '%',
    '%25',
    '25',
    '\\',
    '\\u',
    '&',
    '&amp;',
    '&#0',
    '=',
    'titofisto_token=',
    'titofisto_token',
    'a.bbbb',
    `a.${'b'.repeat(42)}`,
  ])('takes a time that grows with the length only: %j', (text) => {
    const long = text.repeat(Math.ceil(400_000 / text.length))
    expect(redact(long).length).toBeGreaterThan(0)
  })
})
