// The guides of docs/frameworks.md as their readers have them: pasted, compiled, started, and asked for
// what they promise.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder, run, toolPath } from '../../tools/project.mjs'
import { onePixel } from '../support/one-pixel.ts'

/** The guides' programs by the heading above them, and by how many came below it before. */
const guides: Readonly<Record<string, string>> = {
  'Express 1': '/files/',
  'Fastify 1': '/files/',
  'Koa 1': '/media/',
  'NestJS 1': '/files/',
  'NestJS 2': '/files/',
}

let folder = ''
const inFolder = (name: string) => path.join(folder, name)
let compilerSaid = ''
let programs: ReadonlyMap<string, string>

beforeAll(async () => {
  if (isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) throw new Error(`The build failed:\n${output}`)
  }
  folder = await mkdtemp(path.join(tmpdir(), 'titofisto-guides-'))
  const guide = await readFile(path.join(projectFolder, 'docs/frameworks.md'), 'utf8')
  programs = readPrograms(guide)
  await mkdir(inFolder('node_modules'))
  await symlink(projectFolder, inFolder('node_modules/titofisto'))
  const packages = ['@types', '@nestjs', 'express', 'fastify', 'koa', 'reflect-metadata', 'rxjs']
  for (const name of packages)
    await symlink(path.join(projectFolder, 'node_modules', name), inFolder(`node_modules/${name}`))
  await writeFile(inFolder('package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(inFolder('tsconfig.json'), JSON.stringify(settings))
  await writeFile(inFolder('any-port.mjs'), anyPort)
  for (const [name, program] of programs) await writeFile(inFolder(`${fileOf(name)}.ts`), program)
  compilerSaid = (await run(toolPath('tsc'), ['-p', folder])).output
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('docs/frameworks.md', () => {
  it('has the guides that are run here', () => {
    const names = [...programs.keys()].filter((name) => name !== 'files')
    expect(names).toEqual(Object.keys(guides))
  })

  it('has programs that compile', () => {
    expect(compilerSaid).toBe('')
  })

  it.each(Object.entries(guides))('%s: an upload, and a link that works', async (name, prefix) => {
    const origin = await start(fileOf(name))
    const body = new FormData()
    body.append('file', new Blob([onePixel], { type: 'image/png' }), 'me.png')
    const upload = await fetch(`${origin}/avatar`, { method: 'POST', body })
    expect(upload.ok).toBe(true)
    const { url } = (await upload.json()) as { url: string }
    expect(url.startsWith(prefix)).toBe(true)
    const link = await fetch(origin + url)
    expect(link.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await link.arrayBuffer())).toEqual(onePixel)
    expect((await fetch(`${origin}${url}x`)).status).toBe(404)

    const wrong = new FormData()
    wrong.append('file', new Blob(['no picture'], { type: 'text/plain' }), 'me.png')
    const refused = await fetch(`${origin}/avatar`, { method: 'POST', body: wrong })
    expect(refused.status).toBe(415)
  })
})

/** Starts a program; it must end when it is told to. */
async function start(name: string): Promise<string> {
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
function readPrograms(guide: string): ReadonlyMap<string, string> {
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
