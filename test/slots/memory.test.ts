// What 10,000 slots leave in a process that minted and redeemed them: nothing.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'

const slots = 10_000
/** A leak of 1 KiB a slot is 10 MiB: half of that is far above what comes and goes by itself. */
const mostGrownBytes = 5 * 1024 * 1024
const script = fileURLToPath(new URL('../support/slot-memory-child.mjs', import.meta.url))
const timeout = { timeout: 180_000 }

describe(`${slots} slots, minted, redeemed and forgotten`, () => {
  let source: CompiledSource
  let root: string

  beforeAll(async () => {
    source = await compileSource()
  })

  afterAll(async () => {
    await source.remove()
  })

  beforeEach(async () => {
    // In memory where there is such a folder: a disk shared with others makes this take minutes.
    const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
    root = await mkdtemp(join(folder, 'titofisto-slot-memory-'))
  })

  afterEach(async () => {
    await rm(root, { recursive: true, force: true })
  })

  async function measure(store: 'file' | 'memory', leakBytes: number): Promise<Growth> {
    const args = [
      '--expose-gc',
      script,
      source.folder,
      root,
      store,
      String(slots),
      String(leakBytes),
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    return JSON.parse(stdout) as Growth
  }

  it.each(['file', 'memory'] as const)(
    'leave no memory and no descriptor (%s store)',
    timeout,
    async (store) => {
      const { grownBytes, grownDescriptors } = await measure(store, 0)
      expect(grownBytes).toBeLessThan(mostGrownBytes)
      expect(grownDescriptors).toBeLessThanOrEqual(0)
      // And nothing on the disk, but for folders that the next slots use again.
      const left = await readdir(join(root, '.titofisto'), { recursive: true, withFileTypes: true })
      expect(left.filter((entry) => entry.isFile()).map((entry) => entry.name)).toEqual([])
    },
  )

  it('are measured well enough to show a leak of 1 KiB a slot', timeout, async () => {
    expect((await measure('memory', 1024)).grownBytes).toBeGreaterThan(mostGrownBytes)
  })
})

interface Growth {
  readonly grownBytes: number
  readonly grownDescriptors: number
}
