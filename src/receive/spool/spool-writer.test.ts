import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ownBytes, whyNotOwn } from '../../../test/support/own-bytes.ts'
import { SpoolWriter } from './spool-writer.ts'
import type { SpoolWriting } from './spool-writer.ts'

let folder: string
let waitingBytes: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'titofisto-spool-'))
  waitingBytes = 0
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

function writerTo(name: string, setting: Partial<SpoolWriting> = {}): SpoolWriter {
  return new SpoolWriter({
    path: join(folder, name),
    startByte: 0,
    isAppending: false,
    isAllOrNothing: true,
    durable: false,
    backlog: {
      add: (bytes) => void (waitingBytes += bytes),
      remove: (bytes) => void (waitingBytes -= bytes),
    },
    after: null,
    onFailure() {},
    ...setting,
  })
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

describe('a spool writer', () => {
  it('writes all it is given, in order, however it is cut', async () => {
    const sizes = fc.array(fc.oneof(fc.constantFrom(0, 1, 300_000), fc.nat(70_000)), {
      maxLength: 40,
    })
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), async (chunkSizes, pausing) => {
        const writer = writerTo('all')
        let position = 0
        const given: Buffer[] = []
        for (const size of chunkSizes) {
          const chunk = Buffer.alloc(size, position % 251)
          position += 1
          given.push(chunk)
          writer.write(chunk)
          if (pausing && position % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
        await writer.finish()
        expect(readFileSync(join(folder, 'all')).equals(Buffer.concat(given))).toBe(true)
        expect(waitingBytes).toBe(0)
        await writer.discard()
        expect(readdirSync(folder)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it('keeps its bytes its own while others write, whatever sizes come in which order', async () => {
    // Runs of one size, so that bytes of every size wait behind more than one write's worth of others.
    const run = fc
      .record({
        chunkBytes: fc.oneof(
          fc.integer({ min: 1, max: 4095 }),
          fc.integer({ min: 4096, max: 140_000 }),
        ),
        count: fc.integer({ min: 1, max: 600 }),
        turns: fc.nat(3),
      })
      .map(({ chunkBytes, count, turns }) => {
        return { chunkBytes, turns, runBytes: Math.min(chunkBytes * count, 2_000_000) }
      })
    const runs = fc.array(run, { minLength: 1, maxLength: 4 })
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(runs, { minLength: 2, maxLength: 8 }), async (plans) => {
        round += 1
        const nameOf = (owner: number): string => `${round}-${owner}`
        const sizes = await Promise.all(
          plans.map(async (plan, owner) => {
            const all = ownBytes(
              owner,
              plan.reduce((sum, each) => sum + each.runBytes, 0),
            )
            const writer = writerTo(nameOf(owner), { durable: owner % 2 === 0 })
            let position = 0
            for (const { chunkBytes, runBytes, turns } of plan) {
              const end = position + runBytes
              for (; position < end; position = Math.min(position + chunkBytes, end))
                writer.write(all.subarray(position, Math.min(position + chunkBytes, end)))
              for (let turn = 0; turn < turns; turn += 1) await nextTurn()
            }
            await writer.finish()
            return all.length
          }),
        )
        for (const [owner, size] of sizes.entries()) {
          expect(whyNotOwn(readFileSync(join(folder, nameOf(owner))), owner, size)).toBeNull()
          rmSync(join(folder, nameOf(owner)))
        }
      }),
      { numRuns: 15 },
    )
  })

  it('keeps a middle piece that waits behind more than one write of small ones', async () => {
    const small = 800
    const first = ownBytes(1, small * 4000 + 60_000)
    const writer = writerTo('first', { durable: true })
    for (let count = 0; count < small; count += 1)
      writer.write(first.subarray(count * 4000, (count + 1) * 4000))
    writer.write(first.subarray(small * 4000))
    const others: SpoolWriter[] = []
    const timer = setInterval(() => {
      const other = writerTo(`other-${others.length}`)
      other.write(ownBytes(2, 60_000))
      others.push(other)
    }, 0)
    await writer.finish()
    clearInterval(timer)
    expect(whyNotOwn(readFileSync(join(folder, 'first')), 1, first.length)).toBeNull()
    await Promise.all(others.map((other) => other.discard()))
  })

  it('of thousands of tiny chunks writes them all', async () => {
    const writer = writerTo('tiny')
    for (let count = 0; count < 20_000; count += 1) writer.write(Buffer.from(String(count % 10)))
    await writer.finish()
    expect(read('tiny')).toBe('0123456789'.repeat(2000))
  })

  it('opens no file before there is something to write', async () => {
    const writer = writerTo('a')
    writer.write(Buffer.from('a little'))
    expect(existsSync(join(folder, 'a'))).toBe(false)
    await writer.discard()
    expect(existsSync(join(folder, 'a'))).toBe(false)
  })

  it('writes a small file at once that is whole and need not be flushed', async () => {
    const writer = writerTo('a')
    writer.write(Buffer.from('a '))
    writer.write(Buffer.from('little'))
    const finished = writer.finish()
    expect(read('a')).toBe('a little')
    expect(waitingBytes).toBe(0)
    await finished
    await writer.discard()
    expect(readdirSync(folder)).toEqual([])
  })

  it('refuses at once to write to a small file that is there', async () => {
    writeFileSync(join(folder, 'a'), 'mine')
    const writer = writerTo('a')
    writer.write(Buffer.from('other'))
    await expect(writer.finish()).rejects.toMatchObject({ code: 'EEXIST' })
    await writer.discard()
    expect(read('a')).toBe('mine')
    expect(waitingBytes).toBe(0)
  })

  it('writes what waits once its sender is quiet', async () => {
    const writer = writerTo('a')
    writer.write(Buffer.alloc(10_000, 'x'))
    await vi.waitUntil(() => waitingBytes === 0)
    expect(read('a')).toHaveLength(10_000)
    await writer.finish()
  })

  it('writes what came while it wrote, too, once its sender is quiet', async () => {
    const writer = writerTo('a')
    writer.write(Buffer.alloc(300_000))
    await vi.waitUntil(() => waitingBytes === 0)
    writer.write(Buffer.alloc(300_000))
    // That write has begun, and these are too few for one of their own.
    writer.write(Buffer.alloc(10_000))
    await vi.waitUntil(() => waitingBytes === 0, { timeout: 5000 })
    expect(read('a')).toHaveLength(610_000)
    await writer.finish()
  })

  it('appends from a byte on, and takes back only that', async () => {
    writeFileSync(join(folder, 'a'), 'hello')
    const appending = { startByte: 5, isAppending: true, durable: true }
    const first = writerTo('a', appending)
    first.write(Buffer.from(' world'))
    await first.finish()
    expect(read('a')).toBe('hello world')
    const second = writerTo('a', { ...appending, startByte: 11 })
    second.write(Buffer.alloc(300_000, 'x'))
    await vi.waitUntil(() => statSync(join(folder, 'a')).size === 300_011)
    await second.discard()
    expect(read('a')).toBe('hello world')
  })

  it('appends to no file but the one that was there, and cuts no other one', async () => {
    const appending = { startByte: 5, isAppending: true }
    const early = writerTo('a', appending)
    early.write(Buffer.from(' world'))
    await expect(early.finish()).rejects.toMatchObject({ code: 'ENOENT' })
    expect(readdirSync(folder)).toEqual([])

    writeFileSync(join(folder, 'a'), 'hello')
    const late = writerTo('a', appending)
    late.write(Buffer.alloc(300_000, 'x'))
    await vi.waitUntil(() => statSync(join(folder, 'a')).size === 300_005)
    rmSync(join(folder, 'a'))
    writeFileSync(join(folder, 'a'), 'of somebody else')
    await late.discard()
    expect(read('a')).toBe('of somebody else')
  })

  it('writes to no file that is there, nor through a link', async () => {
    writeFileSync(join(folder, 'taken'), 'mine')
    symlinkSync(join(folder, 'taken'), join(folder, 'link'))
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'))
    const failures: unknown[] = []
    for (const name of ['taken', 'link', 'dangling']) {
      const writer = writerTo(name, { onFailure: (error) => failures.push(error) })
      writer.write(Buffer.alloc(300_000))
      await expect(writer.finish()).rejects.toMatchObject({ code: 'EEXIST' })
      await writer.discard()
    }
    const appending = writerTo('link', { isAppending: true })
    await expect(appending.finish()).rejects.toMatchObject({ code: 'ELOOP' })
    expect(read('taken')).toBe('mine')
    expect(readdirSync(folder).sort()).toEqual(['dangling', 'link', 'taken'])
    expect(waitingBytes).toBe(0)
  })

  it('stays away once it is discarded, also in the middle of its work', async () => {
    for (const turns of [0, 1, 2, 3, 5, 8]) {
      const writer = writerTo('gone')
      writer.write(Buffer.alloc(2_000_000))
      for (let turn = 0; turn < turns; turn += 1)
        await new Promise((resolve) => setImmediate(resolve))
      const finished = turns % 2 === 0 ? writer.finish() : Promise.resolve()
      await Promise.all([finished, writer.discard()])
      await writer.finish()
      expect(readdirSync(folder)).toEqual([])
      expect(waitingBytes).toBe(0)
    }
  })
})
