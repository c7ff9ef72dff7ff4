import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkOption } from '../options.ts'
import { createKeyring, secretRule, toKeyring } from './keyring.ts'

const january = 'january-secret-of-at-least-32-bytes'
const july = 'july-secret-that-has-at-least-32-bytes'

describe('a keyring', () => {
  it('derives its key as docs/token-format.md says', () => {
    const derived = createHmac('sha256', january).update('titofisto.v1 media').digest()
    const signature = createHmac('sha256', derived).update('text').digest('base64url')
    expect(createKeyring([january], 'media').sign('text')).toBe(signature)
  })

  it('threat 13: takes no signature that was made for another purpose', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [media, slot] = [createKeyring([january], 'media'), createKeyring([january], 'slot')]
        expect(slot.verify(text, media.sign(text))).toBe(false)
        expect(media.verify(text, slot.sign(text))).toBe(false)
      }),
    )
  })

  it('takes no signature made with the bare secret', () => {
    const bare = createHmac('sha256', january).update('text').digest('base64url')
    expect(createKeyring([january], 'media').verify('text', bare)).toBe(false)
  })

  it('signs with the newest secret and takes what any of them signed', () => {
    const before = createKeyring([january], 'media')
    const rotated = createKeyring([july, january], 'media')
    expect(rotated.sign('text')).toBe(createKeyring([july], 'media').sign('text'))
    expect(rotated.verify('text', before.sign('text'))).toBe(true)
    expect(rotated.verify('text', rotated.sign('text'))).toBe(true)
    expect(before.verify('text', rotated.sign('text'))).toBe(false)
  })

  it('refuses what a secret signed that was taken out', () => {
    const signature = createKeyring([january], 'media').sign('text')
    expect(createKeyring([july], 'media').verify('text', signature)).toBe(false)
  })

  it('can have any number of older secrets', () => {
    const secrets = Array.from({ length: 20 }, (_, index) => `${index} ${january}`)
    const keyring = createKeyring(secrets, 'media')
    for (const secret of secrets)
      expect(keyring.verify('text', createKeyring([secret], 'media').sign('text'))).toBe(true)
  })

  it('needs a key', () => {
    expect(() => toKeyring([])).toThrow(TypeError)
  })
})

describe('the option `secret`', () => {
  const checkSecrets = (secret: unknown) => checkOption('make()', 'secret', secret, secretRule)

  it('is one secret, or several with the newest first', () => {
    checkSecrets(january)
    checkSecrets([july, january])
  })

  it.each([
    ['missing', undefined, TypeError],
    ['null', null, TypeError],
    ['a number', 7, TypeError],
    ['an empty list', [], TypeError],
    ['a list with a Buffer', [Buffer.from(january)], TypeError],
    ['not well-formed', `${january}\ud800`, TypeError],
    ['empty', '', RangeError],
    ['31 bytes', 'abcdefghijklmnopqrstuvwxyz01234', RangeError],
    ['one character over and over', 'a'.repeat(64), RangeError],
    ['seven characters over and over', 'abcdefg'.repeat(9), RangeError],
    ['weak in its second place', [january, 'short'], RangeError],
  ])('is refused by its name when it is %s', (_, secret, error) => {
    expect(() => checkSecrets(secret)).toThrow(error)
    expect(() => checkSecrets(secret)).toThrow(/^make\(\): option "secret" /)
  })

  it.each(['\n', '\r\n', ' ', '\t', '\0', '\u00a0', '\u2028', '\ufeff', '\u200b', '\u001b'])(
    'is refused with %j at an end of it, in every place: another program may have cut it off',
    (blank) => {
      for (const secret of [january + blank, blank + january, [july, january + blank]])
        expect(() => checkSecrets(secret)).toThrow(RangeError)
    },
  )

  it('says in words what is wrong with the line feed of a file', () =>
    expect(() => checkSecrets(`${january}\n`)).toThrow(/white space.*line feed.*trim/))

  it('may have blanks inside', () => checkSecrets(`a b ${january} \n x`))

  it('is counted in bytes of UTF-8, not in characters', () => {
    checkSecrets('äöüßéèñçåøæœłđþð')
  })

  it('never stands in a message', () => {
    for (const secret of ['hunter2', 'abcdefg'.repeat(9), `${january}\ud800`])
      try {
        checkSecrets(secret)
        expect.unreachable()
      } catch (error) {
        expect(String(error)).not.toContain(secret.slice(0, 7))
      }
  })
})
