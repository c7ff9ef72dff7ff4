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
      'a.png',
      0n,
      'UTC',
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

  it('takes a time that grows with the length only: a URL may have 16 KiB', () => {
    const startMs = performance.now()
    for (const text of ['a', '.b', 'a.', 'a.bbbbbbbbb', '0:', '%3A', 'a%3Ab'])
      redact(`/media/${text.repeat(16_384 / text.length)}`)
    expect(performance.now() - startMs).toBeLessThan(200)
  })
})
