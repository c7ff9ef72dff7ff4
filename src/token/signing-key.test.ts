import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSigningKey } from './signing-key.ts'

const text = fc.string({ unit: 'binary', maxLength: 300 })
const key = fc.uint8Array({ maxLength: 200 })

function hmac(keyBytes: Uint8Array, message: string | Uint8Array): string {
  return createHmac('sha256', keyBytes).update(message).digest('base64url')
}

describe('a signing key', () => {
  it('signs as node:crypto does, for keys and texts of any length', () => {
    fc.assert(
      fc.property(key, text, (keyBytes, message) => {
        expect(createSigningKey(keyBytes).sign(message)).toBe(hmac(keyBytes, message))
      }),
    )
  })

  it.each([0, 1, 1364, 1365, 1366, 4096, 100_000])(
    'signs a text of %i three-byte units',
    (length) => {
      const keyBytes = Buffer.alloc(32, 7)
      expect(createSigningKey(keyBytes).sign('€'.repeat(length))).toBe(
        hmac(keyBytes, '€'.repeat(length)),
      )
    },
  )

  it.each([63, 64, 65])('takes a key of %i bytes, about the block of SHA-256', (length) => {
    const keyBytes = Buffer.alloc(length, 9)
    expect(createSigningKey(keyBytes).sign('text')).toBe(hmac(keyBytes, 'text'))
  })

  it('signs bytes as it signs the text they are', () => {
    const signingKey = createSigningKey(Buffer.alloc(32, 1))
    expect(signingKey.sign(Buffer.from('Größe'))).toBe(signingKey.sign('Größe'))
    const noText = Uint8Array.of(0xff, 0xfe, 0x00)
    expect(signingKey.sign(noText)).toBe(hmac(Buffer.alloc(32, 1), noText))
  })

  it('keeps no trace of the text before: keys and texts in turns', () => {
    const [one, two] = [createSigningKey(Buffer.from('one')), createSigningKey(Buffer.from('two'))]
    const long = 'x'.repeat(1000)
    const turns = [one.sign(long), two.sign(''), one.sign('a'), two.sign(long), one.sign('')]
    expect(turns).toEqual([
      hmac(Buffer.from('one'), long),
      hmac(Buffer.from('two'), ''),
      hmac(Buffer.from('one'), 'a'),
      hmac(Buffer.from('two'), long),
      hmac(Buffer.from('one'), ''),
    ])
  })

  it('keeps its key when the bytes it was made of change', () => {
    const keyBytes = Buffer.alloc(32, 3)
    const signingKey = createSigningKey(keyBytes)
    const before = signingKey.sign('text')
    keyBytes.fill(0)
    expect(signingKey.sign('text')).toBe(before)
  })

  it('takes its own signatures', () => {
    fc.assert(
      fc.property(key, text, (keyBytes, message) => {
        const signingKey = createSigningKey(keyBytes)
        return signingKey.verify(message, signingKey.sign(message))
      }),
    )
  })
})

describe('a key that has checked a text often', () => {
  // More than it remembers, and each more than once.
  const texts = Array.from({ length: 3000 }, (_, index) => `text ${index}`)

  it('takes its signature still, and no other, and no other key takes it', () => {
    const signingKey = createSigningKey(Buffer.alloc(32, 6))
    const other = createSigningKey(Buffer.alloc(32, 7))
    const signatures = texts.map((each) => signingKey.sign(each))
    for (let round = 0; round < 20; round++)
      for (const [index, each] of texts.entries())
        if (!signingKey.verify(each, signatures[index] ?? '')) throw new Error(each)
    for (const [index, each] of texts.entries()) {
      const wrong = signatures[(index + 1) % texts.length] ?? ''
      if (signingKey.verify(each, wrong) || other.verify(each, signatures[index] ?? ''))
        throw new Error(each)
    }
    for (let time = 0; time < 100; time++)
      expect(signingKey.verify('hot', signingKey.sign('hot'))).toBe(true)
    expect(signingKey.verify('hot', signatures[0] ?? '')).toBe(false)
    expect(signingKey.sign('hot')).toBe(createSigningKey(Buffer.alloc(32, 6)).sign('hot'))
  })

  it('remembers nothing of guesses', () => {
    const signingKey = createSigningKey(Buffer.alloc(32, 6))
    const wrong = signingKey.sign('another text')
    for (let time = 0; time < 100; time++) expect(signingKey.verify('text', wrong)).toBe(false)
    expect(signingKey.verify('text', signingKey.sign('text'))).toBe(true)
  })
})

describe('threat 10: a signature has one spelling', () => {
  const signingKey = createSigningKey(Buffer.alloc(32, 5))
  const signature = signingKey.sign('text')
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

  it('refuses every other character at every place, also where only unused bits differ', () => {
    for (let index = 0; index < signature.length; index++)
      for (const other of `${alphabet}+/= \n\0é€`) {
        if (other === signature[index]) continue
        const changed = signature.slice(0, index) + other + signature.slice(index + 1)
        expect(signingKey.verify('text', changed), changed).toBe(false)
      }
  })

  it('refuses a unit whose low byte is the right one', () => {
    for (let index = 0; index < signature.length; index++) {
      const unit = String.fromCharCode(signature.charCodeAt(index) + 0x100)
      const changed = signature.slice(0, index) + unit + signature.slice(index + 1)
      expect(signingKey.verify('text', changed)).toBe(false)
    }
  })

  it('refuses padding, the standard alphabet, blanks, and any other length', () => {
    const standard = createSigningKey(Buffer.alloc(32, 2))
    const message = Array.from({ length: 100 }, (_, index) => String(index)).find((each) =>
      /[-_]/.test(standard.sign(each)),
    )
    if (message === undefined) throw new Error('no signature with - or _')
    const inStandard = standard.sign(message).replaceAll('-', '+').replaceAll('_', '/')
    expect(standard.verify(message, standard.sign(message))).toBe(true)
    expect(standard.verify(message, inStandard)).toBe(false)
    for (const other of [
      '',
      `${signature}=`,
      ` ${signature}`,
      `${signature}\n`,
      signature.slice(1),
    ])
      expect(signingKey.verify('text', other), JSON.stringify(other)).toBe(false)
    expect(signingKey.verify('text', `${signature.slice(0, 42)}=`)).toBe(false)
    expect(signingKey.verify('text', Buffer.from(signature, 'base64url').toString('hex'))).toBe(
      false,
    )
  })

  it('refuses the signature of any other text or key', () => {
    fc.assert(
      fc.property(text, key, (message, keyBytes) => {
        // UTF-8 has one way of writing all lone surrogates; names and values are well-formed.
        fc.pre(message !== 'text' && message.isWellFormed())
        expect(signingKey.verify(message, signature)).toBe(false)
        expect(createSigningKey(keyBytes).verify('text', signature)).toBe(false)
      }),
    )
  })
})
