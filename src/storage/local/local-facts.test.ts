import { execFileSync } from 'node:child_process'
import { utimesSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage } from './local.ts'
import type { LocalStorage } from './local.ts'
import type { FileFacts } from '../storage.ts'

let root: string
let storage: LocalStorage

beforeEach(async () => {
  root = await fs.realpath(await fs.mkdtemp(join(tmpdir(), 'titofisto-facts-')))
  await fs.writeFile(join(root, 'f'), 'inside')
  storage = createLocalStorage({ root })
})

afterEach(async () => {
  await fs.rm(root, { recursive: true, force: true })
})

async function statFacts(name: string): Promise<FileFacts> {
  const facts = await storage.stat(name)
  if (facts === null) throw new Error(`there is no ${name}`)
  return facts
}

describe('the facts of a file', () => {
  it('have the time to the nanosecond, and whole microseconds in the version, cut', async () => {
    execFileSync('touch', ['-d', '@1700000000.123456789', join(root, 'f')])
    expect(await statFacts('f')).toMatchObject({
      mtimeMs: 1_700_000_000_123,
      mtimeNs: '1700000000123456789',
      version: '1700000000123456-6',
      sizeBytes: 6,
    })
  })

  it('cut towards the past before 1970 too', async () => {
    execFileSync('touch', ['-d', '@-1.000000001', join(root, 'f')])
    const { mtimeMs, mtimeNs, version } = await statFacts('f')
    expect(mtimeMs).toBe(-1001)
    expect(mtimeNs).toBe('-1000000001')
    expect(version).toBe('-1000001-6')
  })

  it('have a version at and about 1970 that is no empty text', async () => {
    for (const [seconds, version] of [
      ['0', '0-6'],
      ['0.000000999', '0-6'],
      ['0.000001', '1-6'],
      ['-0.000000001', '-1-6'],
    ] as const) {
      execFileSync('touch', ['-d', `@${seconds}`, join(root, 'f')])
      expect((await statFacts('f')).version, seconds).toBe(version)
    }
  })

  it('are the same on every server that has the file with its time', async () => {
    await fs.copyFile(join(root, 'f'), join(root, 'g'))
    for (const name of ['f', 'g']) await fs.utimes(join(root, name), 5, 5)
    const [f, g] = [await statFacts('f'), await statFacts('g')]
    expect(g.version).toBe(f.version)
    expect(g.etag).toBe(f.etag)
  })
})

/** What JSON can say. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

describe('facts as JSON', () => {
  it('are what they are, by the types too', async () => {
    const facts = await statFacts('f')
    // An interface is no index signature; its fields are.
    const json: { readonly [Field in keyof FileFacts]: FileFacts[Field] & (Json | undefined) } =
      facts
    expect(JSON.parse(JSON.stringify(json))).toEqual({ ...facts })
    expect(structuredClone(facts)).toEqual({ ...facts })
    const { files, next } = await storage.list()
    expect(JSON.parse(JSON.stringify({ files, next }))).toEqual({
      files: [{ ...facts }],
      next: null,
    })
  })

  it('show no path', async () => {
    expect(JSON.stringify(await storage.list())).not.toContain(root)
  })
})

describe('isUnchanged', () => {
  it('knows a file again, whatever its time', async () => {
    const path = join(root, 'f')
    const time = fc.double({ min: -1e9, max: 4e9, noNaN: true })
    await fc.assert(
      fc.asyncProperty(time, async (seconds) => {
        utimesSync(path, seconds, seconds)
        expect(storage.isUnchanged?.(await statFacts('f'))).toBe(true)
      }),
    )
  })

  const changes: [string, (path: string) => Promise<unknown>][] = [
    ['written to', (path) => fs.appendFile(path, '!')],
    ['overwritten with as many bytes, its time set back', overwriteInSecret],
    ['touched', (path) => fs.utimes(path, 5, 5)],
    ['given another mode', (path) => fs.chmod(path, 0o600)],
    ['removed', (path) => fs.unlink(path)],
    ['replaced', replaceFile],
    ['made a folder', makeFolder],
    ['behind a loop', makeLoop],
  ]

  it.each(changes)('says no once the file was %s', async (_, change) => {
    const facts = await statFacts('f')
    expect(storage.isUnchanged?.(facts)).toBe(true)
    await change(join(root, 'f'))
    expect(storage.isUnchanged?.(facts)).toBe(false)
  })

  it("can't tell of facts it didn't give", async () => {
    expect(storage.isUnchanged?.({ ...(await statFacts('f')) })).toBeUndefined()
  })

  async function overwriteInSecret(path: string) {
    const { atime, mtime } = await fs.stat(path)
    await fs.writeFile(path, 'INSIDE')
    await fs.utimes(path, atime, mtime)
  }

  async function replaceFile(path: string) {
    await fs.writeFile(`${path}.new`, 'inside')
    await fs.rename(`${path}.new`, path)
  }

  async function makeFolder(path: string) {
    await fs.unlink(path)
    await fs.mkdir(path)
  }

  async function makeLoop(path: string) {
    await fs.unlink(path)
    await fs.symlink('f', path)
  }
})
