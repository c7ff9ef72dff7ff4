import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isReservedName } from './reserved-name.ts'

/** What file systems take for the same letter. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  '.': ['.', '．', '․'],
  t: ['t', 'T', 'ｔ', 'Ｔ', 'ᵗ'],
  i: ['i', 'I', 'ı', 'ｉ', 'ⁱ'],
  o: ['o', 'O', 'ｏ', 'º'],
  f: ['f', 'F', 'ｆ'],
  s: ['s', 'S', 'ſ', 'ｓ'],
}
const invisible = ['', '', '', '\u200b', '\u200d', '\ufeff', '\u00ad', '\ufe0f']

const reservedPart = fc
  .tuple(
    ...'.titofisto'
      .split('')
      .map((letter) =>
        fc.tuple(
          fc.constantFrom(...(spellings[letter] ?? [letter])),
          fc.constantFrom(...invisible),
        ),
      ),
  )
  .map((letters) => letters.flat().join(''))

describe('the reserved folder', () => {
  it('is the same in every spelling that a file system may take for it', () => {
    const ending = fc.constantFrom('', ' ', '.', '. .', '::$INDEX_ALLOCATION', ':stream', '-x')
    fc.assert(
      fc.property(reservedPart, ending, fc.constantFrom('', 'a/', 'a/b/'), (part, end, before) => {
        expect(isReservedName(before + part + end)).toBe(true)
        expect(isReservedName(`${before}${part}${end}/slots/x`)).toBe(true)
      }),
    )
  })

  it.each(['TITOFI~1', 'titofi~2', 'TITOF~10', 'a/TI3F0C~1/x', '.tito\ufb01sto', '.titofi\ufb06o'])(
    'is reached by %j too, where short names or ligatures lead to it',
    (name) => {
      expect(isReservedName(name)).toBe(true)
    },
  )

  it.each([
    'titofisto',
    '.titofisto.txt',
    '.titofistox',
    'x.titofisto',
    'a.titofisto/b',
    'my .titofisto notes',
    'time~1',
    'TITOFI~',
    '.títofisto',
  ])('is not %j', (name) => {
    expect(isReservedName(name)).toBe(false)
  })
})
