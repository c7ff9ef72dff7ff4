// Savers of one name in several processes at once: real ones, on one folder.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compileSource } from '../../../tools/compile-source.mjs'
import type { CompiledSource } from '../../../tools/compile-source.mjs'
import { createLocalStorage } from './local.ts'
import type { LocalStorage } from './local.ts'

let folder: string
let root: string
let storage: LocalStorage

beforeEach(async () => {
  folder = await fs.realpath(await fs.mkdtemp(join(tmpdir(), 'titofisto-races-')))
  root = join(folder, 'root')
  await fs.mkdir(root)
  storage = createLocalStorage({ root, durable: false })
})

afterEach(async () => {
  await fs.rm(folder, { recursive: true, force: true })
})

describe('several processes', () => {
  let compiled: CompiledSource

  beforeAll(async () => {
    compiled = await compileSource()
  })

  afterAll(async () => {
    await compiled.remove()
  })

  /** Starts a program that has `storage` on the root and what `process.argv` gives it. */
  async function startSaver(program: string, ...args: string[]) {
    const prelude = `
      import { createLocalStorage } from ${JSON.stringify(`${compiled.folder}/storage/local/local.js`)}
      const storage = createLocalStorage({ root: ${JSON.stringify(root)}, durable: false })
    `
    const path = join(folder, `saver-${args.join('-')}.mjs`)
    await fs.writeFile(path, prelude + program)
    return spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  }

  /** Lets eight of them save at the same moment and gives what they print, a line each. */
  async function race(program: string): Promise<string[]> {
    const savers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        startSaver(
          `process.stdout.write('\\n')\nawait new Promise((go) => process.stdin.once('data', go))\nprocess.stdin.destroy()\n${program}`,
          String(i),
        ),
      ),
    )
    const outputs = savers.map(async ({ stdout }) => {
      let text = ''
      for await (const chunk of stdout) text += String(chunk)
      return text
    })
    await Promise.all(savers.map(({ stdout }) => once(stdout, 'readable')))
    for (const saver of savers) saver.stdin.write('go')
    return (await Promise.all(outputs)).flatMap((text) => text.split('\n').filter(Boolean))
  }

  it('saving one name, 8 of them 100 times each, lose none of 800 files', async () => {
    const lines = await race(`
      for (let i = 0; i < 100; i++) {
        const text = process.argv[2] + '-' + i
        console.log(JSON.stringify([await storage.save('a/f.txt', text), text]))
      }
    `)
    const saved = new Map<string, string>(lines.map((line) => JSON.parse(line)))
    expect(lines).toHaveLength(800)
    expect(saved.size).toBe(800)
    expect(new Set(saved.values()).size).toBe(800)
    for (const [name, text] of saved) expect(await fs.readFile(join(root, name), 'utf8')).toBe(text)
    expect((await storage.list()).files.map(({ name }) => name)).toEqual(
      [...saved.keys()].sort(undefined),
    )
    expect(readdirSync(join(root, '.titofisto/tmp'))).toEqual([])
  })

  it('saving one name with 3 MiB each lose no byte of them', async () => {
    const lines = await race(`
      const byte = Number(process.argv[2]) + 1
      async function* pieces() {
        for (let i = 0; i < 48; i++) yield Buffer.alloc(65_536, byte)
      }
      for (let i = 0; i < 3; i++) console.log(JSON.stringify([await storage.save('f', pieces()), byte]))
    `)
    const saved = new Map<string, number>(lines.map((line) => JSON.parse(line)))
    expect(saved.size).toBe(24)
    for (const [name, byte] of saved) {
      const bytes = await fs.readFile(join(root, name))
      expect(bytes.equals(Buffer.alloc(3 * 1024 * 1024, byte))).toBe(true)
    }
  })

  it('replacing one name always show one of them whole', async () => {
    await storage.save('f', Buffer.alloc(300_000, 9))
    const over = new AbortController()
    const racing = race(`
      for (let i = 0; i < 20; i++)
        await storage.save('f', Buffer.alloc(300_000, Number(process.argv[2])), { onTaken: 'replace' })
    `).finally(() => over.abort())
    while (!over.signal.aborted) {
      const opened = await storage.open('f')
      const seen = new Set<number>()
      for await (const chunk of opened?.chunks(0, 300_000) ?? [])
        for (const byte of chunk) seen.add(byte)
      await opened?.close()
      expect(seen.size).toBe(1)
    }
    await racing
  })

  it('killed while they save leave nothing visible, and what they leave is swept', async () => {
    const saver = await startSaver(
      `
      async function* endless() {
        for (let i = 0; ; i++) {
          yield Buffer.alloc(65_536, 1)
          if (i === 50) process.stdout.write('writing')
          if (i > 50) await new Promise(() => setTimeout(() => {}, 1e6))
        }
      }
      await storage.save('a/f', endless())
    `,
      'killed',
    )
    await once(saver.stdout, 'data')
    expect(readdirSync(join(root, '.titofisto/tmp'))).toHaveLength(1)
    const gone = once(saver, 'exit')
    saver.kill('SIGKILL')
    await gone
    expect(await storage.exists('a/f')).toBe(false)
    expect((await storage.list()).files).toEqual([])
    expect(await storage.save('a/f', 'again')).toBe('a/f')
    expect(await storage.removeStaleTemporaries(-1000)).toBe(1)
    const left = await fs.readdir(root, { recursive: true })
    expect(left.sort(undefined)).toEqual(['.titofisto', '.titofisto/tmp', 'a', 'a/f'])
  })
})
