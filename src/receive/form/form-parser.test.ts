import { Dicer } from '@fastify/busboy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTitofistoError } from '../../errors.ts'
import { FormParser } from './form-parser.ts'

interface Part {
  readonly head: string
  readonly body: string
  readonly isEnded: boolean
}

/** Parses chunks; each byte is one character. What a taker was given is copied only at the end, so that bytes that change meanwhile show. */
function parse(boundary: string, chunks: readonly Buffer[]): Part[] {
  const parts: { head: string; pieces: Buffer[]; isEnded: boolean }[] = []
  const parser = new FormParser(boundary, {
    begin(head) {
      const part = { head, pieces: [] as Buffer[], isEnded: false }
      parts.push(part)
      return {
        take: (chunk) => void part.pieces.push(chunk),
        end: () => {
          part.isEnded = true
        },
      }
    },
  })
  for (const chunk of chunks) parser.write(chunk)
  parser.end()
  return parts.map(({ head, pieces, isEnded }) => ({
    head,
    body: Buffer.concat(pieces).toString('latin1'),
    isEnded,
  }))
}

function parseText(text: string, boundary = 'b'): Part[] {
  return parse(boundary, [Buffer.from(text, 'latin1')])
}

/** What parsing ends with: its parts, or the code of what was thrown. */
function outcome(boundary: string, chunks: readonly Buffer[]): readonly Part[] | string {
  try {
    return parse(boundary, chunks)
  } catch (error) {
    if (isTitofistoError(error)) return error.code
    throw error
  }
}

describe('a form', () => {
  it('is parts with fields, bytes and an end', () => {
    const text = '--b\r\nX-A: 1\r\nx-b:2\r\n\r\nbytes\r\n--b\r\nX-A: 3\r\n\r\n\r\n--b--\r\n'
    expect(parseText(text)).toEqual([
      { head: 'X-A: 1\r\nx-b:2', body: 'bytes', isEnded: true },
      { head: 'X-A: 3', body: '', isEnded: true },
    ])
  })

  it.each([
    ['no part', '--b--', []],
    ['a preamble and an epilogue', 'hi\r\n--b\r\nA: 1\r\n\r\nx\r\n--b--\r\nbye\r\n--b\r\n', ['x']],
    ['blanks behind its boundaries', '--b \t\r\nA: 1\r\n\r\nx\r\n--b-- \t\r\n', ['x']],
    ['a part without a header', '--b\r\n\r\nx\r\n--b--', ['x']],
    [
      'bytes like its boundary',
      '--b\r\nA: 1\r\n\r\n\r\n--\r\n-b\r\r\n--B--b\r\n--b--',
      ['\r\n--\r\n-b\r\r\n--B--b'],
    ],
    [
      'bare line ends in its bytes',
      '--b\r\nA: 1\r\n\r\n\n--b\n\r--b\r\r\n--b--',
      ['\n--b\n\r--b\r'],
    ],
  ])('may have %s', (_, text, bodies) => {
    expect(parseText(text).map(({ body }) => body)).toEqual(bodies)
  })

  it('keeps every byte of a head', () => {
    const [part] = parse('b', [Buffer.from('--b\r\nA: filename=à\r\n\r\n\r\n--b--')])
    expect(Buffer.from(part?.head ?? '', 'latin1').toString()).toBe('A: filename=à')
  })

  it.each([
    ['nothing', ''],
    ['no boundary', 'a text'],
    ['no line end behind its last boundary', '--b'],
    ['no last boundary', '--b\r\nA: 1\r\n\r\nx'],
    ['a last boundary that is cut', '--b\r\nA: 1\r\n\r\nx\r\n--b-'],
    ['a header that is cut', '--b\r\nA: 1\r\n'],
    ['a boundary that goes on', '--b\r\nA: 1\r\n\r\nx\r\n--bc\r\nA: 2\r\n\r\n\r\n--b--'],
    ['a bare CR behind its boundary', '--b\rA: 1\r\n\r\nx\r\n--b--'],
    ['a bare LF behind its boundary', '--b\nA: 1\r\n\r\nx\r\n--b--'],
    ['a head of more than 16 KiB', `--b\r\nA: ${'x'.repeat(16_384)}\r\n\r\nx\r\n--b--`],
    ['more than 16 KiB before its first boundary', `${'x'.repeat(16_385)}\r\n--b--`],
    ['more blanks than anybody sends', `--b${' '.repeat(300)}\r\nA: 1\r\n\r\nx\r\n--b--`],
  ])('is refused with %s, however it is cut', (_, text) => {
    const bytes = Buffer.from(text, 'latin1')
    expect(outcome('b', [bytes])).toBe('upload-malformed')
    expect(outcome('b', singly(bytes))).toBe('upload-malformed')
  })

  it('takes a head of 16 KiB', () => {
    const line = (bytes: number) => `A: ${'x'.repeat(bytes - 5)}\r\n`
    const header = `${line(512).repeat(31)}${line(514)}`
    expect(header.length - 2).toBe(16_384)
    expect(parseText(`--b\r\n${header}\r\nx\r\n--b--`)).toHaveLength(1)
    expect(parse('b', singly(Buffer.from(`--b\r\n${header}\r\nx\r\n--b--`)))).toHaveLength(1)
  })
})

// Bytes that come near a boundary from every side.
const boundaryBytes = fc.constantFrom('\r', '\n', '-', 'b', 'c', ' ', '\t', ':', 'A', '\0', 'é')
const nearBoundary = fc
  .array(
    fc.oneof(boundaryBytes, fc.constantFrom('\r\n', '\r\n--', '\r\n--bcb', '--bcb', 'A: 1\r\n')),
  )
  .map((pieces) => pieces.join(''))

/** Cuts bytes at any places. */
function cuts(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((places) => {
    const ends = [...places.toSorted((a, b) => a - b), bytes.length]
    return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
  })
}

describe('any body', () => {
  it('gives the same however it is cut', () => {
    const body = fc.oneof(
      nearBoundary,
      wellFormed().map(({ text }) => text),
    )
    const cutBody = body
      .map((text) => Buffer.from(text, 'latin1'))
      .chain((bytes) => fc.record({ bytes: fc.constant(bytes), chunks: cuts(bytes) }))
    fc.assert(
      fc.property(cutBody, ({ bytes, chunks }) => {
        const whole = outcome('bcb', [bytes])
        expect(outcome('bcb', chunks)).toEqual(whole)
        expect(outcome('bcb', singly(bytes))).toEqual(whole)
      }),
      { numRuns: 2000 },
    )
  })

  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(wellFormed(), ({ text, bodies }) => {
        expect(parseText(text, 'bcb').map(({ body }) => body)).toEqual(bodies)
      }),
    )
  })

  it('may have the longest boundary, which may look like itself, and much that looks like it', () => {
    const boundaries = fc.constantFrom('-'.repeat(70), `${'ab'.repeat(34)}aa`, `${'-'.repeat(69)}x`)
    const piece = fc.tuple(fc.nat(74), fc.constantFrom('', '\r', '\n', '-', 'x'))
    fc.assert(
      fc.property(
        boundaries,
        fc.array(piece, { maxLength: 8 }),
        fc.nat(80),
        (boundary, pieces, size) => {
          const delimiter = `\r\n--${boundary}`
          const body = pieces.map(([length, end]) => delimiter.slice(0, length - 1) + end).join('')
          fc.pre(!`\r\n${body}\r\n`.includes(delimiter))
          const bytes = Buffer.from(`--${boundary}\r\nA: 1\r\n\r\n${body}${delimiter}--`)
          const cut = [bytes.subarray(0, size + 1), ...singly(bytes.subarray(size + 1))]
          for (const chunks of [[bytes], cut, singly(bytes)])
            expect(parse(boundary, chunks)).toEqual([{ head: 'A: 1', body, isEnded: true }])
        },
      ),
      { numRuns: 300 },
    )
  })

  it('is not changed by what is done with a chunk that was used up', () => {
    const bytes = Buffer.from('--b\r\nA: 1\r\n\r\nx\r\n--', 'latin1')
    const parser = new FormParser('b', {
      begin: (head) => {
        expect(head).toBe('A: 1')
        return { take: (chunk) => expect(chunk.toString()).toBe('x'), end() {} }
      },
    })
    for (const byte of singly(bytes)) {
      parser.write(byte)
      byte.fill('!')
    }
    parser.write(Buffer.from('b--'))
    parser.end()
  })
})

describe('beside @fastify/busboy', () => {
  it('finds the same parts in what is well-formed', async () => {
    await fc.assert(
      fc.asyncProperty(wellFormed(), async ({ text }) => {
        const theirs = await parseByDicer('bcb', Buffer.from(text, 'latin1'))
        expect(theirs).toEqual(parseText(text, 'bcb').map(({ body }) => body))
      }),
      { numRuns: 300 },
    )
  })
})

describe("beside Node's own, which takes a boundary's letters anywhere for one", () => {
  it('finds the same files in what is well-formed', async () => {
    // undici looks for the boundary without its two dashes, wherever they stand.
    const sober = wellFormed().filter(({ bodies }) => !bodies.some((each) => each.includes('bcb')))
    await fc.assert(
      fc.asyncProperty(sober, async ({ text, bodies }) => {
        const headers = { 'content-type': 'multipart/form-data; boundary=bcb' }
        const form = await new Response(Buffer.from(text, 'latin1'), { headers }).formData()
        const theirs = await Promise.all(
          form.getAll('f').map(async (file) => {
            if (typeof file === 'string') throw new Error('Every part is a file.')
            return Buffer.from(await file.arrayBuffer()).toString('latin1')
          }),
        )
        expect(theirs).toEqual(bodies)
      }),
      { numRuns: 300 },
    )
  })
})

/** A form of files of boundary `bcb`, with one part at least. */
function wellFormed(): fc.Arbitrary<{ text: string; bodies: string[] }> {
  const body = nearBoundary
    .map((text) => Buffer.from(text, 'latin1').toString('latin1'))
    .filter((text) => !`\r\n${text}\r\n`.includes('\r\n--bcb'))
  return fc.array(body, { minLength: 1, maxLength: 5 }).map((bodies) => {
    const head =
      'Content-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: a/b\r\n\r\n'
    const parts = bodies.map((each) => `--bcb\r\n${head}${each}\r\n`)
    return { text: `${parts.join('')}--bcb--\r\n`, bodies }
  })
}

function singly(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]))
}

function parseByDicer(boundary: string, bytes: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const bodies: Promise<string>[] = []
    new Dicer({ boundary })
      .on('part', (part) => {
        bodies.push(
          new Promise((done) => {
            const chunks: Buffer[] = []
            part.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
            part.on('end', () => done(Buffer.concat(chunks).toString('latin1')))
          }),
        )
      })
      .on('error', reject)
      .on('finish', () => resolve(Promise.all(bodies)))
      .end(bytes)
  })
}
