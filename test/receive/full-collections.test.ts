// Where a program makes few objects itself, as our server does, V8 may collect all of its heap for each 30 MiB
// that come by the network.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compileSource } from '../support/compile-source.ts'
import type { CompiledSource } from '../support/compile-source.ts'
import { putLarge } from '../support/put-large.ts'

const script = fileURLToPath(new URL('../support/large-uploads-child.mjs', import.meta.url))
const uploadMebibytes = 48

let source: CompiledSource
let folder = ''

beforeAll(async () => {
  source = await compileSource()
  folder = await mkdtemp(path.join(tmpdir(), 'titofisto-collections-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await source.remove()
})

it('a GiB of large uploads collects the whole heap seldom', { timeout: 120_000 }, async () => {
  const child = fork(script, [source.folder, folder])
  try {
    const [{ port, paths }] = (await once(child, 'message')) as [Started]
    for (const target of paths) await putLarge(port, target, uploadMebibytes)
    // On Node 24, 33 to 43 without `young-collections.ts`, and 6 to 17 with it; elsewhere 2.
    expect(await fullCountOf(child)).toBeLessThan(30)
  } finally {
    child.kill()
  }
})

interface Started {
  readonly port: number
  readonly paths: string[]
}

async function fullCountOf(child: ChildProcess): Promise<number> {
  child.send('collections')
  const [{ fullCount }] = (await once(child, 'message')) as [{ readonly fullCount: number }]
  return fullCount
}
