import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['3600', 3600],
    ['45s', 45],
    ['30m', 1800],
    ['1h', 3600],
    ['7d', 604_800],
    ['1h30m', 5400],
    ['1d2h3m4s', 93_784],
    ['never', Infinity],
  ])('reads %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  it.each(['', ' ', '1 h', '-1', '1.5h', '1w', 'h', '30m1h', '1e3', 'Never', '1h '])(
    'refuses "%s"',
    (text) => {
      expect(parseDuration(text)).toBeNull()
    },
  )
})

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [45, '45 s'],
    [3600, '1 h'],
    [5400, '1 h 30 min'],
    [86_400, '1 day'],
    [604_800, '7 days'],
    [Infinity, 'ever'],
  ])('writes %d', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })
})
