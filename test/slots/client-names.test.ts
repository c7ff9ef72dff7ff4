// Names that a client chooses, through every door that takes one: the answer is 2xx or 4xx.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { createTitofisto } from '../../src/titofisto.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { secret } from '../support/file-ground.ts'

let root: string
let files: Titofisto
const errors: unknown[] = []

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-names-'))
  errors.length = 0
  files = createTitofisto({
    secret,
    mediaUrl: 'http://files.test/media/',
    storage: createLocalStorage({ root, durable: false }),
    sweepSeconds: 0,
    log: (event) => {
      if (event.level === 'error') errors.push(event)
    },
  })
})

afterEach(() => rm(root, { recursive: true, force: true }))

const names = [
  '.titofisto',
  '.titofisto-x',
  '.TITOFISTO',
  '.titoﬁsto',
  'TITOFI~1',
  '.titofisto/slots/x',

  `a.${'x'.repeat(250)}`,
  'n'.repeat(255),
  'n'.repeat(2000),
  'ü'.repeat(254),
  `${'a/'.repeat(600)}f`,
  '..',
  '.',
  '',
  ' ',
  '../../f',
  '/etc/passwd',
  'C:\\f',
  'a:b',
  'con',
  'a\0b',
  'taken',
  'taken/f',
  '\ud800',
]

const ways: readonly (readonly [string, (url: string, name: string) => Request])[] = [
  [
    'the query of a raw upload',
    (url, name) =>
      new Request(`${url}?filename=${encodeURIComponent(name.toWellFormed())}`, {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'text/plain' },
      }),
  ],
  [
    'a form',
    (url, name) => {
      const body = new FormData()
      body.append('file', new File(['x'], name.toWellFormed()))
      return new Request(url, { method: 'POST', body })
    },
  ],
  [
    'the metadata of tus',
    (url, name) =>
      new Request(url, {
        method: 'POST',
        headers: {
          'tus-resumable': '1.0.0',
          'upload-length': '1',
          'content-type': 'application/offset+octet-stream',
          'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
        },
        body: 'x',
      }),
  ],
]

describe.each(ways)('a name in %s', (_way, request) => {
  it.each(names)('%j is taken or refused, and is no fault of ours', async (name) => {
    const raw = files.slot('raw', {
      handler: async ({ file }) => ({ name: await file.save(file.originalName ?? 'f') }),
    })
    const clean = files.slot('clean', {
      handler: async ({ file }) => ({ name: await file.save(`inbox/${file.name}`) }),
    })
    const strict = files.slot('strict', {
      handler: async ({ file }) => ({ name: await file.save(file.name, { onTaken: 'refuse' }) }),
    })
    await files.storage.save('taken', 'x')
    for (const kind of [raw, clean, clean, strict, strict]) {
      const response = await files.fetch(request(await kind.url(), name))
      expect(response.status).toBeLessThan(500)
      expect(await response.text()).not.toContain(root)
    }
    expect(errors).toEqual([])
    for (const { name: saved } of (await files.storage.list()).files)
      expect(saved.toLowerCase()).not.toMatch(/(^|\/)\.titofisto/)
  })
})

describe('a name in a link', () => {
  it.each(names)('%j gets the same 404 as any', async (name) => {
    await files.storage.save('taken', 'x')
    for (const prefix of ['', 'public/']) {
      const path = encodeURIComponent(name.toWellFormed()).replaceAll('%2F', '/')
      const target = `http://files.test/media/${prefix}${path}?titofisto_token=x.y`
      expect((await files.fetch(new Request(target))).status).toBe(404)
    }
  })
})
