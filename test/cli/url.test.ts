// `titofisto url` and `titofisto explain`: for people, shells and programs.

import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTemporaryFolder, runCli, secret, startServer } from './command-line.ts'

const env = { TITOFISTO_SECRET: secret, TITOFISTO_ROOT: 'files' }

describe('url', () => {
  it('prints links, one a line, and nothing else', async () => {
    const cwd = makeFiles()
    const { exitCode, stdout, stderr } = await runCli(['url', 'a.txt', 'b c.txt'], { cwd, env })
    const link = String.raw`\?titofisto_token=[0-9A-Za-z]+\.[\w-]{43}\n`
    expect(stdout).toMatch(new RegExp(`^/media/a\\.txt${link}/media/b%20c\\.txt${link}$`))
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  it('begins with the media URL where that is absolute, also while a server runs', async () => {
    const cwd = makeFiles()
    const flags = ['--media-url', 'https://files.example/m/']
    await startServer(['files', ...flags], { cwd, env })
    const { stdout } = await runCli(['url', 'a.txt'], { cwd, env })
    expect(stdout).toMatch(/^https:\/\/files\.example\/m\/a\.txt\?/)
  })

  it('signs the terms that it is given', async () => {
    const cwd = makeFiles()
    await startServer(['files'], { cwd, env })
    const flags = ['--expires-in', '10m', '--download', 'Résumé.txt', '--content-type', 'text/csv']
    const { stdout } = await runCli(['url', 'a.txt', '--json', ...flags], { cwd, env })
    const { name, url, expiresAt } = JSON.parse(stdout) as Record<string, string>
    expect(name).toBe('a.txt')
    const lifeMs = Date.parse(expiresAt ?? '') - Date.now()
    expect(lifeMs).toBeGreaterThan(590_000)
    expect(lifeMs).toBeLessThanOrEqual(600_000)
    const { headers } = await fetch(url ?? '')
    expect(headers.get('content-type')).toBe('text/csv')
    expect(headers.get('content-disposition')).toContain("filename*=UTF-8''R%C3%A9sum%C3%A9.txt")
    expect(headers.get('content-disposition')).toMatch(/^attachment/)
  })

  it('begins with the origin that is asked for, also while a server runs', async () => {
    const cwd = makeFiles()
    await startServer(['files'], { cwd, env })
    const flags = ['--origin', 'https://app.example', '--cache', 'no-store']
    const { stdout } = await runCli(['url', 'a.txt', ...flags], { cwd, env })
    expect(stdout).toMatch(/^https:\/\/app\.example\/media\/a\.txt\?titofisto_token=\w+\.cn\./)
    const slot = await runCli(['slot', '--origin', 'https://app.example'], { cwd, env })
    expect(slot.stdout).toMatch(/^https:\/\/app\.example\/media\/titofisto\/upload\/\S+\n$/)
  })

  it('gives the same link for a while with --stable', async () => {
    const cwd = makeFiles()
    const runs = [1, 2].map(() => runCli(['url', 'a.txt', '--stable', '1d'], { cwd, env }))
    const [one, two] = await Promise.all(runs)
    expect(one?.stdout).toBe(two?.stdout)
  })

  it('prints the others when one has no link, and exits with 1', async () => {
    const cwd = makeFiles()
    const names = ['missing.txt', 'a.txt', '../secret', 'files/a.txt']
    const { exitCode, stdout, stderr } = await runCli(['url', ...names], { cwd, env })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^\/media\/a\.txt\?[^\n]+\n$/)
    expect(stderr.split('\n')).toEqual([
      'titofisto: missing.txt: There is no regular file of this name to link to.',
      'titofisto: ../secret: This file name has an empty, "." or ".." part between its slashes.',
      'titofisto: files/a.txt: There is no regular file of this name to link to. Names are relative to files: did you mean "a.txt"?',
      '',
    ])
  })

  it.each([
    [[], 'Which file?'],
    [['a.txt', '--expires-in', 'x'], '--expires-in must be seconds'],
    [['a.txt', '--expires-in', '0'], '--expires-in must be a whole number of seconds from 1'],
    [['a.txt', '--expires-in', 'never'], '--expires-in must be a whole number of seconds from 1'],
    [['a.txt', '--content-type', 'x'], '--content-type must be a media type'],
    [['a.txt', '--inline', '--download', 'x'], '--download excludes --inline.'],
    [['a.txt', '--token-format', 'jwt'], '--token-format must be "native" or "django".'],
    [['a.txt', '--cache', 'public'], '--cache must be "no-store" or "private".'],
    [['a.txt', '--origin', 'app.example'], '--origin must be an origin such as'],
    [['a.txt', '--origin', 'https://app.example/x'], '--origin must be an origin such as'],
    [
      ['a.txt', '--token-format', 'django'],
      '--token-format can be "django" only together with --interop.',
    ],
    [['a.txt', '--bogus'], "Unknown option '--bogus'"],
  ])('ends with 2 and one line for %j', async (words, expected) => {
    const ended = await runCli(['url', ...words], { cwd: makeFiles(), env })
    expect(ended.stderr).toMatch(/^titofisto: [^\n]*\(titofisto url --help\)\n$/)
    expect(ended.stderr).toContain(expected)
    expect([ended.exitCode, ended.stdout]).toEqual([2, ''])
  })
})

describe('explain', () => {
  it('says that a link works, and until when', async () => {
    const cwd = makeFiles()
    const { stdout } = await runCli(['url', 'a.txt'], { cwd, env })
    const ended = await runCli(['explain', stdout.trim()], { cwd, env })
    expect(ended.exitCode).toBe(0)
    expect(ended.stdout).toMatch(/^Works \(valid\): The link works for another 60 min\.\n/)
    expect(ended.stdout).toMatch(/^Expires: \d{4}-/m)
  })

  it('says why a link does not work, what to do, and exits with 1', async () => {
    const cwd = makeFiles()
    const link = (await runCli(['url', 'a.txt'], { cwd, env })).stdout.trim()
    utimesSync(path.join(cwd, 'files/a.txt'), new Date(), new Date(Date.now() + 60_000))
    const ended = await runCli(['explain', `https://files.example${link}`], { cwd, env })
    expect(ended.exitCode).toBe(1)
    expect(ended.stdout).toMatch(/^Does not work \(file-changed\): The file changed after/)
    expect(ended.stdout).toMatch(/^What to do: Make a new link/m)
  })

  it('speaks JSON to programs', async () => {
    const cwd = makeFiles()
    const ended = await runCli(['explain', '/elsewhere', '--json'], { cwd, env })
    expect(ended.exitCode).toBe(1)
    expect(JSON.parse(ended.stdout)).toMatchObject({ works: false, reason: 'foreign' })
  })

  it('checks a bound link with --bind', async () => {
    const cwd = makeFiles()
    const link = (await runCli(['url', 'a.txt', '--bind', 'user-1'], { cwd, env })).stdout.trim()
    const codes = await Promise.all(
      [[], ['--bind', 'user-2'], ['--bind', 'user-1']].map(
        async (flags) => (await runCli(['explain', link, ...flags], { cwd, env })).exitCode,
      ),
    )
    expect(codes).toEqual([1, 1, 0])
  })

  it("says where a slot stands, by its URL, and makes no folder for a file's", async () => {
    const cwd = makeFiles()
    const link = (await runCli(['url', 'a.txt'], { cwd, env })).stdout.trim()
    expect((await runCli(['explain', link], { cwd, env })).exitCode).toBe(0)
    expect(existsSync(path.join(cwd, 'files/.titofisto'))).toBe(false)
    const server = await startServer(['files', '--exec', 'true'], { cwd, env })
    for (const kind of ['save', 'exec']) {
      const url = (await runCli(['slot', '--kind', kind], { cwd, env })).stdout.trim()
      const open = await runCli(['explain', url], { cwd, env })
      expect(open.exitCode).toBe(0)
      expect(open.stdout).toMatch(
        /^Works \(slot-open\): The slot waits for its upload, for another/,
      )
      expect(open.stdout).toMatch(new RegExp(`^Slot: [\\w-]{22} \\(${kind}\\)$`, 'm'))
      expect((await fetch(url, { method: 'PUT', body: 'hello' })).ok).toBe(true)
      const used = await runCli(['explain', url, '--json'], { cwd, env })
      expect(used.exitCode).toBe(1)
      expect(JSON.parse(used.stdout)).toMatchObject({ works: false, reason: 'slot-used', kind })
    }
    await server.stop()
  })

  it('lets nothing in a URL steer the terminal', async () => {
    const url = '/media/%1B%5B2J%0Aa.txt?titofisto_token=x'
    const bidi = '/media/%E2%80%AEa.txt?titofisto_token=x'
    for (const hostile of [url, bidi]) {
      const { stdout } = await runCli(['explain', hostile], { cwd: makeFiles(), env })
      expect(stdout).toMatch(/^[\n -~]*$/)
    }
  })

  it.each([[[]], [['/a', '/b']]])('takes one URL, not %j', async (words) => {
    const ended = await runCli(['explain', ...words], { cwd: makeFiles(), env })
    expect([ended.exitCode, ended.stdout]).toEqual([2, ''])
  })
})

/** A folder with a folder `files` in it. */
function makeFiles(): string {
  const cwd = makeTemporaryFolder()
  mkdirSync(path.join(cwd, 'files'))
  writeFileSync(path.join(cwd, 'files/a.txt'), 'hello')
  writeFileSync(path.join(cwd, 'files/b c.txt'), 'hello')
  return cwd
}
