// The package as its users get it: the packed tarball, in a project of its own.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder, toolPath } from '../../tools/project.mjs'
import { runsAllClients } from '../../tools/system-packages.mjs'

let folder = ''
let tarball = ''
let packedFiles: readonly string[] = []

beforeAll(async () => {
  if (isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) throw new Error(`The build failed:\n${output}`)
  }
  folder = await mkdtemp(path.join(tmpdir(), 'titofisto-pack-'))
  const packed = await pack()
  tarball = path.join(folder, packed.filename)
  packedFiles = packed.files.map((file) => file.path)
}, 120_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('packed tarball', () => {
  it('holds what was built, the license and the credit', () => {
    expect(packedFiles).toEqual(
      expect.arrayContaining(['LICENSE', 'NOTICE', 'dist/index.js', 'dist/index.d.ts']),
    )
  })

  it('holds no tests or tools', () => {
    const strays = packedFiles.filter((file) => /^(?:test|tools|bench|soak)\/|\.test\./.test(file))
    expect(strays).toEqual([])
  })

  it('holds the source that each of its maps points to', async () => {
    const maps = packedFiles.filter((file) => file.endsWith('.map'))
    expect(maps.length).toBeGreaterThan(100)
    for (const file of maps) {
      const { sources } = JSON.parse(await readFile(path.join(projectFolder, file), 'utf8'))
      for (const source of sources)
        expect(packedFiles).toContain(path.posix.join(path.posix.dirname(file), source))
    }
  })

  it("has a README without links that the registry's page would take for its own", async () => {
    const links = linksOf(await readFile(path.join(projectFolder, 'README.md'), 'utf8'))
    expect(links.filter((link) => !/^(?:https:\/\/|#)/.test(link))).toEqual([])
  })

  it('holds the pages that the README names, but for those it says are in the repository', async () => {
    const readme = await readFile(path.join(projectFolder, 'README.md'), 'utf8')
    const lines = readme.split('\n').filter((line) => !line.includes('in the repository:'))
    const named = [...lines.join('\n').matchAll(/`([\w/-]+\.md)`/g)].map((match) => match[1])
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((page) => !packedFiles.includes(page ?? ''))).toEqual([])
  })

  it('holds what its pages link to, but for the tests that docs/weaknesses.md names', async () => {
    const pages = packedFiles.filter((file) => file.endsWith('.md'))
    expect(pages).toContain('docs/slots.md')
    for (const page of pages) {
      const links = linksOf(await readFile(path.join(projectFolder, page), 'utf8'))
      const targets = links
        .filter((link) => !/^(?:https:\/\/|#)/.test(link))
        .map((link) => path.posix.join(path.posix.dirname(page), link.replace(/#.*/, '')))
        .filter((target) => page !== 'docs/weaknesses.md' || !target.startsWith('test/'))
      expect(
        targets.filter((target) => !packedFiles.includes(target)),
        page,
      ).toEqual([])
    }
  })

  it('passes publint', async () => {
    const said = await runHere(toolPath('publint'), ['run', tarball, '--strict'])
    expect(said).toContain('All good')
  })

  it('has types that resolve wherever its code does (attw)', async () => {
    const args = [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji']
    // Fails on any problem; the report then is the error's message.
    expect(await runHere(toolPath('attw'), args)).toContain('"titofisto"')
  })
})

describe('titofisto in an empty project', () => {
  const inProject = (name: string) => path.join(folder, name)
  let installSaid = ''

  beforeAll(async () => {
    const settings = { name: 'consumer', private: true, type: 'module' }
    await writeFile(inProject('package.json'), JSON.stringify(settings))
    const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball]
    const { stdout, stderr } = await promisify(execFile)('npm', args, { cwd: folder })
    installSaid = stdout + stderr
  }, 300_000)

  it('is installed without a warning', () => {
    expect(installSaid).not.toContain('warn')
  })

  it('needs no more than its four packages and theirs', async () => {
    const lock = JSON.parse(await readFile(inProject('package-lock.json'), 'utf8'))
    const direct = Object.keys(lock.packages['node_modules/titofisto'].dependencies)
    expect(direct).toEqual(['@standard-schema/spec', 'file-type', 'mime', 'uqr'])
    expect(Object.keys(lock.packages).length).toBeLessThan(20)
  })

  it('signs and verifies a link in plain JavaScript', async () => {
    await writeFile(inProject('plain.js'), plainConsumer)
    expect(await runHere(process.execPath, ['plain.js'])).toBe('200 hello\n')
  })

  it('serves a link and takes an upload, in ten lines', async () => {
    const lines = shortConsumer.trim().split('\n')
    expect(lines.length).toBeLessThanOrEqual(10)
    await writeFile(inProject('short.js'), shortConsumer + triedOut)
    await mkdir(inProject('media'))
    expect(await runHere(process.execPath, ['short.js'])).toBe(
      '200 {"name":"inbox/me.txt"} 200 Me\n',
    )
  })

  it('has adapters that load where no framework is installed', async () => {
    const names = adapters.map((name) => `titofisto/${name}`)
    const program = `for (const name of ${JSON.stringify(names)}) await import(name)`
    await writeFile(inProject('adapters.js'), program)
    expect(await runHere(process.execPath, ['adapters.js'])).toBe('')
  })

  it('is required by CommonJS, where Node can require ES modules', async () => {
    await writeFile(inProject('plain.cjs'), requiringConsumer)
    expect(await runHere(process.execPath, ['plain.cjs'])).toBe('function\n')
  })

  describe('type-checks in a strict project, declarations included,', () => {
    beforeAll(async () => {
      // The only package that our declarations take for granted, as every Node project has it.
      const types = path.join(projectFolder, 'node_modules', '@types')
      await symlink(types, inProject('node_modules/@types'))
    })

    it.each(compilersAndModules)('%s, %s', async (_, module, compiler) => {
      await writeFile(inProject('typed.ts'), typedConsumer)
      await writeFile(inProject('tsconfig.json'), JSON.stringify(consumerConfig(module)))
      expect(await compile(compiler)).toBe('')
    })

    it('and fails where an option is wrong', async () => {
      await writeFile(inProject('typed.ts'), typedConsumer.replace('storage:', 'storge:'))
      await writeFile(inProject('tsconfig.json'), JSON.stringify(consumerConfig('nodenext')))
      await expect(compile('typescript')).rejects.toThrow('storge')
    })

    function compile(compiler: string): Promise<string> {
      const tsc = path.join(projectFolder, 'node_modules', compiler, 'bin', 'tsc')
      return runHere(process.execPath, [tsc, '-p', folder])
    }
  })

  it('runs its command', async () => {
    const secret = await runHere('npx', ['--no', 'titofisto', 'secret'])
    expect(secret.trim().length).toBeGreaterThanOrEqual(32)
  })
})

/** The oldest compiler that is held to read our declarations, one between (in the matrix), and our own. */
const compilersAndModules = [
  ['TypeScript 5.4', 'typescript-5.4'],
  ...(runsAllClients() ? [['TypeScript 5.9', 'typescript-5.9']] : []),
  ['TypeScript 7', 'typescript'],
].flatMap(([label = '', compiler = '']) =>
  ['nodenext', 'bundler'].map((module) => [label, module, compiler] as const),
)

const plainConsumer = `
import { mkdtempSync, rmSync } from 'node:fs'
import { createTitofisto, createLocalStorage } from 'titofisto'

const root = mkdtempSync('media-')
const storage = createLocalStorage({ root })
const files = createTitofisto({ secret: 'a secret of at least 32 bytes, as asked', storage })
const name = await storage.save('a.txt', Buffer.from('hello'))
const url = new URL(await files.url(name), 'http://localhost')
const response = await files.fetch(new Request(url))
console.log(response.status, await response.text())
rmSync(root, { recursive: true })
`

const shortConsumer = `
import { createServer } from 'node:http'
import { createLocalStorage, createTitofisto } from 'titofisto'
const storage = createLocalStorage({ root: './media' })
const files = createTitofisto({ secret: 'a secret of at least 32 bytes, as asked', storage })
const inbox = files.slot('inbox', {
  handler: async ({ file }) => ({ name: await file.save('inbox/' + file.name) }),
})
const server = createServer(files.handler).listen(0, '127.0.0.1')
`

const triedOut = `
server.on('listening', async () => {
  const origin = 'http://127.0.0.1:' + server.address().port
  const body = new FormData()
  body.append('file', new Blob(['Me']), 'me.txt')
  const upload = await fetch(origin + (await inbox.url()), { method: 'POST', body })
  const answer = await upload.text()
  const link = await fetch(origin + (await files.url('inbox/me.txt')))
  console.log(upload.status, answer, link.status, await link.text())
  server.close()
  server.closeAllConnections()
  await files.close()
})
`

const adapters = [
  'express',
  'fastify',
  'flydrive',
  'graphql',
  'hono',
  'koa',
  'mcp',
  'nest',
  'next',
  'pothos',
  'prometheus',
]

const requiringConsumer = `
const { createTitofisto } = require('titofisto')
console.log(typeof createTitofisto)
`

const typedConsumer = `
import { createServer } from 'node:http'
import { createLocalStorage, createTitofisto, isTitofistoError } from 'titofisto'
import type { Storage, TitofistoErrorCode, UploadResult } from 'titofisto'
import { serveFiles } from 'titofisto/express'
import { leaveBodies, serveFiles as plugin } from 'titofisto/fastify'
import { serveFiles as middleware } from 'titofisto/koa'
import { Titofisto, TitofistoModule, UploadExceptionFilter } from 'titofisto/nest'

const storage: Storage = createLocalStorage({ root: './media' })
const files = createTitofisto({ secret: ['newest', 'older'], storage: storage })
export const url: Promise<string> = files.url('a.txt', { expiresIn: 600 })
export const server = createServer(files.handler)
export const served = [serveFiles(files), plugin(files), leaveBodies, middleware(files)]
export const nest = [TitofistoModule.forRoot(files), Titofisto, UploadExceptionFilter]
export const fetch: (request: Request) => Promise<Response> = files.fetch
const avatar = files.slot<{ userId: string }>('avatar', {
  accept: ['image/*'],
  handler: async ({ args, file }) => ({ name: await file.save(\`avatars/\${args.userId}\`) }),
})
export const slotUrl: Promise<string> = avatar.url({ userId: '15' })
const note = files.slot('note', { handler: () => ({ at: new Date() }) })
export const answer: UploadResult<typeof note> = { at: '2026-11-26T00:00:00.000Z' }
export const received: (request: Request) => Promise<string> = (request) =>
  files.receive(request, { maxBytes: 1000 }, ({ file }) => file.save('notes/1.txt'))
export function codeOf(error: unknown): TitofistoErrorCode | null {
  return isTitofistoError(error) ? error.code : null
}
`

function consumerConfig(module: string): object {
  return {
    compilerOptions: {
      target: 'ES2022',
      module: module === 'bundler' ? 'ESNext' : module,
      moduleResolution: module,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: ['node'],
      noEmit: true,
    },
    files: ['typed.ts'],
  }
}

/** The targets of Markdown links, code left out. */
function linksOf(page: string): string[] {
  const prose = page.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
}

async function pack(): Promise<{ filename: string; files: { path: string }[] }> {
  // Without scripts: `prepack` would build dist/ anew under the feet of other tests.
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  return JSON.parse(await runHere('npm', args, projectFolder))[0]
}

/** What a command says on stdout; where it fails, the error has all of its words. */
async function runHere(command: string, args: readonly string[], cwd = folder): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${path.basename(command)} failed:\n${stdout}${stderr}`))
    })
  })
}
