import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileSource } from '../support/compile-source.ts'
import type { CompiledSource } from '../support/compile-source.ts'

const script = fileURLToPath(new URL('../support/large-upload-child.mjs', import.meta.url))
const mebibyte = 1024 * 1024

let source: CompiledSource
let folder = ''

beforeAll(async () => {
  source = await compileSource()
  folder = await mkdtemp(path.join(tmpdir(), 'titofisto-roomy-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await source.remove()
})

describe('a process with a small heap', () => {
  it('is given room while a large upload comes in, and none for a small one', async () => {
    expect((await measure(96)) / mebibyte).toBeGreaterThan(12)
    expect((await measure(2)) / mebibyte).toBeLessThan(1)
  })
})

/** By how much large objects grow for an upload of so many pieces of 256 KiB. */
async function measure(pieces: number): Promise<number> {
  const args = ['--expose-gc', script, source.folder, folder, String(pieces)]
  return Number((await promisify(execFile)(process.execPath, args)).stdout)
}
