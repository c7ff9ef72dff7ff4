import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  aBoolean,
  aFunction,
  checkOption,
  checkOptions,
  fitting,
  isOptionError,
  oneOf,
  optionError,
  orElse,
  secondsUpTo,
  textLike,
  wholeNumber,
  withMethods,
} from './options.ts'
import type { OptionError, OptionRule } from './options.ts'

interface Making {
  readonly root: string
  readonly fileMode?: number
  readonly folderMode?: number
}

const rules = {
  root: textLike(/./, 'must be the path of a folder'),
  fileMode: wholeNumber(0, 0o777, ''),
  folderMode: wholeNumber(0, 0o777, ''),
}

function check(options: unknown) {
  // What plain JavaScript may give.
  checkOptions('make()', options as Making, rules, ['root'])
}

/** What is thrown, which must be an OptionError. */
function faultOf(work: () => void): OptionError {
  try {
    work()
  } catch (error) {
    if (isOptionError(error)) return error
    throw error
  }
  return expect.unreachable('nothing was thrown')
}

describe('checkOptions', () => {
  it('takes the names it knows, and undefined values', () =>
    check({ root: 'x', fileMode: undefined, folderMode: 7 }))

  it.each([
    ['rooot', 'root'],
    ['Root', 'root'],
    ['filemode', 'fileMode'],
    ['folderMod', 'folderMode'],
  ])('names the nearest right option for %s', (wrong, right) => {
    expect(() => check({ root: 'x', [wrong]: 1 })).toThrow(
      `make(): option "${wrong}" is unknown; the nearest is "${right}".`,
    )
  })

  it('lists all where none is near', () => {
    expect(() => check({ root: 'x', colour: 1 })).toThrow(
      'make(): option "colour" is unknown; there are root, fileMode, folderMode.',
    )
  })

  it('does not take what every object has for an option', () =>
    expect(faultOf(() => check({ root: 'x', toString: 1 })).option).toBe('toString'))

  it('says what a required option must be where it is missing', () => {
    expect(() => check({})).toThrow('make(): option "root" must be the path of a folder.')
  })

  it('takes null for no option that was left out', () =>
    expect(faultOf(() => check({ root: 'x', fileMode: null })).option).toBe('fileMode'))

  it.each([undefined, null, 'root', 5])('refuses %j in place of options', (value) => {
    expect(() => check(value)).toThrow(new TypeError('make() takes an object of options.'))
  })
})

describe('the error for a wrong option', () => {
  it('carries the option, the reason and the limit that was crossed', () => {
    const error = faultOf(() => check({ root: 'x', fileMode: 512 }))
    expectTypeOf(error.option).toEqualTypeOf<string>()
    expectTypeOf(error.limit).toEqualTypeOf<number | undefined>()
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({
      message: 'make(): option "fileMode" must be a whole number from 0 to 511.',
      option: 'fileMode',
      reason: 'must be a whole number from 0 to 511',
      limit: 511,
    })
  })

  it('has the other option whose name ends its sentence', () => {
    const error = optionError('make()', { option: 'a', reason: 'excludes', other: 'b' })
    expect(error).toMatchObject({ message: 'make(): option "a" excludes option "b".', other: 'b' })
    expect(error).toBeInstanceOf(TypeError)
  })

  it('is told from other errors', () => {
    expect(isOptionError(optionError('make()', { option: 'a', reason: 'is wrong' }))).toBe(true)
    for (const other of [new TypeError('x'), null, undefined, 'x', { option: 'a' }])
      expect(isOptionError(other)).toBe(false)
  })
})

describe('a rule', () => {
  it.each<[string, OptionRule, unknown[], unknown[]]>([
    ['aBoolean', aBoolean, [true, false], [0, 'true', null]],
    ['aFunction', aFunction, [() => {}], ['x', {}, null]],
    ['oneOf', oneOf('a', 'b'), ['a', 'b'], ['c', '', null, 5, ['a']]],
    ['textLike', textLike(/^a*$/, 'is wrong'), ['', 'aa'], ['ab', null, 5, ['a']]],
    ['textLike anything', textLike(/^/, 'is wrong'), ['', 'x'], ['\ud800', null]],
    ['fitting', fitting((value) => value === 1, 'is wrong'), [1], [2]],
    ['withMethods', withMethods(['go'], 'a goer'), [{ go() {} }], [{}, { go: 1 }, null, 'go']],
    ['wholeNumber', wholeNumber(1, 9, ''), [1, 9], ['5', null, 5n]],
    ['secondsUpTo', secondsUpTo(9), [0.001, 9], ['5', null]],
    ['orElse', orElse(false, oneOf('a')), ['a', false], [true, null, undefined]],
  ])('%s tells right from wrong', (_, rule, right, wrong) => {
    for (const value of right) checkOption('make()', 'x', value, rule)
    for (const value of wrong)
      expect(faultOf(() => checkOption('make()', 'x', value, rule))).toBeInstanceOf(TypeError)
  })

  it.each([
    [0, 1],
    [10, 9],
    [1.5, undefined],
    [Number.NaN, undefined],
    [Infinity, 9],
    [-Infinity, 1],
  ])('says that %d is out of range, and which bound it crossed: %j', (value, limit) => {
    const error = faultOf(() => checkOption('make()', 'x', value, wholeNumber(1, 9, 'bytes')))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.limit).toBe(limit)
    expect(error.reason).toBe('must be a whole number of bytes from 1 to 9')
  })

  it.each([
    [0, 0],
    [-1, 0],
    [9.1, 9],
    [Number.NaN, undefined],
  ])('says that %d is no time, and which bound it crossed: %j', (value, limit) => {
    const error = faultOf(() => checkOption('make()', 'x', value, secondsUpTo(9)))
    expect(error).toBeInstanceOf(RangeError)
    expect(error.limit).toBe(limit)
  })

  it('says what else is taken', () =>
    expect(
      faultOf(() => checkOption('make()', 'x', 0, orElse(Infinity, wholeNumber(1, 9, '')))).reason,
    ).toBe('must be a whole number from 1 to 9, or Infinity'))
})
