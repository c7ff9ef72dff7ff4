// The examples of the docstrings, as an editor shows them: compiled against the package's types, and
// run, each in a process and a folder of its own. doc-examples.ts says how they state their results.

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { compilerPath, projectFolder } from '../../tools/project.mjs'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { findRedis, startRedis } from '../support/engines/redis.mjs'
import { listPublicFunctions, needsRedis, needsSqlite, toProgram } from './doc-examples.ts'

const functions = listPublicFunctions()
const programs = functions.flatMap(({ name, examples }) =>
  examples.map((example, index) => ({ name: `${name}.${index + 1}`, example })),
)

// Their engines are not everywhere.
// All are compiled; a process for each takes minutes, so two of three are run by `npm run matrix` alone.
const runPrograms = programs.filter(({ name, example }, index) => {
  if (!runsAllClients() && index % 3 !== 0) return false
  const lacksRedis = needsRedis(example) && findRedis() === null
  const lacksSqlite = needsSqlite(example) && process.getBuiltinModule('node:sqlite') === undefined
  const why = lacksRedis ? 'redis-server is not installed' : 'this Node has no SQLite'
  if (lacksRedis || lacksSqlite) console.warn(`Not run, since ${why}: the example ${name}.`)
  return !lacksRedis && !lacksSqlite
})

const wrongExamples = [
  ['says something else', `await storage.exists('report.pdf') //=> false`],
  ['leaves out a field', `await storage.stat('report.pdf') //=> { name: 'report.pdf' }`],
  ['speaks of a line that never runs', `if (origin === '') {\n  origin.length //=> 0\n}`],
  ['promises an error', `await storage.stat('report.pdf') //=> throws name-invalid`],
  ['promises another error', `await storage.save('..', '') //=> throws file-missing`],
].map(([name = '', example = '']) => ({ name, example }))

let folder = ''
let redis: Awaited<ReturnType<typeof startRedis>> | null = null
let compilerSaid = ''

beforeAll(async () => {
  if (isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) throw new Error(`The build failed:\n${output}`)
  }
  folder = await mkdtemp(path.join(tmpdir(), 'titofisto-examples-'))
  const inFolder = (name: string) => path.join(folder, name)
  await mkdir(inFolder('node_modules'))
  await symlink(projectFolder, inFolder('node_modules/titofisto'))
  if (findRedis() !== null) redis = await startRedis()
  const linked = ['@aws-sdk', '@electric-sql', '@smithy', '@types', 'ioredis', 'prom-client']
  for (const name of linked)
    await symlink(path.join(projectFolder, 'node_modules', name), inFolder(`node_modules/${name}`))
  await writeFile(inFolder('package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(inFolder('tsconfig.json'), JSON.stringify(settings))
  await cp(new URL('../support/example-checks.ts', import.meta.url), inFolder('example-checks.ts'))
  await writeFile(inFolder('given.ts'), given)
  for (const { name, example } of [...programs, ...wrongExamples])
    await writeFile(inFolder(`${name}.ts`), toProgram(example))
  compilerSaid = await promisify(execFile)(compilerPath, ['-p', folder]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  )
}, 300_000)

afterAll(async () => {
  await redis?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('each public function', () => {
  it.each(functions)('$name has an example', ({ examples }) => {
    expect(examples).not.toEqual([])
  })

  it('is found, whatever it is', () => {
    expect(functions.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'createTitofisto',
        'SlotRejection',
        'slotStoreContract',
        'Storage.save',
        'Titofisto.handler',
      ]),
    )
  })
})

describe('the examples', () => {
  it("compile against the package's types", () => {
    expect(compilerSaid).toBe('')
  })

  it.each(runPrograms)('$name gives what it says', async ({ name }) => {
    expect(await run(name)).toBe('')
  })
})

describe('an example', () => {
  it.each(wrongExamples)('that $name fails', async ({ name }) => {
    expect(await run(name)).toMatch(/^The example /)
  })
})

/** Runs a program, and gives its complaints. */
async function run(name: string): Promise<string> {
  const cwd = await mkdtemp(path.join(folder, 'run-'))
  await mkdir(path.join(cwd, 'media'))
  const env = {
    PATH: process.env['PATH'],
    TITOFISTO_SECRET: 'A secret, of 32 bytes or more, as asked',
    REDIS_PORT: String(redis?.port ?? 0),
    // It says on Node 20 what it will want one day.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(folder, 'js', `${name}.js`)],
      { cwd, env },
      (error, _, stderr) => {
        resolve(error === null ? stderr : `${stderr}${error.message}`)
      },
    )
  })
}

const settings = {
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    outDir: 'js',
  },
}

/** What an example can use without having made it. */
const given = `
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFileSlotStore, createLocalStorage, createTitofisto } from 'titofisto'
import type { UploadedFile } from 'titofisto'
import { atEnd } from './example-checks.js'

export { once } from 'node:events'
export { createWriteStream } from 'node:fs'
export { writeFile } from 'node:fs/promises'
export { createServer } from 'node:http'
export { pipeline } from 'node:stream/promises'
export { createGzip } from 'node:zlib'

export const secret = 'Another secret, of 32 bytes or more'
export const storage = createLocalStorage({ root: 'media' })
await storage.save('report.pdf', 'A report')
await storage.save('photos/cat.jpg', 'A cat')
await storage.save('photos/dog.jpg', 'A dog')

export const store = createFileSlotStore({ folder: 'records' })
export const files = createTitofisto({ secret, storage, slotStore: store })
export const avatar = files.slot('avatar', {
  handler: ({ file }) => file.save('avatars/me.png', { onTaken: 'replace' }),
})

export const server = createServer(files.handler).listen(0, '127.0.0.1')
await once(server, 'listening')
export const origin = \`http://127.0.0.1:\${(server.address() as AddressInfo).port}\`
atEnd.push(() => files.close(), () => server.close(), () => server.closeAllConnections())

// By names that the compiler does not follow: what is checked is how the store is used.
const packages: Record<'redis' | 'postgres', string> = {
  redis: 'ioredis',
  postgres: '@electric-sql/pglite',
}

/** A client of the Redis that is there for the examples. */
export async function openRedis() {
  const { Redis } = await import(packages.redis)
  const client = new Redis(Number(process.env.REDIS_PORT))
  atEnd.push(() => client.disconnect())
  return client
}

/** A PostgreSQL in this process. */
export async function openPostgres() {
  const { PGlite } = await import(packages.postgres)
  const client = await PGlite.create()
  atEnd.push(() => client.close())
  return client
}

/** Uploads "Hello", and gives it as a handler has it that ends when the example does. */
export async function uploadFile(): Promise<UploadedFile> {
  return new Promise((resolve) => {
    const waiting = files.slot('waiting', {
      handler: ({ file }) => {
        resolve(file)
        return new Promise<void>((done) => atEnd.unshift(done, () => answered))
      },
    })
    const answered = waiting
      .url()
      .then((url) => fetch(origin + url, { method: 'PUT', body: 'Hello' }))
  })
}
`
