import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideConditions, decideIfRange } from './conditional.ts'

const changed = 'Tue, 14 Nov 2023 22:13:20 GMT'
const secondEarlier = 'Tue, 14 Nov 2023 22:13:19 GMT'
const secondLater = 'Tue, 14 Nov 2023 22:13:21 GMT'
const conditionNames = ['ifMatch', 'ifNoneMatch', 'ifModifiedSince', 'ifUnmodifiedSince']
const file = { etag: '"abc"', lastModifiedMs: 1_700_000_000_000 }

/** `ifMatch` is the field If-Match. */
function decide(conditions: Readonly<Record<string, string>>) {
  const fields = new Map(
    Object.entries(conditions).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value,
    ]),
  )
  return decideConditions({ header: (name) => fields.get(name) }, file)
}

describe('no condition', () => {
  it('proceeds', () => expect(decide({})).toBe('proceed'))
})

describe('If-Match (RFC 9110 13.1.1)', () => {
  it.each(['*', ' * ', '"abc"', '"x", "abc"', '"x","abc","y"', '"x" , "abc"', ', "abc"'])(
    'holds for %s',
    (ifMatch) => expect(decide({ ifMatch })).toBe('proceed'),
  )

  // The comparison is strong: a weak tag never matches (8.8.3.2; send lets it).
  it.each(['W/"abc"', '"abd"', '""', 'abc', '"ABC"', '', '"abc', 'W/"x", W/"abc"'])(
    'fails for %j',
    (ifMatch) => expect(decide({ ifMatch })).toBe('precondition-failed'),
  )
})

describe('If-None-Match (RFC 9110 13.1.2)', () => {
  // The comparison is weak (8.8.3.2).
  it.each(['*', '"abc"', 'W/"abc"', '"x", W/"abc"', '"a,b", "abc"', '"x",\t"abc"'])(
    'finds %s not modified',
    (ifNoneMatch) => expect(decide({ ifNoneMatch })).toBe('not-modified'),
  )

  it.each(['"abd"', 'w/"abc"', 'abc', '', '"x"', '"a"bc"', "'abc'", '"x" "abc"', '*, "x"'])(
    'goes on for %j',
    (ifNoneMatch) => expect(decide({ ifNoneMatch })).toBe('proceed'),
  )
})

describe('If-Unmodified-Since (RFC 9110 13.1.4)', () => {
  it.each([changed, secondLater])('holds at %s', (ifUnmodifiedSince) =>
    expect(decide({ ifUnmodifiedSince })).toBe('proceed'),
  )
  it('fails a second earlier', () =>
    expect(decide({ ifUnmodifiedSince: secondEarlier })).toBe('precondition-failed'))
  it('is ignored where it is no date', () =>
    expect(decide({ ifUnmodifiedSince: 'yesterday' })).toBe('proceed'))
  it('is ignored beside If-Match', () =>
    expect(decide({ ifMatch: '"abc"', ifUnmodifiedSince: secondEarlier })).toBe('proceed'))
})

describe('If-Modified-Since (RFC 9110 13.1.3)', () => {
  it.each([changed, secondLater])('finds nothing new at %s', (ifModifiedSince) =>
    expect(decide({ ifModifiedSince })).toBe('not-modified'),
  )
  it('finds the file new a second earlier', () =>
    expect(decide({ ifModifiedSince: secondEarlier })).toBe('proceed'))
  it('is ignored where it is no date', () =>
    expect(decide({ ifModifiedSince: '1700000000' })).toBe('proceed'))
  it('is ignored beside If-None-Match', () =>
    expect(decide({ ifNoneMatch: '"x"', ifModifiedSince: secondLater })).toBe('proceed'))
})

describe('several conditions (RFC 9110 13.2.2)', () => {
  it('If-Match is asked first, and then If-None-Match', () => {
    expect(decide({ ifMatch: '"x"', ifNoneMatch: '"abc"' })).toBe('precondition-failed')
    expect(decide({ ifMatch: '"abc"', ifNoneMatch: '"abc"' })).toBe('not-modified')
  })
})

describe('If-Range (RFC 9110 13.1.5)', () => {
  const longAfter = file.lastModifiedMs + 60_000

  it('holds for the very tag', () => expect(decideIfRange('"abc"', file, longAfter)).toBe(true))

  // Strong comparison only; send and range-parser let a weak tag pass (threat 19).
  it.each(['W/"abc"', '"abd"', '"abc", "x"', '*', '', 'abc'])('fails for %j', (ifRange) =>
    expect(decideIfRange(ifRange, file, longAfter)).toBe(false),
  )

  it('holds for the very date', () => expect(decideIfRange(changed, file, longAfter)).toBe(true))

  // Exact match, no "earlier than or equal" (threat 19).
  it.each([secondLater, secondEarlier, 'Tue, 14 Nov 2023'])('fails for the date %s', (ifRange) =>
    expect(decideIfRange(ifRange, file, longAfter)).toBe(false),
  )

  it('fails for the very date while its second lasts: the file may change again (8.8.2.2)', () => {
    expect(decideIfRange(changed, file, file.lastModifiedMs + 999)).toBe(false)
    expect(decideIfRange(changed, file, file.lastModifiedMs + 1000)).toBe(true)
  })
})

describe('whatever a client sends', () => {
  it('is decided, without throwing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const name of conditionNames) decide({ [name]: text })
        decideIfRange(text, file, 0)
      }),
    )
  })

  // A scan that is not linear would take minutes here, more than a test may.
  it.each(['"', '" ,', '"a",', ', ', 'W/', '\t'])(
    'takes a time that grows with its length only: %j',
    (text) => {
      const long = text.repeat(400_000)
      expect(() => decide({ ifNoneMatch: long, ifMatch: long })).not.toThrow()
    },
  )
})
