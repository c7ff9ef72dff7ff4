import { assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatStyle } from './style.ts'

/** WCAG 2.2, "contrast ratio". */
function contrastOf(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminanceOf(color: string): number {
  const channels = [0, 1, 2].map((at) => Number.parseInt(color.slice(1 + 2 * at, 3 + 2 * at), 16))
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

describe("an application's colour", () => {
  it('has text on it that can be read (WCAG 2.2 AA 1.4.3)', () => {
    assert(
      property(integer({ min: 0, max: 0xffffff }), (number) => {
        const color = `#${number.toString(16).padStart(6, '0')}`
        const on = /--on-accent:(#\w{6})\}$/.exec(formatStyle(color))?.[1] ?? ''
        expect(contrastOf(color, on)).toBeGreaterThanOrEqual(4.5)
      }),
    )
  })
})

describe('the colours of pages', () => {
  const [light = '', dark = ''] = formatStyle(undefined).match(/:root\{[^}]*\}/g) ?? []

  it.each([
    ['light', light],
    ['dark', dark],
  ])('can be read: %s', (_, rules) => {
    const colorOf = (name: string) => new RegExp(`--${name}:(#\\w{6})`).exec(rules)?.[1] ?? ''
    const pairs = [
      ['text', 'card', 4.5],
      ['text', 'back', 4.5],
      ['soft', 'card', 4.5],
      ['soft', 'hint', 4.5],
      ['bad', 'bad-back', 4.5],
      ['bad', 'card', 4.5],
      ['on-accent', 'accent', 4.5],
      ['edge', 'card', 3],
      ['edge', 'hint', 3],
      ['focus', 'card', 3],
      ['good', 'good-back', 3],
    ] as const
    for (const [one, other, least] of pairs)
      expect(contrastOf(colorOf(one), colorOf(other)), `${one} on ${other}`).toBeGreaterThanOrEqual(
        least,
      )
  })
})
