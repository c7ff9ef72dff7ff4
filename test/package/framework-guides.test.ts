// The guides of docs/frameworks.md as their readers have them: pasted, compiled, started, and asked for
// what they promise; in `npm run matrix` also from the packed package, as npm installs it.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder, run, toolPath } from '../../tools/project.mjs'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { onePixel } from '../support/one-pixel.ts'
import { installPacked } from '../support/tarball.ts'
import { describeUnless } from '../support/unless.ts'

/** The guides' programs by the heading above them, and by how many came below it before. */
const guides: Readonly<Record<string, string>> = {
  'Express 1': '/files/',
  'Fastify 1': '/files/',
  'Koa 1': '/media/',
  'NestJS 1': '/files/',
  'NestJS 2': '/files/',
}

const frameworks = ['express', 'fastify', 'koa', 'reflect-metadata', 'rxjs']
const ofNest = ['common', 'core', 'platform-express', 'platform-fastify'].map(
  (name) => `@nestjs/${name}`,
)

/** Packages of Nest's that have another version than the rest. */
const nest11: Readonly<Record<string, string>> = { '@nestjs/platform-fastify': '11.2.8' }

const nodeMajor = Number.parseInt(process.versions.node, 10)

/** Where the guides are pasted, and what is there besides. */
interface Ground {
  readonly guides: readonly string[]
  /** The oldest major version of Node that npm installs it on. Default: any. */
  readonly minNode?: number
  /** What is in package.json and tsconfig.json. */
  readonly manifest: object
  readonly compilerOptions: object
  /** Puts titofisto and the frameworks into `node_modules`. */
  readonly install: (folder: string) => Promise<void>
}

const grounds: Readonly<Record<string, Ground>> = {
  'as it is here': {
    guides: Object.keys(guides),
    manifest: { type: 'module' },
    compilerOptions: {},
    install: linkPackages,
  },
  'packed and installed': {
    guides: Object.keys(guides),
    manifest: { type: 'module' },
    compilerOptions: {},
    // Nest 12 brings file-type 22.
    minNode: 22,
    install: (folder) => installPacked(folder, [...frameworks, ...ofNest, '@types/node']),
  },
  // What `npx @nestjs/cli@11 new` makes: CommonJS, by TypeScript 5.
  'packed and installed in a project of Nest 11': {
    guides: ['NestJS 1', 'NestJS 2'],
    manifest: {},
    compilerOptions: { moduleResolution: 'nodenext', esModuleInterop: true, isolatedModules: true },
    install: (folder) =>
      installPacked(folder, ['reflect-metadata', 'rxjs', '@types/node'], {
        ...Object.fromEntries(ofNest.map((name) => [name, nest11[name] ?? '11.2.10'])),
        typescript: '5.9.3',
      }),
  },
}

describe('docs/frameworks.md', () => {
  it('has the guides that are run here', async () => {
    const names = [...(await readPrograms()).keys()].filter((name) => name !== 'files')
    expect(names).toEqual(Object.keys(guides))
  })
})

for (const [name, ground] of Object.entries(grounds)) {
  const whyNot = whyNotHere(ground)
  describeUnless(whyNot, `docs/frameworks.md, ${name}`, () => describeGuides(ground))
}

function whyNotHere({ install, minNode = 0 }: Ground): string | null {
  if (nodeMajor < minNode) return `it needs Node ${minNode}`
  if (install === linkPackages || runsAllClients()) return null
  return 'it takes minutes, `npm run matrix` runs it'
}

function describeGuides(ground: Ground): void {
  let folder = ''
  let compilerSaid = ''

  beforeAll(async () => {
    if (isBuildNeeded()) {
      const { status, output } = await build()
      if (status !== 0) throw new Error(`The build failed:\n${output}`)
    }
    folder = await mkdtemp(path.join(tmpdir(), 'titofisto-guides-'))
    const inFolder = (file: string) => path.join(folder, file)
    await writeFile(inFolder('package.json'), JSON.stringify(ground.manifest))
    const compilerOptions = { ...settings.compilerOptions, ...ground.compilerOptions }
    await writeFile(inFolder('tsconfig.json'), JSON.stringify({ ...settings, compilerOptions }))
    await writeFile(inFolder('any-port.mjs'), anyPort)
    for (const [guide, program] of await readPrograms())
      if (guide === 'files' || ground.guides.includes(guide))
        await writeFile(inFolder(`${fileOf(guide)}.ts`), program)
    await ground.install(folder)
    const own = inFolder('node_modules/.bin/tsc')
    compilerSaid = (await run(existsSync(own) ? own : toolPath('tsc'), ['-p', folder])).output
  }, 600_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('has programs that compile', () => {
    expect(compilerSaid).toBe('')
  })

  it.each(ground.guides)('%s: an upload, and a link that works', async (name) => {
    const origin = await start(folder, fileOf(name))
    const body = new FormData()
    body.append('file', new Blob([onePixel], { type: 'image/png' }), 'me.png')
    const upload = await fetch(`${origin}/avatar`, { method: 'POST', body })
    expect(upload.ok).toBe(true)
    const { url } = (await upload.json()) as { url: string }
    expect(url.startsWith(guides[name] ?? '?')).toBe(true)
    const link = await fetch(origin + url)
    expect(link.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await link.arrayBuffer())).toEqual(onePixel)
    expect((await fetch(`${origin}${url}x`)).status).toBe(404)

    const wrong = new FormData()
    wrong.append('file', new Blob(['no picture'], { type: 'text/plain' }), 'me.png')
    const refused = await fetch(`${origin}/avatar`, { method: 'POST', body: wrong })
    expect(refused.status).toBe(415)
  })
}

async function linkPackages(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'node_modules'))
  const link = (name: string, to: string) => symlink(to, path.join(folder, 'node_modules', name))
  await link('titofisto', projectFolder)
  for (const name of ['@types', '@nestjs', ...frameworks])
    await link(name, path.join(projectFolder, 'node_modules', name))
}

/** Starts a program; it must end when it is told to. */
async function start(folder: string, name: string): Promise<string> {
  const inFolder = (file: string) => path.join(folder, file)
  const cwd = await mkdtemp(inFolder('run-'))
  await mkdir(path.join(cwd, 'media'))
  const child = fork(inFolder(`js/${name}.js`), {
    cwd,
    execArgv: ['--import', inFolder('any-port.mjs')],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      TITOFISTO_SECRET: 'a secret of at least 32 bytes, as asked',
    },
    silent: true,
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text))
  const port = await Promise.race([
    once(child, 'message').then(([message]) => message as number),
    ended.then(() => null),
  ])
  if (port === null) throw new Error(`The guide ended:\n${said}`)
  return `http://127.0.0.1:${port}`
}

/** `files.ts`, and each TypeScript below a heading. */
async function readPrograms(): Promise<ReadonlyMap<string, string>> {
  const guide = await readFile(path.join(projectFolder, 'docs/frameworks.md'), 'utf8')
  const found = new Map<string, string>()
  for (const section of guide.split(/^## /m)) {
    const [heading = ''] = section.split('\n')
    const blocks = [...section.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, block = '']) => block)
    for (const [index, block] of blocks.entries())
      found.set(block.startsWith('// files.ts') ? 'files' : `${heading} ${index + 1}`, block)
  }
  return found
}

function fileOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-')
}

const settings = {
  compilerOptions: {
    target: 'ES2022',
    module: 'NodeNext',
    strict: true,
    // Express and Koa bring no types.
    noImplicitAny: false,
    exactOptionalPropertyTypes: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
    types: ['node'],
    outDir: 'js',
  },
  include: ['*.ts'],
}

/** The guides listen at 3000; here it is whatever port is free. */
const anyPort = `
import { Server } from 'node:net'

const { listen } = Server.prototype
Server.prototype.listen = function (...args) {
  this.once('listening', () => process.send(this.address().port))
  return listen.call(this, { port: 0, host: '127.0.0.1' }, args.find((each) => typeof each === 'function'))
}
`
