import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../../test/vectors/django-titofisto.json' with { type: 'json' }
import { isTitofistoError } from '../../errors.ts'
import { checkFileName, parseFileName } from './file-name.ts'
import { freeNames, randomSuffix } from './free-name.ts'

const { random, existing, cases } = vectors.profiles.utc.get_available_name

/** Gives these suffixes one after the other. */
function suffixesOf(suffixes: readonly string[]): () => string {
  const left = [...suffixes]
  return () => left.shift() ?? 'used-up'
}

/** The first free name, as a storage with these files would find it. */
function findFreeName(name: string, maxLength: number | undefined, taken: readonly string[]) {
  for (const candidate of freeNames(checkFileName(name), {
    maxLength,
    randomSuffix: suffixesOf(random),
  }))
    if (!taken.includes(candidate)) return candidate
  return null
}

/** Names that Django takes, normalising them behind the caller's back; our rule refuses them. */
const refusedByRule = ['dir.d\\f.txt', './f.txt', 'dir.d//f.txt', 'nul\0.txt']

describe("a free name, by Django's vectors", () => {
  const agreeing = cases.filter(({ name }) => parseFileName(name) !== null)
  const differing = cases.filter(({ name }) => parseFileName(name) === null)

  it.each(agreeing)('$name, at most $max_length long', ({ name, max_length, ...expected }) => {
    const find = () => findFreeName(name, max_length ?? undefined, existing)
    if (expected.error === undefined) expect(find()).toBe(expected.value)
    else expect(find).toThrow(/leaves no room for a free one within \d+ characters/)
  })

  it('differs only where our rule knows no such name', () => {
    const taken = differing.filter(({ error }) => error === undefined).map(({ name }) => name)
    expect(new Set(taken)).toEqual(new Set(refusedByRule))
    expect(agreeing.length + differing.length).toBe(cases.length)
    expect(agreeing.length).toBeGreaterThan(80)
  })
})

describe('free names', () => {
  function take(name: string, count: number, maxLength?: number): string[] {
    const names = freeNames(checkFileName(name), { maxLength, randomSuffix: suffixesOf(random) })
    return Array.from({ length: count }, () => names.next().value ?? '')
  }

  it('begin with the name itself and go on with ever new ones', () => {
    expect(take('a/f.tar.gz', 3)).toEqual([
      'a/f.tar.gz',
      'a/f_AbCdEf7.tar.gz',
      'a/f_zZ9yY8x.tar.gz',
    ])
  })

  it('skip the name itself where it is too long', () => {
    expect(take('abcdefghijklm.txt', 1, 14)).toEqual(['ab_zZ9yY8x.txt'])
  })

  it('are cut to the 255 bytes that file systems take for a part', () => {
    const [, second = ''] = take(`folder/${'é'.repeat(125)}.txt`, 2)
    expect(second).toMatch(/^folder\/é+_.{7}\.txt$/)
    expect(Buffer.byteLength(second) - 'folder/'.length).toBeLessThanOrEqual(255)
    expect(Buffer.byteLength(second)).toBeGreaterThan(245)
  })

  it('are cut between characters, never through one', () => {
    expect(take('a😀😀.txt', 2, 15)).toEqual(['a😀😀.txt', 'a😀_zZ9yY8x.txt'])
    expect(take('a😀😀.txt', 2, 14)).toEqual(['a😀😀.txt', 'a_zZ9yY8x.txt'])
  })

  it('say it when no letter of the root would be left', () => {
    expect(() => take(`a.${'x'.repeat(252)}`, 2)).toThrow(/leaves no room .* 255 bytes/)
  })

  it('keep to the rule for names, to the limit, and to the folder and suffixes', () => {
    const part = fc.string({
      unit: fc.constantFrom('.', 'a', 'é', '😀', ' '),
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(part, part, fc.integer({ min: 1, max: 80 }), (folder, last, maxLength) => {
        const name = parseFileName(`${folder}/${last}`)
        fc.pre(name !== null)
        try {
          let tries = 0
          for (const candidate of freeNames(name, { maxLength })) {
            expect(parseFileName(candidate)).toBe(candidate)
            expect(candidate.length).toBeLessThanOrEqual(maxLength)
            expect(candidate.startsWith(`${folder}/`)).toBe(true)
            if (++tries === 3) break
          }
        } catch (error) {
          if (!isTitofistoError(error)) throw error
          expect(error.code).toBe('name-invalid')
        }
      }),
    )
  })
})

describe('a random suffix', () => {
  it('is seven letters and digits, another each time', () => {
    const suffixes = Array.from({ length: 1000 }, randomSuffix)
    for (const suffix of suffixes) expect(suffix).toMatch(/^[A-Za-z0-9]{7}$/)
    expect(new Set(suffixes).size).toBe(1000)
  })
})
