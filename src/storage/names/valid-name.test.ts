import { describe, expect, it } from 'vitest'
import vectors from '../../../test/vectors/django-titofisto.json' with { type: 'json' }
import { parseFileName } from './file-name.ts'
import { generateName, getValidName } from './valid-name.ts'
import { allowedRanges } from './valid-name-ranges.ts'

const utc = vectors.profiles.utc

interface Outcome {
  readonly value?: string
  readonly error?: string
}

/** Vectors are pairs, which JSON's types can't say. */
function toCases(pairs: readonly (readonly (string | Outcome)[])[]) {
  return pairs.map(([input, expected]) => {
    if (typeof input !== 'string' || typeof expected !== 'object') throw new Error('not a pair')
    return { input, expected }
  })
}

describe("getValidName, by Django's vectors", () => {
  it.each(toCases(utc.get_valid_name))('$input', ({ input, expected }) => {
    if (expected.error === undefined) expect(getValidName(input)).toBe(expected.value)
    else expect(() => getValidName(input)).toThrow(/No file name is left/)
  })

  it('keeps the very characters that Python calls \\w in Unicode 14', () => {
    expect(allowedRanges).toEqual(utc.valid_name_kept_ranges)
  })

  it('decides each code point alone', () => {
    const kept = new Set<number>()
    for (const [first = 0, last = -1] of utc.valid_name_kept_ranges)
      for (let codePoint = first; codePoint <= last; codePoint++) kept.add(codePoint)
    const wrong: number[] = []
    // Between two letters, so that nothing is trimmed and something is always left.
    for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
      const character = String.fromCodePoint(codePoint)
      const middle = codePoint === 0x20 ? '_' : kept.has(codePoint) ? character : ''
      if (getValidName(`a${character}b`) !== `a${middle}b`) wrong.push(codePoint)
    }
    expect(wrong).toEqual([])
  })

  it('trims what Python calls blank', () => {
    const blank: string[] = []
    for (let codePoint = 0; codePoint <= 0xffff; codePoint++) {
      const character = String.fromCharCode(codePoint)
      // The inner blank becomes `_` unless it was trimmed with the outer one.
      if (getValidName(`a ${character}`) === 'a') blank.push(character)
    }
    const stripped = utc.strip_ranges.flatMap(([first = 0, last = -1]) =>
      Array.from({ length: last - first + 1 }, (_, i) => String.fromCharCode(first + i)),
    )
    expect(blank).toEqual(stripped)
  })

  it('takes linear time for a long run of blanks', () => {
    expect(getValidName(`a${' '.repeat(200_000)}b`)).toHaveLength(200_002)
  })
})

describe("generateName, by Django's vectors", () => {
  const cases = toCases(utc.generate_filename)

  /** Django normalises these, or takes them though they are absolute; our rule refuses them. */
  const refusedByRule = ['a//b.txt', '/abs/x.txt', 'a\\b\\c d.txt', './x', 'a/./b']

  it.each(cases)('$input', ({ input, expected }) => {
    if (expected.error !== undefined || refusedByRule.includes(input))
      expect(() => generateName(input)).toThrow(
        expect.objectContaining({ code: 'name-invalid', status: 400 }),
      )
    else expect(generateName(input)).toBe(expected.value)
  })

  it('refuses only what the rule for names refuses', () => {
    for (const name of refusedByRule) expect(parseFileName(name)).toBeNull()
  })
})
