// The commands of docs/cli.md, run by a shell as they stand there, in a project that has titofisto.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLocalStorage, createTitofisto } from '../../src/index.ts'
import { projectFolder } from '../../tools/project.mjs'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { navigate } from '../support/navigate.ts'
import { cliPath, makeTemporaryFolder, secret } from './command-line.ts'

const page = readFileSync(path.join(projectFolder, 'docs/cli.md'), 'utf8')

/** The page's blocks of a language, `''` for none, in their order. */
function blocksOf(language: string): string[] {
  // Fences come in turns: one begins a block, the next one ends it.
  const parts = page.split(/^```/m).filter((_, index) => index % 2 === 1)
  const ofIt = parts.filter((part) => part.startsWith(`${language}\n`))
  return ofIt.map((part) => part.slice(language.length + 1))
}

const snippets = blocksOf('sh')

/** A project with files to serve, in which the command is installed. */
function makeProject() {
  const folder = makeTemporaryFolder()
  const inFolder = (name: string) => path.join(folder, name)
  for (const name of ['files/photos', 'node_modules/.bin'])
    mkdirSync(inFolder(name), { recursive: true })
  symlinkSync(projectFolder, inFolder('node_modules/titofisto'))
  symlinkSync(cliPath, inFolder('node_modules/.bin/titofisto'))
  writeFileSync(inFolder('package.json'), '{ "private": true }')
  writeFileSync(inFolder('files/report.pdf'), '%PDF-1.7 A report')
  writeFileSync(inFolder('files/photos/me.jpg'), 'me')
  writeFileSync(inFolder('photo.jpg'), drawPicture())
  return { folder, inFolder }
}

/** A running shell. */
interface Shell {
  /** Resolves with the first match in what was written to stdout; rejects where the shell ends before. */
  find(pattern: RegExp): Promise<string>
  readonly ended: Promise<{ exitCode: number | null; stdout: string }>
}

/** Runs lines of a shell, with the project's command; what they have started ends with the test. */
function run(
  lines: string,
  folder: string,
  options: { cwd?: string; secret?: string } = {},
): Shell {
  const child = spawn('bash', ['-ec', lines], {
    cwd: options.cwd ?? folder,
    env: {
      PATH: [
        `${folder}/node_modules/.bin`,
        path.dirname(process.execPath),
        process.env['PATH'],
      ].join(':'),
      HOME: folder,
      XDG_STATE_HOME: folder,
      TITOFISTO_PORT: '0',
      ...(options.secret !== undefined && { TITOFISTO_SECRET: options.secret }),
    },
    // A group of its own: npx starts others.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    stdout,
  }))
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      process.kill(-child.pid, 'SIGKILL')
    await ended
  })
  return {
    ended,
    find: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const [found] = pattern.exec(stdout) ?? []
          if (found !== undefined) resolve(found)
        }
        child.stdout.on('data', look)
        look()
        void ended.then(() =>
          reject(new Error(`It ended before it said ${pattern}:\n${stdout}${stderr}`)),
        )
      }),
  }
}

const firstLink = /http:\/\/\S+(?=\s)/
const isWelcome = /Stop with Ctrl-C/

describe('the commands of docs/cli.md', () => {
  it('are all run here', () => {
    expect(snippets).toHaveLength(6)
    // One of them is run by s3.test.ts.
    expect(blocksOf('')).toHaveLength(11)
  })

  it('serve a folder, print links and slots, explain them, and print a secret', async () => {
    const { folder } = makeProject()
    const lines = (snippets[0] ?? '').split('\n')
    const [serve = '', browse = '', url = '', slot = '', request = '', ...others] = lines
    const [explain = '', newSecret = ''] = others
    const ownPage = await run(browse, makeProject().folder).find(/http:\/\/\S+\/browse\/\S+/)
    expect((await navigate(ownPage)).status).toBe(303)
    await run(serve, folder).find(isWelcome)
    const link = await run(url, folder).find(firstLink)
    expect(await (await fetch(link)).text()).toBe('%PDF-1.7 A report')
    const slotUrl = await run(slot, folder).find(firstLink)
    expect((await fetch(slotUrl, { method: 'PUT', body: 'mine' })).status).toBe(200)
    expect((await fetch(await run(request, folder).find(firstLink))).status).toBe(200)
    const explained = await run(explain.replace('URL', link), folder).ended
    expect([explained.exitCode, explained.stdout]).toEqual([0, expect.stringContaining('Works')])
    expect((await run(newSecret, folder).ended).stdout).toMatch(/^[\w-]{43}\n$/)
  }, 300_000)

  it('print links for names and patterns, also as JSON for other programs', async ({ skip }) => {
    if (!isInstalled('jq')) skip('jq is not installed')
    const { folder, inFolder } = makeProject()
    const { exitCode, stdout } = await run(snippets[1] ?? '', folder, { cwd: inFolder('files') })
      .ended
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^\/media\/report\.pdf\?\S+\n\/media\/photos\/me\.jpg\?\S+\n$/)
  }, 300_000)

  it('ask many people for files', async () => {
    const { folder } = makeProject()
    const link = await run(snippets[2] ?? '', folder).find(firstLink)
    expect(await (await fetch(link)).json()).toMatchObject({
      title: 'Photos of Rome',
      needsName: true,
    })
  }, 300_000)

  it('print a slot that takes a photo from curl', async ({ skip }) => {
    if (!isInstalled('curl')) skip('curl is not installed')
    const { folder, inFolder } = makeProject()
    await run('titofisto serve files', folder).find(isWelcome)
    const { exitCode, stdout } = await run(snippets[3] ?? '', folder).ended
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { name: 'inbox/photo.jpg' }])
    expect(readFileSync(inFolder('files/inbox/photo.jpg'))).toEqual(Buffer.from(drawPicture()))
  }, 300_000)

  it('say of a link that is over what the page says', async () => {
    const { folder, inFolder } = makeProject()
    const storage = createLocalStorage({ root: inFolder('files') })
    const madeMs = Date.now() - 3_640_000
    const url = await createTitofisto({ secret, storage, now: () => madeMs }).url('report.pdf')
    const shown = blocksOf('').find((block) => block.startsWith('$ titofisto explain')) ?? ''
    const [command = '', ...answer] = shown.split('\n')
    const line = command.replace('$ ', '').replace(/'.*'/, `'${url}' --root files`)
    const { exitCode, stdout } = await run(line, folder, { secret }).ended
    expect([exitCode, stdout.replace(/\d+ s ago/, '40 s ago')]).toEqual([1, answer.join('\n')])
  }, 300_000)

  it('keep a new secret in a file of settings, and serve with it', async () => {
    const { folder, inFolder } = makeProject()
    const server = run(snippets[4] ?? '', folder)
    await server.find(isWelcome)
    const [, kept = ''] =
      /^TITOFISTO_SECRET=([\w-]{43})\n$/.exec(readFileSync(inFolder('.env'), 'utf8')) ?? []
    const files = createTitofisto({ secret: kept, storage: createLocalStorage({ root: folder }) })
    const { origin } = new URL(await server.find(firstLink))
    const link = await fetch(origin + (await files.url('files/report.pdf')))
    expect(await link.text()).toBe('%PDF-1.7 A report')
  }, 300_000)

  it('serve behind a proxy, with links that lead to it', async () => {
    const { folder, inFolder } = makeProject()
    const port = await freePort()
    const command = (snippets[5] ?? '')
      .replace('/srv/files', inFolder('files'))
      .replace('--port 8080', `--port ${port}`)
    const server = run(command, folder)
    await server.find(isWelcome)
    const link = await server.find(/https:\/\/files\.example\/media\/report\.pdf\?\S+(?=\s)/)
    const { pathname, search } = new URL(link)
    const passedOn = await fetch(`http://127.0.0.1:${port}${pathname}${search}`)
    expect(await passedOn.text()).toBe('%PDF-1.7 A report')
  }, 300_000)
})

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined
}

/** One that nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
