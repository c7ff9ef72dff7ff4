import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { compileSource } from '../../../tools/compile-source.mjs'
import type { CompiledSource } from '../../../tools/compile-source.mjs'
import { describeUnless } from '../../../test/support/unless.ts'

const isAdministrator = process.getuid?.() === 0
const nobody = 65_534

let compiled: CompiledSource
let folder: string

beforeAll(async () => {
  compiled = await compileSource()
  folder = await fs.mkdtemp(join(tmpdir(), 'titofisto-limits-'))
  // Another user has to reach both.
  await fs.chmod(folder, 0o755)
  await fs.cp(compiled.folder, join(folder, 'source'), { recursive: true })
  await fs.chmod(join(folder, 'source'), 0o755)
  await fs.writeFile(join(folder, 'package.json'), '{"type":"module"}')
})

afterAll(async () => {
  await compiled.remove()
  await fs.rm(folder, { recursive: true, force: true })
})

let root: string

beforeEach(async () => {
  root = await fs.mkdtemp(join(folder, 'root-'))
  await fs.chmod(root, 0o755)
  await fs.writeFile(join(root, 'f'), 'hello', { mode: 0o644 })
})

/** Runs a program that has a `storage` on the root and `outcomeOf(promise)`; gives its JSON. */
async function run(program: string, { maxDescriptors = 1024, asNobody = false } = {}) {
  const path = join(root, '.program.mjs')
  const prelude = `
    import * as fs from 'node:fs'
    import { createLocalStorage } from ${JSON.stringify(join(folder, 'source/storage/local/local.js'))}
    const root = ${JSON.stringify(root)}
    const storage = createLocalStorage({ root, durable: false })
    const outcomeOf = async (promise) => {
      try {
        const value = await promise
        await value?.close?.()
        return value === null || typeof value !== 'object' ? value : 'opened'
      } catch (error) {
        return error.code + ' ' + error.message
      }
    }
  `
  await fs.writeFile(path, prelude + program)
  const identity = asNobody ? { uid: nobody, gid: nobody } : {}
  const limited = ['-c', `ulimit -n ${maxDescriptors}; exec "$0" "$1"`, process.execPath, path]
  const child = spawn('sh', limited, { ...identity, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  expect(await exited).toEqual([0, null])
  return JSON.parse(text)
}

describe('a process without descriptors left', () => {
  it('is told storage-failed, not that files are missing, and goes on once it has some', async () => {
    const outcomes = await run(
      `
      await storage.save('g', 'x')
      const held = []
      try { for (;;) held.push(fs.openSync('/dev/null')) } catch {}
      const starved = [
        await outcomeOf(storage.open('f')),
        await outcomeOf(storage.save('h', 'x')),
        await outcomeOf(storage.delete('f')),
        await outcomeOf(storage.list()),
      ]
      for (const descriptor of held) fs.closeSync(descriptor)
      const fed = [await outcomeOf(storage.open('f')), await outcomeOf(storage.save('h', 'x'))]
      console.log(JSON.stringify({ starved, fed, left: fs.readdirSync(root + '/.titofisto/tmp') }))
    `,
      { maxDescriptors: 60 },
    )
    expect(outcomes).toEqual({
      starved: [
        'storage-failed The storage could not open a file (EMFILE).',
        'storage-failed The storage could not make a temporary file (EMFILE).',
        'storage-failed The storage could not open a folder (EMFILE).',
        'storage-failed The storage could not open a folder (EMFILE).',
      ],
      fed: ['opened', 'h'],
      left: [],
    })
  })
})

describeUnless(isAdministrator ? null : 'only root becomes another user', 'another user', () => {
  it("gets null for what it can't read, and the rest is listed", async () => {
    await fs.writeFile(join(root, 'secret'), 'x', { mode: 0o600 })
    await fs.mkdir(join(root, 'closed'), { mode: 0o700 })
    await fs.writeFile(join(root, 'closed/f'), 'x')
    const outcomes = await run(
      `
      const names = (await storage.list()).files.map((facts) => facts.name)
      console.log(JSON.stringify({
        secret: await outcomeOf(storage.open('secret')),
        closed: await outcomeOf(storage.open('closed/f')),
        f: await outcomeOf(storage.open('f')),
        names,
      }))
    `,
      { asNobody: true },
    )
    expect(outcomes).toEqual({
      secret: null,
      closed: null,
      f: 'opened',
      names: ['.program.mjs', 'f'],
    })
  })

  it("is told storage-failed for what it can't write, without a path", async () => {
    const outcomes = await run(
      `
      console.log(JSON.stringify([
        await outcomeOf(storage.save('new', 'x')),
        await outcomeOf(storage.delete('f')),
        await outcomeOf(storage.move('f', 'g')),
      ]))
    `,
      { asNobody: true },
    )
    expect(outcomes).toEqual([
      'storage-failed The storage could not make its private folder (EACCES).',
      'storage-failed The storage could not remove a file (EACCES).',
      'storage-failed The storage could not move a file (EACCES).',
    ])
    expect(await fs.readFile(join(root, 'f'), 'utf8')).toBe('hello')
  })

  it("is told which option is wrong where it can't read the root", async () => {
    await fs.mkdir(join(root, 'closed'), { mode: 0o700 })
    const message = await run(
      `
      try {
        createLocalStorage({ root: root + '/closed' })
      } catch (error) {
        console.log(JSON.stringify(error.name + ': ' + error.message))
      }
    `,
      { asNobody: true },
    )
    expect(message).toBe(
      `TypeError: createLocalStorage(): option "root" (${join(root, 'closed')}) can not be read by this user.`,
    )
  })

  it('can move a file that it does not own, in a folder that it may write', async () => {
    await fs.chmod(root, 0o777)
    expect(
      await run(
        `console.log(JSON.stringify([await storage.move('f', 'g'), fs.readFileSync(root + '/g', 'utf8')]))`,
        { asNobody: true },
      ),
    ).toEqual(['g', 'hello'])
    expect((await fs.readdir(root)).toSorted()).toEqual(['.program.mjs', 'g'])
  })
})
