import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHeadKeeper, sniffBytes, sniffType } from './sniff.ts'

describe('the first bytes', () => {
  it.each([
    [
      'image/png',
      Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
    ],
    ['image/gif', Buffer.from('GIF89a')],
    ['application/pdf', Buffer.from('%PDF-1.7\n')],
    ['application/zip', Buffer.from('504b0506000000000000000000000000000000000000', 'hex')],
  ])('show %s', async (type, head) => {
    expect(await sniffType(head)).toBe(type)
  })

  it('of a text, or of nothing, show nothing', async () => {
    expect(await sniffType(Buffer.from('<script>alert(1)</script>'))).toBeNull()
    expect(await sniffType(Buffer.alloc(0))).toBeNull()
    expect(await sniffType(Buffer.from('P'))).toBeNull()
  })

  it.each([
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '\ufeff\n <svg>',
    '<?xml version="1.0"?>\n<!-- Ann\'s -->\n<svg\nwidth="1">',
    '<?xml version="1.0"?><svg:svg xmlns:svg="http://www.w3.org/2000/svg">',
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [ <!ENTITY a "b"> ]><svg>',
  ])('show SVG by its first element: %s', async (text) =>
    expect(await sniffType(Buffer.from(text))).toBe('image/svg+xml'),
  )

  it.each([
    '<!doctype html><svg>',
    '<html><svg>',
    '<!-- <svg> --><script>',
    '<!-- <svg>',
    'x<svg>',
    '<svgx>',
    '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><svg/></html>',
  ])('show no SVG in %s', async (text) =>
    expect(await sniffType(Buffer.from(text))).not.toBe('image/svg+xml'),
  )

  it('never make it reject', async () => {
    const signatures = [
      '504b0304',
      '1a45dfa3',
      '3026b2758e66cf11a6d9',
      '494433',
      '89504e470d0a1a0a',
      '4d4d002a',
      '',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...signatures),
        fc.uint8Array({ maxLength: 200 }),
        async (signature, rest) => {
          await sniffType(Buffer.concat([Buffer.from(signature, 'hex'), rest]))
        },
      ),
    )
  })
})

describe('the keeper of first bytes', () => {
  it('keeps them however they come, and no more', () => {
    const all = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 40 }), (sizes) => {
        const keeper = createHeadKeeper()
        let position = 0
        for (const size of sizes) {
          keeper.take(all.subarray(position, position + size))
          position = Math.min(all.length, position + size)
        }
        expect(keeper.head().equals(all.subarray(0, Math.min(position, sniffBytes)))).toBe(true)
        expect(keeper.isFull).toBe(position >= sniffBytes)
      }),
    )
  })
})
