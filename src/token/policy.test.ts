import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyPolicy, fewPolicies } from '../../test/property/arbitrary-tokens.ts'
import { formatPolicy, maxLifetimeSeconds, mayBeKept, parsePolicy } from './policy.ts'

describe('a policy', () => {
  it('is written as fields in alphabetical order', () => {
    expect(
      formatPolicy({
        contentType: 'text/html',
        lifetimeSeconds: 600,
        disposition: { kind: 'attachment', fileName: 'Résumé.pdf' },
        cache: 'private',
        bound: true,
      }),
    ).toBe('b.cp.dUsOpc3Vtw6kucGRm.e600.tdGV4dC9odG1s')
    expect(formatPolicy({})).toBe('')
    expect(formatPolicy({ disposition: { kind: 'inline', fileName: null } })).toBe('i')
  })

  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyPolicy, (policy) => {
        expect(parsePolicy(formatPolicy(policy))).toEqual(policy)
      }),
    )
  })

  it('is written with characters that need no escaping in a URL', () => {
    fc.assert(fc.property(anyPolicy, (policy) => /^[A-Za-z0-9._-]*$/.test(formatPolicy(policy))))
  })

  it('has a text of its own: two policies never share one', () => {
    expect(fewPolicies).toHaveLength(486)
    expect(new Set(fewPolicies.map(formatPolicy)).size).toBe(486)
  })

  it.each([
    ['an unknown field', 'x'],
    ['an unknown field after known ones', 'e600.z1'],
    ['an upper-case field', 'E600'],
    ['a repeated field', 'e600.e600'],
    ['two dispositions', 'd.i'],
    ['fields out of order', 'e600.b'],
    ['an empty field', 'b..e600'],
    ['a dot before', '.e600'],
    ['a dot after', 'e600.'],
    ['a value for b', 'b1'],
    ['no value for c', 'c'],
    ['an unknown value for c', 'cx'],
    ['more than the value of c', 'cnn'],
    ['a value of c in upper case', 'cN'],
    ['c before b', 'cn.b'],
    ['c twice', 'cn.cp'],
    ['a lifetime without a number', 'e'],
    ['a lifetime of zero', 'e0'],
    ['a lifetime with a leading zero', 'e0600'],
    ['a negative lifetime', 'e-1'],
    ['a broken lifetime', 'e1.5'],
    ['a lifetime with an exponent', 'e1e3'],
    ['a lifetime above the limit', 'e10000000001'],
    ['an endless lifetime', 'eInfinity'],
    ['a blank', 'e600 '],
    ['a line feed', 'e600\n'],
    ['a content type that is empty', 't'],
    ['padding', 'dYQ=='],
    ['unused bits', 'dYR'],
    ['the standard alphabet', 'd-_8'.replace('-', '+').replace('_', '/')],
    ['bytes that are no UTF-8', `d${Buffer.from([0xff]).toString('base64url')}`],
    ['an overlong encoding', `d${Buffer.from([0xc0, 0xaf]).toString('base64url')}`],
    ['a surrogate in UTF-8', `d${Buffer.from([0xed, 0xa0, 0x80]).toString('base64url')}`],
  ])('is refused with %s', (_, text) => {
    expect(parsePolicy(text)).toBeNull()
  })

  it('takes the longest lifetime', () => {
    expect(parsePolicy('e10000000000')).toEqual({ lifetimeSeconds: maxLifetimeSeconds })
  })

  it('is read from any text as its one meaning or as none', () => {
    const character = fc.constantFrom(...'bcdeinpt.019AQ_-= '.split(''))
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
        const policy = parsePolicy(text)
        expect(policy === null || formatPolicy(policy) === text).toBe(true)
      }),
    )
  })

  it.each([
    [{}, true],
    [{ cache: 'private' }, true],
    [{ cache: 'no-store' }, false],
    [{ bound: true }, false],
    [{ bound: true, cache: 'no-store' }, false],
    [{ bound: true, cache: 'private' }, true],
  ] as const)('of %j lets a browser keep the answer: %s', (policy, isKept) =>
    expect(mayBeKept(policy)).toBe(isKept),
  )

  it('takes its name as it is, with no prototype to reach', () => {
    expect(parsePolicy('__proto__')).toBeNull()
    expect(parsePolicy('constructor')).toBeNull()
  })
})
