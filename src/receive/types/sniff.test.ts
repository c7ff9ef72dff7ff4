import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { look } from '../../../test/support/judge-type.ts'
import { trueFiles } from '../../../test/support/true-files.ts'
import { TypeWitness, sniffBytes, sniffType } from './sniff.ts'

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
    expect(await sniffType(Buffer.from('alert(1)'))).toBeNull()
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
    ['text/html', '<!doctype html><svg>'],
    ['text/html', '<html><svg>'],
    ['text/html', '<!-- <svg> --><script>'],
    ['text/html', '<!-- <svg>'],
    ['text/html', ' \n<IFRAME src=x>'],
    [null, 'x<svg>'],
    [null, '<svgx>'],
    [null, '<abbr>'],
    [null, 'a < b'],
    ['application/xhtml+xml', '<?xml version="1.0"?><!DOCTYPE html><p xmlns="a"/>'],
    [
      'application/xhtml+xml',
      '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><svg/></html>',
    ],
  ])('show %s in %s', async (type, text) => expect(await sniffType(Buffer.from(text))).toBe(type))

  it('are kept as bytes of its own, whatever chunks they come in', async () => {
    const witness = new TypeWitness(false)
    const chunk = Buffer.alloc(1)
    for (const byte of Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')) {
      chunk[0] = byte
      witness.take(chunk)
    }
    expect((await witness.shown('end', null)).type).toBe('image/svg+xml')
  })

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

describe('a witness of types', () => {
  it('sees the same however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...trueFiles, ...texts),
        fc.integer({ min: 1, max: 5000 }),
        async ({ bytes }, chunkBytes) => {
          expect(await look(bytes, chunkBytes)).toEqual(await look(bytes))
        },
      ),
    )
  })

  it('has all it needs with the first bytes, and judges texts by all', async () => {
    const witness = new TypeWitness(true)
    witness.take(Buffer.alloc(sniffBytes - 1, 'x'))
    expect(witness.isFull).toBe(false)
    witness.take(Buffer.from('xx'))
    expect(witness).toMatchObject({ isFull: true, isBinary: false })
    witness.take(Buffer.from('\0'))
    expect(witness.isBinary).toBe(true)
  })

  it.each([
    ['asks for a ZIP that is not all in memory', false, 1],
    ['needs no file for a small one', true, 0],
  ])('%s', async (_, isSmall, reads) => {
    const { bytes } = trueFiles.find(({ type }) => type === 'application/zip') ?? texts[0]
    const witness = new TypeWitness(false)
    witness.take(isSmall ? bytes : Buffer.concat([bytes, Buffer.alloc(sniffBytes)]))
    expect((await witness.shown('end', null)).isUnreadZip).toBe(reads === 1)
  })
})

const texts = ['', 'plain', '\ufeffüñí 💧', '<p>', 'M\u00fcller'].flatMap((text) =>
  (['utf8', 'utf16le', 'latin1'] as const).map((encoding) => ({
    bytes: Buffer.from(text.repeat(400), encoding),
  })),
) as [{ bytes: Buffer }, ...{ bytes: Buffer }[]]
