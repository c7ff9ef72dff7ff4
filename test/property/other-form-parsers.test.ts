// What forms mean, beside two parsers that others rely on: Node's own (undici), and @fastify/busboy. Where
// they read a form otherwise, it is one of the differences that are listed here, with our reason.

import { Busboy } from '@fastify/busboy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FormParser } from '../../src/receive/form/form-parser.ts'
import { readPartHead } from '../../src/receive/form/part-head.ts'

/** A part as a client means it; bytes are one character each. */
interface Part {
  readonly fieldName: string
  /** `null` of a text field. */
  readonly file: { readonly name: string; readonly type: string | null } | null
  readonly body: string
}

/** What a parser has read. */
type Read =
  | { readonly kind: 'field'; readonly fieldName: string; readonly text: string }
  | {
      readonly kind: 'file'
      readonly fieldName: string
      readonly name: string
      readonly type: string
      readonly body: string
    }

/** How a client writes names: browsers and what follows them (WHATWG HTML), and curl. */
const writers = {
  browser: (name: string) =>
    name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A'),
  curl: (name: string) => name.replace(/["\\]/g, '\\$&'),
}

const letters = fc.constantFrom(
  'a',
  'B',
  '7',
  '.',
  ' ',
  ';',
  '=',
  ',',
  "'",
  '"',
  '\\',
  '%',
  '/',
  'é',
  '日',
  '😀',
  '\u200d',
  '+',
)
const names = fc.string({ unit: letters, minLength: 1, maxLength: 12 })
const texts = fc.string({
  unit: fc.constantFrom('x', '\r', '\n', '-', '--B', 'é', '😀', '\0'),
  maxLength: 30,
})
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString('latin1'))
const types = fc.constantFrom(
  null,
  'image/png',
  'text/csv',
  'text/plain',
  'application/json',
  'application/octet-stream',
)
const parts: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ fieldName: names, file: fc.constant(null), body: texts }),
  fc.record({ fieldName: names, file: fc.record({ name: names, type: types }), body: bytes }),
)
const forms = fc.array(parts, { minLength: 1, maxLength: 5 })

/** Of two backslashes nobody can tell whether one escapes the other: they are read as curl's. */
const hasTwoBackslashes = ({ fieldName, file }: Part): boolean =>
  `${fieldName} ${file?.name ?? ''}`.includes('\\\\')

function write(form: readonly Part[], escape: (name: string) => string): Buffer {
  const written = form.map(({ fieldName, file, body }) => {
    const fileName = file === null ? '' : `; filename="${escape(file.name)}"`
    const head = Buffer.from(
      `--bcb\r\nContent-Disposition: form-data; name="${escape(fieldName)}"${fileName}` +
        (file?.type == null ? '' : `\r\nContent-Type: ${file.type}`) +
        '\r\n\r\n',
    )
    const content = file === null ? Buffer.from(body) : Buffer.from(body, 'latin1')
    return Buffer.concat([head, content, Buffer.from('\r\n')])
  })
  return Buffer.concat([...written, Buffer.from('--bcb--\r\n')])
}

function readOurs(form: Buffer): Read[] {
  const read: Read[] = []
  const parser = new FormParser('bcb', {
    begin(head) {
      const part = readPartHead(head)
      const chunks: Buffer[] = []
      return {
        take: (chunk) => chunks.push(Buffer.from(chunk)),
        end() {
          const body = Buffer.concat(chunks)
          const { fieldName } = part
          read.push(
            part.kind === 'field'
              ? { kind: 'field', fieldName, text: body.toString() }
              : {
                  kind: 'file',
                  fieldName,
                  name: part.originalName ?? '',
                  type: part.type,
                  body: body.toString('latin1'),
                },
          )
        },
      }
    },
  })
  parser.write(form)
  parser.end()
  return read
}

async function readByNode(form: Buffer): Promise<Read[]> {
  const headers = { 'Content-Type': 'multipart/form-data; boundary=bcb' }
  const data = await new Response(form, { headers }).formData()
  return Promise.all(
    [...data].map(async ([fieldName, value]): Promise<Read> => {
      if (typeof value === 'string') return { kind: 'field', fieldName, text: value }
      const body = Buffer.from(await value.arrayBuffer()).toString('latin1')
      return { kind: 'file', fieldName, name: value.name, type: value.type, body }
    }),
  )
}

function readByBusboy(form: Buffer): Promise<Read[]> {
  return new Promise((resolve, reject) => {
    const read: Promise<Read>[] = []
    const parser = new Busboy({
      headers: { 'content-type': 'multipart/form-data; boundary=bcb' },
      defCharset: 'utf8',
      preservePath: true,
      limits: { fieldNameSize: 1000 },
    })
    parser.on('field', (fieldName, text) =>
      read.push(Promise.resolve({ kind: 'field', fieldName, text })),
    )
    parser.on('file', (fieldName, stream, name, _, type) => {
      read.push(
        new Promise((done) => {
          const chunks: Buffer[] = []
          stream.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)))
          stream.on('end', () =>
            done({
              kind: 'file',
              fieldName,
              name,
              type,
              body: Buffer.concat(chunks).toString('latin1'),
            }),
          )
        }),
      )
    })
    parser.on('error', reject)
    parser.on('finish', () => resolve(Promise.all(read)))
    parser.end(form)
  })
}

/** What was meant, as a parser of ours has to read it. */
function meant(form: readonly Part[]): Read[] {
  return form.map(({ fieldName, file, body }) =>
    file === null
      ? { kind: 'field', fieldName, text: body }
      : {
          kind: 'file',
          fieldName,
          name: file.name,
          type: file.type ?? 'application/octet-stream',
          body,
        },
  )
}

/** A type that nobody declared is none that is known: both call it text (RFC 7578 4.4), whatever it is. */
function withTypes(read: Read, part: Part | undefined): Read {
  return read.kind === 'file' && part?.file?.type === null && read.type === 'text/plain'
    ? { ...read, type: 'application/octet-stream' }
    : read
}

describe('a form', () => {
  it.each(Object.entries(writers))('means what its client means: %s', (client, escape) => {
    fc.assert(
      fc.property(forms, (form) => {
        fc.pre(client === 'curl' || !form.some(hasTwoBackslashes))
        expect(readOurs(write(form, escape))).toEqual(meant(form))
      }),
      { numRuns: 500 },
    )
  })

  it('as browsers write it is read as Node reads it', async () => {
    await fc.assert(
      fc.asyncProperty(forms, async (form) => {
        fc.pre(!form.some(hasTwoBackslashes))
        const theirs = await readByNode(write(form, writers.browser))
        expect(theirs.map((read, index) => withTypes(read, form[index]))).toEqual(
          readOurs(write(form, writers.browser)),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('as curl writes it is read as @fastify/busboy reads it', async () => {
    await fc.assert(
      fc.asyncProperty(forms, async (form) => {
        const theirs = await readByBusboy(write(form, writers.curl))
        expect(theirs.map((read, index) => withTypes(read, form[index]))).toEqual(
          readOurs(write(form, writers.curl)),
        )
      }),
      { numRuns: 500 },
    )
  })
})
