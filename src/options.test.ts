import { describe, expect, it } from 'vitest'
import { checkChoice, checkOptions, checkType, checkWholeNumber } from './options.ts'

describe('checkOptions', () => {
  it('takes the names it knows, and undefined values', () => {
    expect(() =>
      checkOptions('make()', { root: 1, mode: undefined }, ['root', 'mode']),
    ).not.toThrow()
  })

  it.each([
    ['rooot', 'root'],
    ['Root', 'root'],
    ['filemode', 'fileMode'],
    ['folderMod', 'folderMode'],
  ])('names the nearest right option for %s', (wrong, right) => {
    expect(() =>
      checkOptions('make()', { [wrong]: 1 }, ['root', 'fileMode', 'folderMode']),
    ).toThrow(new TypeError(`make() has no option "${wrong}". Did you mean "${right}"?`))
  })

  it('lists all where none is near', () => {
    expect(() => checkOptions('make()', { colour: 1 }, ['root', 'fileMode'])).toThrow(
      new TypeError('make() has no option "colour". It has: root, fileMode.'),
    )
  })

  it.each([undefined, null, 'root', 5])('refuses %j in place of options', (value) => {
    expect(() => checkOptions('make()', value, ['root'])).toThrow(TypeError)
  })
})

describe('checkChoice', () => {
  it('takes one of the words, or none', () => {
    checkChoice('make()', 'kind', 'a', ['a', 'b'])
    checkChoice('make()', 'kind', undefined, ['a', 'b'])
  })

  it('names option and words otherwise', () => {
    expect(() => checkChoice('make()', 'kind', 'c', ['a', 'b'])).toThrow(
      new TypeError('make(): option "kind" must be one of "a", "b".'),
    )
  })
})

describe('checkType', () => {
  it('takes a value of the type, or none', () => {
    checkType('make()', 'durable', false, 'boolean')
    checkType('make()', 'durable', undefined, 'boolean')
  })

  it('names option and type otherwise', () => {
    expect(() => checkType('make()', 'durable', 'no', 'boolean')).toThrow(
      new TypeError('make(): option "durable" must be a boolean.'),
    )
  })
})

describe('checkWholeNumber', () => {
  it('takes both ends, or none', () => {
    for (const value of [1, 9, undefined]) checkWholeNumber('make()', 'limit', value, 1, 9)
  })

  it.each([0, 10, 1.5, Number.NaN, Infinity])('refuses %d', (value) => {
    expect(() => checkWholeNumber('make()', 'limit', value, 1, 9)).toThrow(
      new RangeError('make(): option "limit" must be a whole number, 1 to 9.'),
    )
  })

  it('refuses another type', () => {
    expect(() => checkWholeNumber('make()', 'limit', '5', 1, 9)).toThrow(TypeError)
  })
})
