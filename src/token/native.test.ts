import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyName, anyPolicy, anyText, fewPolicies } from '../../test/property/arbitrary-tokens.ts'
import { createKeyring } from './keyring.ts'
import { parseNativeToken, signNativeToken, verifyNativeToken } from './native.ts'
import type { Keyring } from './keyring.ts'
import type { Subject } from './native.ts'
import type { Policy } from './policy.ts'

const secret = 'a-secret-for-tests-of-at-least-32-bytes'
const keyring = createKeyring([secret], 'media')
const subject: Subject = { name: 'reports/2026.pdf', version: '1690000000123456-42' }
const issuedSeconds = 1_700_000_000

const anyVersion = fc.string({ unit: fc.constantFrom(...'0123456789-'.split('')), minLength: 1 })
const anySecond = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

const anySigned = fc
  .record({
    name: anyName,
    version: anyVersion,
    bind: anyText,
    second: anySecond,
    policy: anyPolicy,
  })
  .map(({ name, version, bind, second, policy }) => ({
    subject: policy.bound ? { name, version, bind } : { name, version },
    second,
    policy,
  }))

/** Whether a token opens a subject: what a gate asks, but for the time. */
function opens(token: string, by: Subject, keys: Keyring = keyring): boolean {
  const parsed = parseNativeToken(token)
  return parsed !== null && verifyNativeToken(keys, parsed, by)
}

describe('a native token', () => {
  it('is `issued.signature`, or `issued.policy.signature`', () => {
    expect(signNativeToken(keyring, subject, issuedSeconds, {})).toMatch(/^1r31eq\.[\w-]{43}$/)
    expect(signNativeToken(keyring, subject, issuedSeconds, { lifetimeSeconds: 600 })).toMatch(
      /^1r31eq\.e600\.[\w-]{43}$/,
    )
  })

  it('opens what it was signed for, and says when and under which policy', () => {
    fc.assert(
      fc.property(anySigned, (signed) => {
        const token = signNativeToken(keyring, signed.subject, signed.second, signed.policy)
        expect(parseNativeToken(token)).toMatchObject({ issuedSeconds: signed.second })
        expect(parseNativeToken(token)?.policy).toEqual(signed.policy)
        expect(opens(token, signed.subject)).toBe(true)
      }),
    )
  })

  it('survives in a URL without escaping', () => {
    fc.assert(
      fc.property(anySigned, (signed) => {
        const token = signNativeToken(keyring, signed.subject, signed.second, signed.policy)
        expect(encodeURIComponent(token)).toBe(token)
      }),
    )
  })

  it('opens no other name and no other version', () => {
    fc.assert(
      fc.property(anySigned, anyName, anyVersion, (signed, name, version) => {
        const token = signNativeToken(keyring, signed.subject, signed.second, signed.policy)
        if (name !== signed.subject.name)
          expect(opens(token, { ...signed.subject, name })).toBe(false)
        if (version !== signed.subject.version)
          expect(opens(token, { ...signed.subject, version })).toBe(false)
      }),
    )
  })

  it('opens nothing under another secret or purpose', () => {
    const token = signNativeToken(keyring, subject, issuedSeconds, {})
    expect(opens(token, subject, createKeyring([`another-${secret}`], 'media'))).toBe(false)
    expect(opens(token, subject, createKeyring([secret], 'slot'))).toBe(false)
  })

  it('goes on after the secret was rotated, until the old one is taken out', () => {
    const token = signNativeToken(keyring, subject, issuedSeconds, {})
    const newest = `newest-${secret}`
    expect(opens(token, subject, createKeyring([newest, secret], 'media'))).toBe(true)
    expect(opens(token, subject, createKeyring([newest], 'media'))).toBe(false)
  })
})

describe('threat 10: a native token has one spelling', () => {
  const policy: Policy = {
    lifetimeSeconds: 600,
    disposition: { kind: 'attachment', fileName: 'a.pdf' },
    bound: true,
  }
  const bound = { ...subject, bind: 'user 7' }
  const token = signNativeToken(keyring, bound, issuedSeconds, policy)
  const characters = 'ABYZabyz0189-_.:+/= %\n\0é€'.split('')

  it('is refused with any character changed', () => {
    expect(opens(token, bound)).toBe(true)
    for (let index = 0; index < token.length; index++)
      for (const other of characters) {
        if (other === token[index]) continue
        const changed = token.slice(0, index) + other + token.slice(index + 1)
        expect(opens(changed, bound), changed).toBe(false)
      }
  })

  it('is refused with any character put in or left out', () => {
    for (let index = 0; index <= token.length; index++) {
      for (const more of characters)
        expect(opens(token.slice(0, index) + more + token.slice(index), bound)).toBe(false)
      if (index < token.length)
        expect(opens(token.slice(0, index) + token.slice(index + 1), bound)).toBe(false)
    }
  })

  it.each([
    ['', 'nothing'],
    ['.', 'a dot'],
    ['1r31eq', 'a time alone'],
    [`1r31eq.`, 'no signature'],
    [`.${'A'.repeat(43)}`, 'no time'],
    [`1r31eq..${'A'.repeat(43)}`, 'an empty policy'],
    [`01r31eq.${'A'.repeat(43)}`, 'a leading zero'],
    [`-1r31eq.${'A'.repeat(43)}`, 'a time before 1970'],
    [`zzzzzzzzz.${'A'.repeat(43)}`, 'a time beyond safe integers'],
    [`1r31eq.x1.${'A'.repeat(43)}`, 'an unknown field'],
    [`1r31eq.${'A'.repeat(42)}`, 'a short signature'],
    [`1r31eq.${'A'.repeat(44)}`, 'a long signature'],
    [`1r31eq:${'A'.repeat(43)}`, "Django's colon"],
  ])('%j is no token: %s', (text) => {
    expect(parseNativeToken(text)).toBeNull()
  })

  it('is read from any text as one token or as none', () => {
    const unit = fc.constantFrom(...'bde01z.A-'.split(''))
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), (start) => {
        const text = `${start}.${'A'.repeat(43)}`
        const parsed = parseNativeToken(text)
        expect(parsed === null || `${parsed.head}.${parsed.signature}` === text).toBe(true)
      }),
    )
  })
})

describe('threat 9: what is signed has one reading', () => {
  it('two subjects, times or policies never sign one text', () => {
    // Values made of each other's borders, so that two of them would collide if any could.
    const pieces = ['a', '1', '1.b', 'b', '1-1', '11']
    const binds = ['', 'a', '\n', '1\n1.b', '1\n1.b\na', '\n1']
    const texts = new Set<string>()
    let signed = 0
    const recorder: Keyring = {
      sign: (text) => {
        signed++
        texts.add(text)
        return 'A'.repeat(43)
      },
      verify: () => false,
    }
    for (const name of pieces)
      for (const version of pieces)
        for (const second of [1, 63])
          for (const policy of fewPolicies)
            for (const bind of policy.bound ? binds : [undefined])
              signNativeToken(
                recorder,
                bind === undefined ? { name, version } : { name, version, bind },
                second,
                policy,
              )
    expect(signed).toBe(6 * 6 * 2 * (243 + 243 * 6))
    expect(texts.size).toBe(signed)
  })

  it('a line feed in a name or version is neither signed nor taken', () => {
    const token = signNativeToken(keyring, subject, issuedSeconds, {})
    for (const wrong of [
      { ...subject, name: 'a\nb' },
      { ...subject, version: '1\n2' },
    ]) {
      expect(() => signNativeToken(keyring, wrong, issuedSeconds, {})).toThrow(TypeError)
      expect(opens(token, wrong)).toBe(false)
    }
    // Signed by hand, under the very text that such a name or version would make.
    const head = '1r31eq'
    const text = `titofisto.v1\na\nb\n1\n${head}`
    const forged = `${head}.${keyring.sign(text)}`
    expect(opens(forged, { name: 'a\nb', version: '1' })).toBe(false)
    expect(opens(forged, { name: 'a', version: 'b\n1' })).toBe(false)
    // The border moved: what was the version's start is the name's end.
    const moved = { name: `${subject.name}\n${subject.version}`, version: '1' }
    expect(opens(token, moved)).toBe(false)
  })
})

describe('a bound token', () => {
  const bound: Policy = { bound: true }
  const forAnna = { ...subject, bind: 'anna' }
  const token = signNativeToken(keyring, forAnna, issuedSeconds, bound)

  it('opens for its value only', () => {
    expect(opens(token, forAnna)).toBe(true)
    for (const bind of ['bert', 'Anna', 'anna ', 'anna\n', '', 'anna\0'])
      expect(opens(token, { ...subject, bind })).toBe(false)
  })

  it('is refused where no value is given', () => {
    expect(opens(token, subject)).toBe(false)
  })

  it('does not show its value', () => {
    expect(token).toMatch(/^1r31eq\.b\.[\w-]{43}$/)
  })

  it('cannot be turned into one that is not bound, nor the other way', () => {
    const free = signNativeToken(keyring, subject, issuedSeconds, {})
    expect(opens(token.replace('.b.', '.'), forAnna)).toBe(false)
    expect(opens(free.replace('.', '.b.'), forAnna)).toBe(false)
  })

  it('an unbound token opens whatever value is given', () => {
    expect(opens(signNativeToken(keyring, subject, issuedSeconds, {}), forAnna)).toBe(true)
  })

  it('cannot be signed without a value, nor a value without being bound', () => {
    expect(() => signNativeToken(keyring, subject, issuedSeconds, bound)).toThrow(TypeError)
    expect(() => signNativeToken(keyring, forAnna, issuedSeconds, {})).toThrow(TypeError)
  })

  it('takes no value that UTF-8 cannot tell from another', () => {
    const lone = { ...subject, bind: 'user \ud800' }
    expect(() => signNativeToken(keyring, lone, issuedSeconds, bound)).toThrow(/"bind"/)
    const replaced = signNativeToken(keyring, { ...subject, bind: 'user \ufffd' }, 1, bound)
    expect(opens(replaced, lone)).toBe(false)
  })
})
