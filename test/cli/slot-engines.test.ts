// The command line with its slots in Redis and PostgreSQL, both of them real.

import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectFolder } from '../../tools/project.mjs'
import { findRedis, startRedis } from '../support/engines/redis.mjs'
import { describeOnPostgresInMatrix, describeOnRedis } from '../support/engines/stage.ts'
import { makeUploadFolder, runCli, startServer, stateFolderOf } from './command-line.ts'
import { putFile } from './put-file.ts'
import { describeUnless } from '../support/unless.ts'

const password = 'a-password-that-nobody-must-read'

describeOnRedis('slots in Redis', (redis) => {
  async function serve(env: Readonly<Record<string, string>>, flags: readonly string[] = []) {
    const options = { cwd: makeUploadFolder(), env }
    return { options, server: await startServer(['files', ...flags], options) }
  }

  it('are found by the other commands, by the server’s note', async () => {
    const { options, server } = await serve({}, ['--slots', redis().url, '--slots-prefix', 'one'])
    const { stdout } = await runCli(['slot'], { ...options, env: {} })
    await putFile(stdout.trim(), 'hello')
    expect((await runCli(['slots'], { ...options, env: {} })).stdout).toMatch(/ save +done /)
    // Another application's, in the same Redis.
    const others = await serve({ TITOFISTO_SLOTS: redis().url, TITOFISTO_SLOTS_PREFIX: 'other' })
    expect((await runCli(['slots'], others.options)).stdout).toBe('')
    expect((await server.stop()).exitCode).toBe(0)
  }, 120_000)

  it('are given up on with a 503 while Redis is away, and files are served on', async () => {
    const { options, server } = await serve({ TITOFISTO_SLOTS: redis().url })
    writeFileSync(path.join(options.cwd, 'files/a.txt'), 'hello')
    const link = (await runCli(['url', 'a.txt'], options)).stdout.trim()
    const slot = (await runCli(['slot'], options)).stdout.trim()
    await redis().kill()
    expect((await fetch(slot, { method: 'PUT', body: 'x' })).status).toBe(503)
    expect(await (await fetch(link)).text()).toBe('hello')
    const away = await runCli(['slot'], options)
    const port = redis().port
    expect([away.exitCode, away.stderr]).toEqual([
      1,
      `titofisto: TITOFISTO_SLOTS: Redis at 127.0.0.1:${port} can't be reached (ECONNREFUSED).\n`,
    ])
    await redis().startAgain({ keepsData: true })
    await expect
      .poll(async () => (await fetch(slot, { method: 'PUT', body: 'x' })).status, {
        timeout: 30_000,
      })
      .toBe(200)
    await server.stop()
  }, 120_000)
})

const noRedis = findRedis() === null ? 'redis-server is not installed' : null

describeUnless(noRedis, 'slots in a Redis that wants a password', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>

  beforeAll(async () => {
    redis = await startRedis(['--requirepass', password])
  })

  afterAll(() => redis?.stop())

  const urlOf = (word: string): string => redis.url.replace('://', `://:${word}@`)

  it('are reached by TITOFISTO_SLOTS, or a settings file; the password is written nowhere', async () => {
    const options = { cwd: makeUploadFolder(), env: { TITOFISTO_SLOTS: urlOf(password) } }
    const file = path.join(options.cwd, 'settings')
    writeFileSync(file, `TITOFISTO_SLOTS=${urlOf(password)}\n`, { mode: 0o600 })
    const server = await startServer(['files'], options)
    const names = readdirSync(stateFolderOf(options.cwd))
    const note = names.find((name) => name.startsWith('server-')) ?? ''
    const noted = readFileSync(path.join(stateFolderOf(options.cwd), note), 'utf8')
    expect(noted).toContain('redis://:***@127.0.0.1')
    expect(noted).not.toContain(password)
    const blind = await runCli(['slot'], { ...options, env: {} })
    expect([blind.exitCode, blind.stderr]).toEqual([
      2,
      expect.stringContaining('give TITOFISTO_SLOTS as the server has it.'),
    ])
    const told = await runCli(['slot', '--settings-file', file], { ...options, env: {} })
    await putFile(told.stdout.trim(), 'hello')
    const ended = await server.stop()
    expect(ended.stdout + ended.stderr).not.toContain(password)

    await startServer(['files', '--settings-file', file], { ...options, env: {} })
    const followed = await runCli(['slot'], { ...options, env: {} })
    await putFile(followed.stdout.trim(), 'hello')
  }, 120_000)

  it('are refused where it is another one, which is not repeated', async () => {
    const env = { TITOFISTO_SLOTS: urlOf(`${password}x`) }
    const ended = await runCli(['serve', 'files', '--port', '0'], { cwd: makeUploadFolder(), env })
    expect(ended.exitCode).toBe(1)
    expect(ended.stderr).toMatch(/refuses the user or the password \(WRONGPASS\)/)
    expect(ended.stderr).not.toContain(password)
  }, 60_000)
})

describeOnPostgresInMatrix('slots in PostgreSQL', (postgres) => {
  it('make one application of servers over one folder, in a table of their own', async () => {
    const cwd = makeUploadFolder()
    const env = { TITOFISTO_SLOTS: postgres().url, TITOFISTO_SLOTS_PREFIX: 'letters' }
    const server = await startServer(['files'], { cwd, env })
    const other = await startServer(['files'], { cwd, env })
    const url = (await runCli(['slot'], { cwd, env: {} })).stdout.trim()
    const { name = '' } = await putFile(url.replace(/http:\/\/[^/]+/, server.origin), 'hello')
    expect(
      (await fetch(url.replace(/http:\/\/[^/]+/, other.origin), { method: 'PUT', body: 'x' }))
        .status,
    ).toBe(404)
    expect(readFileSync(path.join(cwd, 'files', name), 'utf8')).toBe('hello')
    expect((await runCli(['sweep'], { cwd, env: {} })).stdout).toContain('Looked at 1 slots')
    for (const each of [server, other]) expect((await each.stop()).exitCode).toBe(0)
  }, 120_000)

  it('are refused where there is no such database', async () => {
    const env = { TITOFISTO_SLOTS: postgres().url.replace(/[^/]+$/, 'none') }
    const ended = await runCli(['serve', 'files', '--port', '0'], { cwd: makeUploadFolder(), env })
    expect([ended.exitCode, ended.stderr]).toEqual([
      1,
      `titofisto: TITOFISTO_SLOTS: PostgreSQL at 127.0.0.1:${postgres().port} has no such database (3D000).\n`,
    ])
  }, 60_000)
})

describe('a package that is missing', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'titofisto-cli-'))
    const packageFolder = path.join(folder, 'node_modules/titofisto')
    for (const each of ['dist', 'package.json'])
      cpSync(path.join(projectFolder, each), path.join(packageFolder, each), { recursive: true })
    // What titofisto depends on is there, and nothing else.
    const text = readFileSync(path.join(packageFolder, 'package.json'), 'utf8')
    const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> }
    for (const each of Object.keys(dependencies)) {
      const link = path.join(folder, 'node_modules', each)
      mkdirSync(path.dirname(link), { recursive: true })
      symlinkSync(path.join(projectFolder, 'node_modules', each), link)
    }
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([
    ['@aws-sdk/client-s3', ['--s3', 's3://letters']],
    ['redis', ['--slots', 'redis://localhost']],
    ['pg', ['--slots', 'postgres://localhost/x']],
  ])(
    '%s is asked for, with the command that installs it',
    (name, flags) => {
      const main = path.join(folder, 'node_modules/titofisto/dist/cli/main.js')
      const { status, stderr } = spawnSync(process.execPath, [main, 'serve', ...flags], {
        cwd: folder,
        env: { PATH: process.env['PATH'], XDG_STATE_HOME: folder },
        encoding: 'utf8',
      })
      expect([status, stderr]).toEqual([
        1,
        `titofisto: ${flags[0]} needs the package ${name} beside titofisto: npm install ${name} (without a project: npx -p titofisto -p ${name} titofisto ...).\n`,
      ])
    },
    60_000,
  )
})
