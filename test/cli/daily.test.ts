// What makes the command line good for every day: what it says where something is missing, mistyped or
// elsewhere.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { shortFlags } from '../../src/cli/arguments.ts'
import { makeTemporaryFolder, makeUploadFolder, runCli, startServer } from './command-line.ts'

describe('slot where no server runs', () => {
  it('says that nobody takes the upload yet, and ends with 1', async () => {
    const cwd = makeUploadFolder()
    const { exitCode, stdout, stderr } = await runCli(['slot', '--root', 'files'], { cwd })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^\/media\/titofisto\/upload\//)
    expect(stderr).toContain('No server runs here, so nobody takes the upload until one does')
  })

  it('ends with 0 where it is said who takes it', async () => {
    const cwd = makeUploadFolder()
    for (const flags of [
      ['--media-url', 'https://app.example/media/'],
      ['--origin', 'https://app.example'],
    ]) {
      const { exitCode, stdout } = await runCli(['slot', '--root', 'files', ...flags], { cwd })
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^https:\/\/app\.example\/media\/titofisto\/upload\//)
    }
  })
})

describe('what is mistyped', () => {
  it.each([
    [['serv'], 'Did you mean "serve"?'],
    [['slto'], 'Did you mean "slot"?'],
    [['serve', '--prot', '0'], 'Did you mean --port?'],
    [['url', 'a.txt', '--expires', '1h'], 'Did you mean --expires-in?'],
    [['slots', '--jsno'], 'Did you mean --json?'],
  ])('%j gets what was meant', async (words, said) => {
    const { exitCode, stderr } = await runCli(words, { cwd: makeTemporaryFolder() })
    expect(stderr).toContain(said)
    expect(exitCode).toBe(2)
  })

  it('that is like nothing gets no guess', async () => {
    const { stderr } = await runCli(['xyzzy'], { cwd: makeTemporaryFolder() })
    expect(stderr).not.toContain('Did you mean')
    expect(stderr).toContain('There are: serve, ')
  })
})

describe('short flags', () => {
  it('mean one thing each', () => {
    const letters = Object.values(shortFlags)
    expect(new Set(letters).size).toBe(letters.length)
    expect(letters.every((letter) => /^[A-Za-z]$/.test(letter))).toBe(true)
  })

  it('work as the long ones do', async () => {
    const cwd = makeUploadFolder()
    writeFileSync(path.join(cwd, 'files/a.txt'), 'hello')
    const server = await startServer(['files', '-q'], { cwd })
    expect(server.welcome).toMatch(/^titofisto serves the folder files at \S+\n$/)
    const { stdout } = await runCli(['url', 'a.txt', '-j', '-e', '2h'], { cwd })
    const { expiresAt } = JSON.parse(stdout) as { expiresAt: string }
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(6_000_000)
  })
})

describe('two servers beside each other', () => {
  it('are told apart by what they serve, whichever began or ended first', async () => {
    const cwd = makeTemporaryFolder()
    for (const name of ['one', 'two']) {
      mkdirSync(path.join(cwd, name))
      writeFileSync(path.join(cwd, name, `${name}.txt`), name)
    }
    const one = await startServer(['one'], { cwd })
    const two = await startServer(['two'], { cwd })
    const unclear = await runCli(['url', 'one.txt'], { cwd })
    expect(unclear.exitCode).toBe(2)
    expect(unclear.stderr).toContain(`${one.origin} serves ${path.join(cwd, 'one')}`)
    expect(unclear.stderr).toContain('Say which is meant with --root.')
    for (const [name, { origin }] of Object.entries({ one, two })) {
      const { stdout } = await runCli(['url', `${name}.txt`, '-r', name], { cwd })
      expect(await (await fetch(stdout.trim())).text()).toBe(name)
      // A URL says itself whose it is.
      const explained = await runCli(['explain', stdout.trim()], { cwd })
      expect({ ...explained, origin }).toMatchObject({ exitCode: 0, origin })
    }
    await two.stop()
    const { stdout } = await runCli(['url', 'one.txt'], { cwd })
    expect(stdout.startsWith(one.origin)).toBe(true)
  })
})

describe('explain', () => {
  it("says of a slot's URL what an upload to it would come to", async () => {
    const cwd = makeUploadFolder()
    const server = await startServer(['files'], { cwd })
    const url = (await runCli(['slot'], { cwd })).stdout.trim()
    expect((await runCli(['explain', url], { cwd })).stdout).toContain('Works (slot-open)')
    await fetch(url, { method: 'PUT', body: 'x' })
    const used = await runCli(['explain', url], { cwd })
    expect(used).toMatchObject({ exitCode: 1 })
    expect(used.stdout).toContain('Does not work (slot-used)')
    const other = url.replace(server.origin, 'https://other.example:8443')
    const elsewhere = await runCli(['explain', other], { cwd })
    expect(elsewhere.stdout).toContain(
      `Note: the link leads to https://other.example:8443, and this server answers at ${server.origin}. It listens on 127.0.0.1, so no other machine reaches it`,
    )
    const local = url.replace('127.0.0.1', 'localhost')
    expect((await runCli(['explain', local], { cwd })).stdout).not.toContain('Note:')
  })
})

describe('ls, and links for a folder', () => {
  it('shows what is there, and makes a link for each file', async () => {
    const cwd = makeUploadFolder()
    const root = path.join(cwd, 'files')
    mkdirSync(path.join(root, 'trip/day 1'), { recursive: true })
    writeFileSync(path.join(root, 'trip/a.txt'), 'a')
    writeFileSync(path.join(root, 'trip/day 1/b.txt'), 'x'.repeat(1234))
    await startServer(['files'], { cwd })
    const top = await runCli(['ls'], { cwd })
    expect(top.stdout).toMatch(/^ +- {20}trip\/\n$/)
    const trip = await runCli(['ls', 'trip'], { cwd })
    expect(trip.stdout).toMatch(
      /^ +- {20}trip\/day 1\/\n +1 B {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}trip\/a\.txt\n$/,
    )
    const all = await runCli(['ls', 'trip/', '-R', '--json'], { cwd })
    expect(
      all.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { name: 'trip/a.txt', sizeBytes: 1 },
      { name: 'trip/day 1/b.txt', sizeBytes: 1234 },
    ])
    const own = await runCli(['url', 'trip/'], { cwd })
    expect(own.stdout.trim().split('\n')).toHaveLength(1)
    const below = await runCli(['url', 'trip/', '-R'], { cwd })
    const links = below.stdout.trim().split('\n')
    const texts = await Promise.all(links.map(async (link) => (await fetch(link)).text()))
    expect(texts.map((text) => text.length)).toEqual([1, 1234])
    expect((await runCli(['url', 'none/'], { cwd })).exitCode).toBe(1)
    expect(await runCli(['ls', 'none'], { cwd })).toMatchObject({ exitCode: 1, stdout: '' })
  })

  it('says how what was named as the shell sees it is called there', async () => {
    const cwd = makeUploadFolder()
    mkdirSync(path.join(cwd, 'files/trip'))
    writeFileSync(path.join(cwd, 'files/trip/a.txt'), 'a')
    for (const [command, name, hint] of [
      ['ls', 'files/trip', 'did you mean "trip"?'],
      ['ls', path.join(cwd, 'files/trip'), 'did you mean "trip"?'],
      ['ls', 'files', 'It is what is served'],
      ['ls', '/', '--root serves another folder'],
      ['ls', '..', '--root serves another folder'],
      ['url', 'files/trip/a.txt', 'did you mean "trip/a.txt"?'],
      ['url', 'trip', 'It is a folder: "trip/" means each of its files.'],
      ['url', 'files/trip', 'It is a folder: "trip/" means each of its files.'],
    ] as const) {
      const said = await runCli([command, name, '--root', 'files'], { cwd })
      expect([said.exitCode, said.stdout]).toEqual([1, ''])
      expect(said.stderr, name).toContain(hint)
    }
  })
})

describe('every variable', () => {
  it('that help names says the same as its flag', async () => {
    const cwd = makeUploadFolder()
    writeFileSync(path.join(cwd, 'files/a.txt'), 'hello')
    const env = {
      TITOFISTO_ROOT: 'files',
      TITOFISTO_MEDIA_URL: '/private/',
      TITOFISTO_TIMEOUT: '2h',
      TITOFISTO_PARAM: 'key',
      TITOFISTO_HOST: '127.0.0.1',
      TITOFISTO_STOP_SECONDS: '1',
    }
    const server = await startServer([], { cwd, env })
    const link = server.linkTo('a.txt')
    expect(link).toMatch(/\/private\/a\.txt\?key=/)
    expect(await (await fetch(link)).text()).toBe('hello')
    expect(server.welcome).toContain('Links work for 2 h')
  })
})
