// docs/moving.md: the routes of the other packages, which are run, and ours in their place come to the
// same, but for what the page says of ours.

import { describe, expect, it } from 'vitest'
import { readSnippets, runGuide } from '../support/guide.ts'

/** A server that the routes are written for, and what stands before them on the page. */
const beginnings = {
  express: `
import { createServer } from 'node:http'
import { once } from 'node:events'
import express from 'express'
const app = express()
app.set('env', 'test') // it prints errors
const listen = async () => {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return 'http://127.0.0.1:' + server.address().port
}`,
  fastify: `
import fastify from 'fastify'
const app = fastify()
const listen = () => app.listen({ port: 0, host: '127.0.0.1' })`,
}

const files = `
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createLocalStorage, createTitofisto } from 'titofisto'
mkdirSync('media/photos')
mkdirSync('incoming')
const files = createTitofisto({
  secret: 'a secret of many letters, for examples',
  storage: createLocalStorage({ root: 'media' }),
})`

/** Sends what people send, and prints what became of it. */
const ending = `
const origin = await listen()
const bytes = (length) => Buffer.from(Array.from({ length }, (_, at) => at % 251))
async function send(photos, title = 'Grüße') {
  const body = new FormData()
  body.append('title', title)
  for (const [name, length] of photos) body.append('photos', new Blob([bytes(length)]), name)
  const response = await fetch(origin + '/photos', { method: 'POST', body })
  const said = await response.text()
  return response.ok ? [response.status, JSON.parse(said)] : [response.status]
}
const kept = () => readdirSync('media/photos').sort()
const results = [
  await send([['one.bin', 10], ['zwei ö.bin', 1_000_000]]),
  await send([]),
  await send([['a.bin', 1], ['b.bin', 2], ['c.bin', 3]], ''),
  kept(),
  readFileSync('media/photos/zwei ö.bin').equals(bytes(1_000_000)),
  readFileSync('media/photos/one.bin').equals(bytes(10)),
]
const refusals = [
  await send([['large.bin', 1_000_001]]),
  await send([['d.bin', 1], ['e.bin', 1], ['f.bin', 1], ['g.bin', 1]]),
]
console.log(JSON.stringify({ results, refusals, left: kept().length + readdirSync('incoming').length - 5 }))
process.exit(0)
`

const routes = [
  { name: 'formidable', server: 'express', before: 0, after: 1 },
  { name: '@fastify/multipart', server: 'fastify', before: 2, after: 3 },
] as const

describe('docs/moving.md', () => {
  it('has a route before and a route after for each package', async () => {
    expect(await readSnippets('moving')).toHaveLength(4)
  })

  it.each(routes)(
    '$name, and ours in its place, come to the same',
    async (route) => {
      const { name, server, before, after } = route
      const outcome = async (snippet: number): Promise<Outcome> => {
        const packages = [server, name]
        const beginning = beginnings[server] + files
        const program = { packages, snippets: [snippet], beginning, ending, isPlain: true }
        return JSON.parse(await runGuide('moving', program)) as Outcome
      }
      const [theirs, ours] = [await outcome(before), await outcome(after)]
      const results = [
        [200, { title: 'Grüße', names: ['photos/one.bin', 'photos/zwei ö.bin'] }],
        [200, { title: 'Grüße', names: [] }],
        [200, { title: '', names: ['photos/a.bin', 'photos/b.bin', 'photos/c.bin'] }],
        ['a.bin', 'b.bin', 'c.bin', 'one.bin', 'zwei ö.bin'],
        true,
        true,
      ]
      // formidable tells files in the order in which it has written them.
      expect(JSON.parse(JSON.stringify(theirs.results), sortNames)).toEqual(results)
      expect(theirs.refusals).toEqual([[413], [413]])
      expect(ours.results).toEqual(results)
      expect(ours.refusals).toEqual(theirs.refusals)
      expect(ours.left).toBe(0)
    },
    60_000,
  )
})

function sortNames(key: string, value: unknown): unknown {
  return key === 'names' && Array.isArray(value)
    ? value.map(String).toSorted((one, other) => (one < other ? -1 : 1))
    : value
}

interface Outcome {
  readonly results: unknown
  readonly refusals: unknown
  /** Files that refused uploads have left. */
  readonly left: number
}
