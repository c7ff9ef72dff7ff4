// Flags over environment over `.env`; wrong values; where the secret comes from.

import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { cliPath, makeTemporaryFolder, runCli, secret, startServer } from './command-line.ts'

const runFile = promisify(execFile)

describe('a setting', () => {
  const flag = ['--media-url', '/flag/']
  const variable = { TITOFISTO_MEDIA_URL: '/env/' }
  const envFile = 'TITOFISTO_MEDIA_URL=/file/\n'

  it.each([
    ['its flag first', flag, variable, envFile, '/flag/'],
    ['then the environment', [], variable, envFile, '/env/'],
    ['then the file .env', [], {}, envFile, '/file/'],
    ['then the default', [], {}, '', '/media/'],
    ['an empty variable as none', [], { TITOFISTO_MEDIA_URL: '' }, envFile, '/file/'],
  ])('takes %s', async (_, flags, variables, file, expected) => {
    const cwd = makeFolderWithFile()
    writeFileSync(path.join(cwd, '.env'), file)
    const { stdout, stderr } = await runCli(['url', 'a.txt', ...flags], { cwd, env: variables })
    expect(stdout.startsWith(`${expected}a.txt?titofisto_token=`)).toBe(true)
    // Node says that it finds some of its own functions experimental; our users need not know.
    expect(stderr).toBe('')
  })

  it('comes from the running server before the default, so that links fit it', async () => {
    const cwd = makeTemporaryFolder()
    mkdirSync(path.join(cwd, 'files'))
    writeFileSync(path.join(cwd, 'files/a.txt'), 'hello')
    const flags = ['--media-url', '/m/', '--param', 'key', '--timeout', '2h']
    const server = await startServer(['files', ...flags], { cwd })
    const { stdout } = await runCli(['url', 'a.txt', '--json'], { cwd })
    const { url, expiresAt } = JSON.parse(stdout) as { url: string; expiresAt: string }
    expect(url.startsWith(`${server.origin}/m/a.txt?key=`)).toBe(true)
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(7_000_000)
    expect(await (await fetch(url)).text()).toBe('hello')
  })

  it('can turn the public namespace off', async () => {
    const cwd = makeTemporaryFolder()
    mkdirSync(path.join(cwd, 'public'))
    writeFileSync(path.join(cwd, 'public/a.txt'), 'hello')
    const open = await runCli(['url', 'public/a.txt'], { cwd })
    expect(open.stdout).toBe('/media/public/a.txt\n')
    const env = { TITOFISTO_PUBLIC_NAMESPACE: 'false' }
    const closed = await runCli(['url', 'public/a.txt'], { cwd, env })
    expect(closed.stdout).toContain('titofisto_token=')
  })

  it('can ask for the tokens of Django', async () => {
    const env = { TITOFISTO_INTEROP: 'django', TITOFISTO_TIME_ZONE: 'Europe/Berlin' }
    const { stdout } = await runCli(['url', 'a.txt'], { cwd: makeFolderWithFile(), env })
    expect(stdout).toMatch(/^\/media\/a\.txt\?titofisto_token=[0-9A-Za-z]+:[\w-]{43}\n$/)
  })
})

describe('a wrong setting', () => {
  it.each([
    [
      ['--timeout', 'soon'],
      {},
      '--timeout must be seconds or a duration such as 45s, 30m, 1h or 7d.',
    ],
    [[], { TITOFISTO_TIMEOUT: '1w' }, 'TITOFISTO_TIMEOUT must be seconds'],
    [
      [],
      { TITOFISTO_TIMEOUT: '0' },
      'TITOFISTO_TIMEOUT must be a whole number of seconds from 1 to',
    ],
    [['--stable', 'x'], {}, '--stable must be seconds'],
    [['--media-url', 'media'], {}, '--media-url must be a path such as "/media/"'],
    [['--mount-path', 'media'], {}, '--mount-path must begin and end with "/".'],
    [['--param', 'a b'], {}, '--param must be 1 to 64 of the characters'],
    [['--public-namespace', '../x'], {}, '--public-namespace has an empty, "." or ".." part'],
    [['--interop', 'rails'], {}, '--interop can only be "django".'],
    [
      ['--interop', 'django', '--time-zone', 'Mars'],
      {},
      '--time-zone must be "UTC" or the IANA name',
    ],
    [[], { TITOFISTO_TIME_ZONE: 'UTC' }, 'TITOFISTO_TIME_ZONE needs'],
    [['--port', 'http'], {}, '--port must be a port, 0 to 65535.'],
    [[], { TITOFISTO_PORT: '70000' }, 'TITOFISTO_PORT must be a port, 0 to 65535.'],
    [['--stop-seconds', '2d'], {}, '--stop-seconds must be at most 1d'],
    [['--tls-cert', 'cert.pem'], {}, 'TLS needs both --tls-cert and --tls-key'],
    [
      [],
      { TITOFISTO_SECRET: 'hunter2' },
      'TITOFISTO_SECRET is too weak: it needs at least 32 bytes',
    ],
    [[], { TITOFISTO_SECRET: `${secret} hunter2` }, 'TITOFISTO_SECRET is too weak'],
    [[], { TITOFISTO_SECRET: '' }, 'TITOFISTO_SECRET is empty'],
    [
      [],
      { TITOFISTO_SECRET: secret, TITOFISTO_SECRET_FILE: 's' },
      'Both TITOFISTO_SECRET and TITOFISTO_SECRET_FILE are set',
    ],
    [['--prot', '80'], {}, "Unknown option '--prot'."],
    [['--port'], {}, "Option '--port <value>' argument missing."],
    [['one', 'two'], {}, '"titofisto serve" takes one folder.'],
  ] as const)('%j %j ends serve with 2 and one line', async (flags, env, expected) => {
    const ended = await runCli(['serve', ...flags], { cwd: makeFolderWithFile(), env })
    expect(ended.stderr).toMatch(/^titofisto: [^\n]*\(titofisto serve --help\)\n$/)
    expect(ended.stderr).toContain(expected)
    expect(ended.stderr).not.toContain('hunter2')
    expect([ended.exitCode, ended.stdout]).toEqual([2, ''])
  })

  it('in .env is named as such', async () => {
    const cwd = makeFolderWithFile()
    writeFileSync(path.join(cwd, '.env'), 'TITOFISTO_TIMEOUT=soon\n')
    const { exitCode, stderr } = await runCli(['url', 'a.txt'], { cwd })
    expect(exitCode).toBe(2)
    expect(stderr).toContain('TITOFISTO_TIMEOUT in .env must be seconds')
  })
})

describe('the secret', () => {
  it('is generated once where none is given, in a folder of its owner alone', async () => {
    const cwd = makeFolderWithFile()
    const first = await runCli(['url', 'a.txt'], { cwd })
    const kept = readFileSync(path.join(cwd, '.titofisto/secret'), 'utf8')
    expect(kept).toMatch(/^[\w-]{43}\n$/)
    expect(statSync(path.join(cwd, '.titofisto')).mode & 0o777).toBe(0o700)
    expect(statSync(path.join(cwd, '.titofisto/secret')).mode & 0o777).toBe(0o600)
    expect(readFileSync(path.join(cwd, '.titofisto/.gitignore'), 'utf8')).toBe('*\n')
    expect((await runCli(['explain', first.stdout.trim()], { cwd })).exitCode).toBe(0)
    expect(readFileSync(path.join(cwd, '.titofisto/secret'), 'utf8')).toBe(kept)
  })

  it('is the same for commands that start at the same moment', async () => {
    const cwd = makeFolderWithFile()
    const runs = Array.from({ length: 6 }, () => runCli(['url', 'a.txt'], { cwd }))
    const links = (await Promise.all(runs)).map((ended) => ended.stdout.trim())
    for (const link of links) expect((await runCli(['explain', link], { cwd })).exitCode).toBe(0)
  })

  it('is not kept where one is given', async () => {
    const cwd = makeFolderWithFile()
    await runCli(['url', 'a.txt'], { cwd, env: { TITOFISTO_SECRET: secret } })
    expect(existsSync(path.join(cwd, '.titofisto'))).toBe(false)
  })

  it.each([
    ['.titofisto', 0o755, 'chmod 700 .titofisto'],
    ['.titofisto/secret', 0o644, 'chmod 600 .titofisto/secret'],
  ])('in a state folder is refused when others can read %s', async (file, mode, advice) => {
    const cwd = makeFolderWithFile()
    await runCli(['url', 'a.txt'], { cwd })
    chmodSync(path.join(cwd, file), mode)
    for (const command of [['url', 'a.txt'], ['explain', '/media/a.txt'], ['serve']]) {
      const { exitCode, stderr, stdout } = await runCli(command, { cwd })
      expect([exitCode, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^titofisto: [^\n]*\n$/)
      expect(stderr).toContain(advice)
    }
  })

  it('can be in a file, and the newest of several signs', async () => {
    const cwd = makeFolderWithFile()
    writeFileSync(path.join(cwd, 'secrets'), `another_${secret}\n${secret}\n`)
    const old = await runCli(['url', 'a.txt'], { cwd, env: { TITOFISTO_SECRET: secret } })
    const flags = ['--secret-file', 'secrets']
    const known = await runCli(['explain', old.stdout.trim(), ...flags], { cwd })
    expect(known.exitCode).toBe(0)
    const fresh = await runCli(['url', 'a.txt', ...flags], { cwd })
    const env = { TITOFISTO_SECRET: secret }
    expect((await runCli(['explain', fresh.stdout.trim()], { cwd, env })).exitCode).toBe(1)
  })

  it('that differs from the running server is warned of', async () => {
    const cwd = makeFolderWithFile()
    await startServer([], { cwd })
    const env = { TITOFISTO_SECRET: secret }
    const { stderr, exitCode } = await runCli(['url', 'a.txt'], { cwd, env })
    expect(stderr).toContain('another secret than this command (TITOFISTO_SECRET)')
    expect(exitCode).toBe(0)
  })
})

describe('titofisto', () => {
  it.each([
    ['--help'],
    ['serve', '--help'],
    ['url', '-h'],
    ['explain', '--help'],
    ['secret', '-h'],
  ])('explains itself: %s %s', async (...words) => {
    const { stdout, exitCode } = await runCli(
      words.filter((word) => word !== undefined),
      { cwd: makeTemporaryFolder() },
    )
    expect([exitCode, stdout.startsWith('Usage: titofisto ')]).toEqual([0, true])
  })

  it('tells its version', async () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    const { stdout } = await runCli(['--version'], { cwd: makeTemporaryFolder() })
    expect(stdout).toBe(`${(JSON.parse(text) as { version: string }).version}\n`)
  })

  it('without a command shows its help on stderr, and exits with 2', async () => {
    const { exitCode, stdout, stderr } = await runCli([], { cwd: makeTemporaryFolder() })
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: titofisto COMMAND')
  })

  it.each(['sevre', 'constructor', '--bogus'])('does not know a command %s', async (word) => {
    const { exitCode, stderr } = await runCli([word], { cwd: makeTemporaryFolder() })
    expect([exitCode, stderr]).toEqual([
      2,
      `titofisto: There is no command "${word}". There are: serve, url, explain, slot, slots, sweep, secret.\n`,
    ])
  })

  it('says nothing when its reader stops early', async () => {
    const cwd = makeFolderWithFile()
    const names = 'a.txt '.repeat(200)
    const script = `"${process.execPath}" "${cliPath}" url ${names} | head -n 1`
    const { stdout, stderr } = await runFile('bash', ['-o', 'pipefail', '-c', script], { cwd })
    expect(stdout.match(/\n/g)).toHaveLength(1)
    expect(stderr).toBe('')
  })

  it('makes secrets of 256 bits', async () => {
    const cwd = makeTemporaryFolder()
    const [one, two] = await Promise.all([runCli(['secret'], { cwd }), runCli(['secret'], { cwd })])
    expect(one.stdout).toMatch(/^[\w-]{43}\n$/)
    expect(one.stdout).not.toBe(two.stdout)
  })
})

function makeFolderWithFile(): string {
  const cwd = makeTemporaryFolder()
  writeFileSync(path.join(cwd, 'a.txt'), 'hello')
  return cwd
}
