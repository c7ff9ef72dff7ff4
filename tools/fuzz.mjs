// @ts-check
// `npm run fuzz -- --minutes 60 [--seed 7]`: forms that are broken in every way, for as long as you
// like. Each must end the same however it is cut into chunks, in parts or in our own refusal; and
// where all is well-formed, `@fastify/busboy` and Node's own parser must find the same parts. The
// first that does not is printed, with the seed that makes it again.

import { isDeepStrictEqual, parseArgs } from 'node:util'
import { Dicer } from '@fastify/busboy'
import { createChance } from '../soak/random.mjs'
import { compileSource } from './compile-source.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
})
const minutes = Number(values.minutes)
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed)
if (!(minutes > 0) || !Number.isSafeInteger(firstSeed)) {
  console.error('npm run fuzz -- [--minutes <number above 0>] [--seed <whole number>]')
  process.exit(2)
}

const source = await compileSource(['errors', 'receive/form/form-parser', 'receive/form/part-head'])
const { FormParser } = await import(`${source.folder}/receive/form/form-parser.js`)
const { readPartHead } = await import(`${source.folder}/receive/form/part-head.js`)
const { isTitofistoError } = await import(`${source.folder}/errors.js`)
await source.remove()

const boundaries = [
  'B',
  '-'.repeat(70),
  `${'ab'.repeat(34)}aa`,
  '----WebKitFormBoundary7MA4YWxkTrZu0gW',
]
const heads = [
  'Content-Disposition: form-data; name="f"; filename="a"',
  'Content-Disposition: form-data; name="f"; filename="a"\r\nContent-Type: image/png',
  'content-disposition: form-data; name="f"; filename="a b"\r\nX-More: 1\r\nContent-Type: text/plain',
]

const counts = { forms: 0, byBusboy: 0, byNode: 0, taken: 0, refused: 0 }
const untilMs = Date.now() + minutes * 60_000
for (let seed = firstSeed; Date.now() < untilMs; seed += 1) {
  const reason = await whyWrong(createChance(seed, 'fuzz'))
  if (reason === null) continue
  console.error(`Seed ${seed}: ${reason}`)
  process.exit(1)
}
const { forms, byBusboy, byNode, taken, refused } = counts
console.log(
  `${forms} forms from seed ${firstSeed}, read as @fastify/busboy (${byBusboy}) and Node (${byNode}) do; broken ones: ${taken} taken, ${refused} refused, the same however they were cut.`,
)

/**
 * @typedef {import('../soak/random.mjs').Chance} Chance
 * @typedef {{ readonly boundary: string, readonly bytes: Buffer, readonly bodies: readonly Buffer[] }} Form
 * @typedef {{ readonly head: string, readonly kind: string, readonly body: string }} Part
 */

/**
 * @param {Chance} chance
 * @returns {Promise<string | null>}
 */
async function whyWrong(chance) {
  const form = makeForm(chance)
  counts.forms += 1
  const bodies = form.bodies.map((body) => body.toString('latin1'))
  const parts = outcomeOf(form.boundary, [form.bytes])
  if (
    typeof parts === 'string' ||
    !isDeepStrictEqual(
      parts.map(({ body }) => body),
      bodies,
    )
  )
    return `A well-formed form is not read as it was made. ${show(form.bytes)}`
  counts.byBusboy += 1
  if (!isDeepStrictEqual(await readByDicer(form), bodies))
    return `@fastify/busboy reads a well-formed form otherwise. ${show(form.bytes)}`
  // Node's looks for the boundary's letters wherever they stand, and takes no boundary of dashes alone.
  if (/\w/.test(form.boundary) && !bodies.some((body) => body.includes(form.boundary))) {
    counts.byNode += 1
    if (!isDeepStrictEqual(await readByNode(form), bodies))
      return `Node reads a well-formed form otherwise. ${show(form.bytes)}`
  }

  for (let round = 0; round < 20; round += 1) {
    const bytes = mutate(chance, form)
    const whole = outcomeOf(form.boundary, [bytes])
    counts[typeof whole === 'string' ? 'refused' : 'taken'] += 1
    if (typeof whole === 'string' && whole !== 'upload-malformed') return `${whole}. ${show(bytes)}`
    for (const chunks of [cut(chance, bytes), Array.from(bytes, (byte) => Buffer.of(byte))])
      if (!isDeepStrictEqual(outcomeOf(form.boundary, chunks), whole))
        return `Cut into chunks of ${chunks.map(({ length }) => length).join()}, it ends otherwise. ${show(bytes)}`
  }
  return null
}

/**
 * @param {string} boundary
 * @param {readonly Buffer[]} chunks
 * @returns {readonly Part[] | string} The parts, or what was thrown: a code of ours, or the error.
 */
function outcomeOf(boundary, chunks) {
  /** @type {{ head: string, kind: string, pieces: Buffer[] }[]} */
  const parts = []
  const parser = new FormParser(boundary, {
    /** @param {string} head */
    begin(head) {
      /** @type {Buffer[]} */
      const pieces = []
      parts.push({ head, kind: readPartHead(head).kind, pieces })
      return { take: (/** @type {Buffer} */ chunk) => pieces.push(chunk), end() {} }
    },
  })
  try {
    for (const chunk of chunks) parser.write(chunk)
    parser.end()
  } catch (error) {
    return isTitofistoError(error)
      ? /** @type {Error & { code: string }} */ (error).code
      : String(error)
  }
  return parts.map(({ head, kind, pieces }) => ({
    head,
    kind,
    body: Buffer.concat(pieces).toString('latin1'),
  }))
}

/**
 * @param {Chance} chance
 * @returns {Form}
 */
function makeForm(chance) {
  const boundary = chance.pick(boundaries)
  const delimiter = `\r\n--${boundary}`
  const bodies = Array.from({ length: 1 + below(chance, 4) }, () => makeBody(chance, delimiter))
  const parts = bodies.flatMap((body) => [
    Buffer.from(`--${boundary}\r\n${chance.pick(heads)}\r\n\r\n`),
    body,
    Buffer.from('\r\n'),
  ])
  return { boundary, bytes: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]), bodies }
}

/**
 * @param {Chance} chance
 * @param {string} delimiter
 */
function makeBody(chance, delimiter) {
  const pieces = Array.from({ length: below(chance, 8) }, () =>
    chance.pick([
      () => delimiter.slice(0, 1 + below(chance, delimiter.length - 1)),
      () => chance.pick(['\r', '\n', '\r\n', '-', '--', '\0', 'x']),
      () =>
        String.fromCharCode(...Array.from({ length: below(chance, 40) }, () => below(chance, 256))),
    ])(),
  )
  const body = pieces.join('')
  // What ends a part belongs to it no more.
  return `\r\n${body}\r\n`.includes(delimiter) ? Buffer.alloc(0) : Buffer.from(body, 'latin1')
}

/**
 * @param {Chance} chance
 * @param {Form} form
 */
function mutate(chance, { boundary, bytes }) {
  const tokens = [
    '\r',
    '\n',
    '\0',
    '\r\n',
    '\r\n\r\n',
    '--',
    ' ',
    '\t',
    '"',
    ';',
    ':',
    `--${boundary}`,
  ]
  let mutated = bytes
  for (let count = 1 + below(chance, 4); count > 0; count -= 1) {
    const at = below(chance, mutated.length + 1)
    const to = Math.min(mutated.length, at + below(chance, 20))
    const put = chance.pick([
      () => Buffer.from(chance.pick([...tokens, `\r\n--${boundary}`, `\r\n--${boundary}--`])),
      () => Buffer.of(below(chance, 256)),
      () => mutated.subarray(at, to),
      () => Buffer.alloc(0),
    ])()
    const rest = chance.pick([at, to, mutated.length * below(chance, 2)])
    mutated = Buffer.concat([mutated.subarray(0, at), put, mutated.subarray(Math.max(at, rest))])
  }
  return mutated
}

/**
 * @param {Chance} chance
 * @param {Buffer} bytes
 */
function cut(chance, bytes) {
  const chunks = []
  for (let at = 0; at < bytes.length;) {
    const to = at + 1 + below(chance, 30)
    chunks.push(bytes.subarray(at, to))
    at = to
  }
  return chunks
}

/** @param {Form} form @returns {Promise<string[]>} */
function readByDicer({ boundary, bytes }) {
  return new Promise((resolve, reject) => {
    /** @type {Promise<string>[]} */
    const bodies = []
    new Dicer({ boundary })
      .on('part', (part) => {
        bodies.push(
          new Promise((done) => {
            /** @type {Buffer[]} */
            const chunks = []
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

/** @param {Form} form @returns {Promise<string[]>} */
async function readByNode({ boundary, bytes }) {
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  const form = await new Response(new Uint8Array(bytes), { headers }).formData().catch(() => null)
  if (form === null) return []
  return Promise.all(
    form
      .getAll('f')
      .map(async (file) =>
        typeof file === 'string' ? file : Buffer.from(await file.arrayBuffer()).toString('latin1'),
      ),
  )
}

/** @param {Buffer} bytes */
function show(bytes) {
  return `The body, as base64:\n${bytes.toString('base64')}`
}

/** A whole number from 0 to below a bound. @param {Chance} chance @param {number} bound */
function below(chance, bound) {
  return chance.whole(0, bound - 1)
}
