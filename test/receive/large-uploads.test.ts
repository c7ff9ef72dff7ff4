// What large uploads, one after another, cost a process besides reading and writing.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { compileSource } from '../support/compile-source.ts'
import type { CompiledSource } from '../support/compile-source.ts'

const script = fileURLToPath(new URL('../support/many-large-uploads-child.mjs', import.meta.url))
const mebibyte = 1024 * 1024
const uploadMebibytes = 48

let source: CompiledSource
let folder = ''
let child: ChildProcess
let started: { readonly port: number; readonly paths: string[] }

beforeAll(async () => {
  source = await compileSource()
  folder = await mkdtemp(path.join(tmpdir(), 'titofisto-large-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await source.remove()
})

beforeEach(async () => {
  child = fork(script, [source.folder, folder])
  started = ((await once(child, 'message')) as [typeof started])[0]
})

afterEach(() => void child.kill())

describe.skipIf(!isGlibc())('with glibc (skipped: not glibc)', () => {
  it('the next ones come into memory that the process has', { timeout: 60_000 }, async () => {
    // Until the block is freed and the heap has its size, the young objects of young-collections.ts included.
    await upload(14)
    const { faults } = await look()
    await upload(8)
    // A fault for each 4 KiB would be 256; with the block missing it was 6 to 27, with it 0.7 to 2.6.
    expect(((await look()).faults - faults) / (8 * uploadMebibytes)).toBeLessThan(5)
  })
})

const leftOut = runsAllClients() ? '' : ' (skipped: `npm run matrix` runs it)'

it.skipIf(leftOut !== '')(
  `a GiB has the whole heap collected seldom${leftOut}`,
  async () => {
    await upload(22)
    // On Node 24, 33 to 43 without `young-collections.ts`, and 6 to 17 with it; elsewhere 2.
    expect((await look()).fullCount).toBeLessThan(30)
  },
  120_000,
)

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { readonly header?: object }
  return header !== undefined && 'glibcVersionRuntime' in header
}

/** What the process has had by now. */
async function look(): Promise<{ readonly faults: number; readonly fullCount: number }> {
  child.send('look')
  const [seen] = (await once(child, 'message')) as [{ faults: number; fullCount: number }]
  return seen
}

/** Sends the next ones, from memory that is sent over and over. */
async function upload(count: number): Promise<void> {
  const piece = Buffer.alloc(mebibyte)
  for (const target of started.paths.splice(0, count)) {
    const put = request({ port: started.port, host: '127.0.0.1', path: target, method: 'PUT' })
    put.setHeader('Content-Length', uploadMebibytes * mebibyte)
    const answered = once(put, 'response')
    for (let sent = 0; sent < uploadMebibytes; sent++)
      if (!put.write(piece)) await once(put, 'drain')
    put.end()
    const [response] = await answered
    response.resume()
    await once(response, 'close')
    expect(response.statusCode).toBe(204)
  }
}
