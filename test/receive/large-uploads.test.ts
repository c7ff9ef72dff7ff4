// What large uploads, one after another, cost a process besides reading and writing.

import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { describeUnless } from '../support/unless.ts'

const manyUploads = fileURLToPath(
  new URL('../support/many-large-uploads-child.mjs', import.meta.url),
)
const freedMemory = fileURLToPath(new URL('../support/freed-memory-child.mjs', import.meta.url))
const heldHeap = fileURLToPath(new URL('../support/held-heap-child.mjs', import.meta.url))
const mebibyte = 1024 * 1024
const uploadMebibytes = 48

let source: CompiledSource
let folder = ''

beforeAll(async () => {
  source = await compileSource()
  folder = await mkdtemp(path.join(tmpdir(), 'titofisto-large-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await source.remove()
})

describeUnless(isGlibc() ? null : 'no glibc here', 'with glibc', () => {
  it('a process that took a large upload keeps the memory that is freed, for the next', async () => {
    // Of 4,096 pages: 0 to 4, and 4,049 to 4,069 after an upload that is not large.
    expect(await faultsAfterUpload(2048)).toBeLessThan(1000)
    expect(await faultsAfterUpload(256)).toBeGreaterThan(2000)
  })
})

describe('while a large upload comes in', () => {
  it('a process holds something where its whole heap is collected often, and only there', async () => {
    expect((await heldAfterCollections(3)) / mebibyte).toBeGreaterThan(12)
    expect((await heldAfterCollections(1)) / mebibyte).toBeLessThan(1)
  })

  it('it holds nothing where its heap has no room: that would be its end', async () => {
    expect(await heldAfterCollections(3, ['--max-old-space-size=32'])).toBeLessThan(mebibyte)
  })
})

const leftOut = runsAllClients() ? null : '`npm run matrix` runs it'

describeUnless(leftOut, 'a GiB has the whole heap collected seldom', () => {
  it('in a process that has just started', { timeout: 120_000 }, async () => {
    const count = await uploadAndCount(22, { idleMs: 0 })
    // On Node 24, 33 to 43 without `full-collections.ts`, and 5 to 7 with it; on Node 20, 2 to 5.
    expect(count).toBeLessThan(30)
  })

  it('in one that V8 has tidied up while it was idle', { timeout: 120_000 }, async () => {
    const count = await uploadAndCount(22, { idleMs: 22_000 })
    // On Node 20, 40 to 52 without it, and without what it holds; 11 to 12 with it.
    expect(count).toBeLessThan(30)
  })
})

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { readonly header?: object }
  return header !== undefined && 'glibcVersionRuntime' in header
}

/** What it costs a process, after an upload, to have 16 MiB in pieces again that it had freed. */
function faultsAfterUpload(kibibytes: number): Promise<number> {
  return measure(freedMemory, kibibytes)
}

/** By how much large objects have grown in an upload meanwhile. */
function heldAfterCollections(times: number, flags: string[] = []): Promise<number> {
  return measure(heldHeap, times, flags)
}

/** What a program prints. */
async function measure(program: string, value: number, flags: string[] = []): Promise<number> {
  const args = [...flags, '--expose-gc', program, source.folder, folder, String(value)]
  return Number((await promisify(execFile)(process.execPath, args)).stdout)
}

/** Sends uploads, a pause after the first of them, and counts the full collections after that. */
async function uploadAndCount(
  times: number,
  { idleMs }: { readonly idleMs: number },
): Promise<number> {
  const child = fork(manyUploads, [source.folder, folder])
  try {
    const [started] = (await once(child, 'message')) as [{ port: number; paths: string[] }]
    const countFull = async (): Promise<number> => {
      child.send('count')
      return ((await once(child, 'message')) as [number])[0]
    }
    const [first = '', ...others] = started.paths.slice(0, times)
    await upload(started.port, first)
    await setTimeout(idleMs)
    const before = await countFull()
    for (const target of others) await upload(started.port, target)
    return (await countFull()) - before
  } finally {
    child.kill()
  }
}

/** Sends one, from memory that is sent over and over. */
async function upload(port: number, target: string): Promise<void> {
  const piece = Buffer.alloc(mebibyte)
  const put = request({ port, host: '127.0.0.1', path: target, method: 'PUT' })
  put.setHeader('Content-Length', uploadMebibytes * mebibyte)
  const answered = once(put, 'response')
  for (let sent = 0; sent < uploadMebibytes; sent++) if (!put.write(piece)) await once(put, 'drain')
  put.end()
  const [res] = await answered
  res.resume()
  await once(res, 'end')
  expect(res.statusCode).toBe(204)
}
