import { describe, expect, it } from 'vitest'
import { findNearest } from './nearest.ts'

describe('findNearest', () => {
  const flags = ['root', 'port', 'media-url', 'timeout', 'time-zone', 'expires-in', 'quiet']

  it.each([
    ['prot', 'port'],
    ['rot', 'root'],
    ['meda-url', 'media-url'],
    ['time', 'timeout'],
    ['expires', 'expires-in'],
    ['QUIET', 'quiet'],
    ['qiuet', 'quiet'],
  ])('of %s is %s', (name, meant) => {
    expect(findNearest(name, flags)).toBe(meant)
  })

  it('is nothing where half of the letters or more are others', () => {
    expect(findNearest('xyzzy', flags)).toBeNull()
    expect(findNearest('', flags)).toBeNull()
  })
})
