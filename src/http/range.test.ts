import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideRange, maxSpans } from './range.ts'

const tenBytes = 10

describe('a Range header for a file of ten bytes', () => {
  // RFC 9110 14.1.2 and 14.2.
  it.each([
    ['bytes=0-4', 0, 5],
    ['bytes=5-', 5, 10],
    ['bytes=-3', 7, 10],
    ['bytes=9-9', 9, 10],
    ['bytes=0-9', 0, 10],
    ['bytes=0-0', 0, 1],
    // An end past the file's is the file's (14.1.2).
    ['bytes=5-999', 5, 10],
    ['bytes=0-99999999999999999999999999', 0, 10],
    // A suffix longer than the file is the whole file, not a 416 (14.1.2; send answers 416).
    ['bytes=-10', 0, 10],
    ['bytes=-11', 0, 10],
    ['bytes=-99999999999999999999999999', 0, 10],
    // Unit names don't mind their case (14.1), lists take blanks and empty elements (5.6.1).
    ['BYTES=0-4', 0, 5],
    ['bytes= 0-4 ', 0, 5],
    ['bytes=,0-4,,', 0, 5],
    // What can't be had is left out where something else can (14.1.2).
    ['bytes=100-200, 0-4', 0, 5],
  ])('%s is bytes %d to before %d', (header, startByte, endByte) => {
    expect(decideRange(header, tenBytes)).toEqual({
      kind: 'spans',
      spans: [{ startByte, endByte }],
    })
  })

  it.each([
    'bytes=10-',
    'bytes=10-20',
    'bytes=-0',
    'bytes=10-,-0',
    'bytes=99999999999999999999999999-',
    `bytes=${'9'.repeat(400)}-`,
  ])('%s can not be satisfied (RFC 9110 15.5.17)', (header) => {
    expect(decideRange(header, tenBytes)).toEqual({ kind: 'unsatisfiable' })
  })

  it.each([
    '',
    'bytes',
    'bytes=',
    'bytes=,',
    'bytes=-',
    'bytes=a-b',
    'bytes=0x0-0x4',
    'bytes=5-4',
    'bytes=0-4,5-4',
    'bytes=0-4,x',
    'bytes=1.5-3',
    'bytes=+1-3',
    'bytes=--3',
    'bytes=0-4-6',
    'bytes=0 -4',
    'bytes:0-4',
    'bytes =0-4',
    ' bytes=0-4',
    'items=0-4',
    'seconds=0-4',
    // Two header fields, joined by a server: not a list of one set.
    'bytes=0-4, bytes=6-7',
  ])('%j is ignored: malformed or foreign (RFC 9110 14.2)', (header) => {
    expect(decideRange(header, tenBytes)).toEqual({ kind: 'whole' })
  })
})

describe('a Range header for an empty file', () => {
  it.each([
    'bytes=0-',
    'bytes=0-0',
    'bytes=0-1048575',
    'bytes=5-',
    'bytes=-5',
    'bytes=-0',
    'bytes=0-,5-9',
    `bytes=${'0-,'.repeat(100)}`,
    'bytes=5-4',
    'lines=0-',
  ])('%s gets all of it: it has no parts (RFC 9110 14.2)', (header) => {
    expect(decideRange(header, 0)).toEqual({ kind: 'whole' })
  })
})

describe('several ranges', () => {
  it('keep the order of the client (RFC 9110 15.3.7.2)', () => {
    expect(decideRange('bytes=5000-5009,0-9', 10_000)).toEqual({
      kind: 'spans',
      spans: [
        { startByte: 5000, endByte: 5010 },
        { startByte: 0, endByte: 10 },
      ],
    })
  })

  it('become one where they overlap or touch (RFC 9110 15.3.7.2)', () => {
    expect(decideRange('bytes=100-199,0-99,150-300', 10_000)).toEqual({
      kind: 'spans',
      spans: [{ startByte: 0, endByte: 301 }],
    })
  })

  it('become one where the gap is shorter than the head of a part', () => {
    expect(decideRange('bytes=0-0,81-81', 10_000)).toMatchObject({ spans: [{ endByte: 82 }] })
    expect(decideRange('bytes=0-0,82-82', 10_000)).toMatchObject({ spans: [{}, {}] })
  })

  it(`are the whole file once there are more than ${maxSpans} (threat 18)`, () => {
    const ranges = (count: number) =>
      `bytes=${Array.from({ length: count }, (_, index) => `${index * 1000}-${index * 1000}`).join()}`
    expect(decideRange(ranges(maxSpans), 1_000_000)).toMatchObject({ kind: 'spans' })
    expect(decideRange(ranges(maxSpans + 1), 1_000_000)).toEqual({ kind: 'whole' })
  })

  it('that flood a header merge to what one range would be (threat 18)', () => {
    expect(decideRange(`bytes=${'0-,'.repeat(5000)}0-`, 1_000_000)).toEqual({
      kind: 'spans',
      spans: [{ startByte: 0, endByte: 1_000_000 }],
    })
  })
})

const anySpec = fc.oneof(
  fc.tuple(fc.nat(400), fc.nat(400)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
  fc.nat(400).map((first) => `${first}-`),
  fc.nat(400).map((last) => `-${last}`),
)

describe('whatever is asked', () => {
  it('gives spans inside the file, apart from each other, covering just what was asked', () => {
    fc.assert(
      fc.property(
        fc.array(anySpec, { minLength: 1, maxLength: 8 }),
        fc.nat(300),
        (specs, sizeBytes) => {
          const decision = decideRange(`bytes=${specs.join()}`, sizeBytes)
          const wanted = new Set(specs.flatMap((spec) => bytesOf(spec, sizeBytes)))
          if (decision.kind === 'unsatisfiable') expect(wanted.size).toBe(0)
          if (decision.kind !== 'spans') return
          const sent = new Set<number>()
          for (const { startByte, endByte } of decision.spans) {
            expect(startByte).toBeLessThan(endByte)
            expect(endByte).toBeLessThanOrEqual(sizeBytes)
            for (let byte = startByte; byte < endByte; byte++) {
              expect(sent.has(byte)).toBe(false)
              sent.add(byte)
            }
          }
          expect(wanted.size).toBeGreaterThan(0)
          for (const byte of wanted) expect(sent.has(byte)).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('never throws, and never gives a byte outside the file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, sizeBytes) => {
        for (const header of [text, `bytes=${text}`]) {
          const decision = decideRange(header, sizeBytes)
          if (decision.kind !== 'spans') continue
          for (const { startByte, endByte } of decision.spans)
            expect(0 <= startByte && startByte < endByte && endByte <= sizeBytes).toBe(true)
        }
      }),
    )
  })
})

/** The bytes one range means, worked out another way. */
function bytesOf(spec: string, sizeBytes: number): number[] {
  const [first = '', last = ''] = spec.split('-')
  const all = Array.from({ length: sizeBytes }, (_, byte) => byte)
  if (first === '') return last === '0' ? [] : all.slice(-Number(last))
  return all.filter((byte) => byte >= Number(first) && (last === '' || byte <= Number(last)))
}
