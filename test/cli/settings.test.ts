// Flags over environment over a named file; wrong values; where the secret comes from.

import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import {
  cliPath,
  makeTemporaryFolder,
  runCli,
  secret,
  startServer,
  stateFolderOf,
} from './command-line.ts'

const runFile = promisify(execFile)

describe('a setting', () => {
  const flag = ['--media-url', '/flag/']
  const variable = { TITOFISTO_MEDIA_URL: '/env/' }
  const settingsFile = 'TITOFISTO_MEDIA_URL=/file/\n'

  it.each([
    ['its flag first', flag, variable, settingsFile, '/flag/'],
    ['then the environment', [], variable, settingsFile, '/env/'],
    ['then the file of --settings-file', [], {}, settingsFile, '/file/'],
    ['then the default', [], {}, '', '/media/'],
    ['an empty variable as none', [], { TITOFISTO_MEDIA_URL: '' }, settingsFile, '/file/'],
  ])('takes %s', async (_, flags, variables, file, expected) => {
    const cwd = makeFolderWithFile()
    writeFileSync(path.join(cwd, 'settings'), file)
    const given = ['url', 'a.txt', '--settings-file', 'settings', ...flags]
    const { stdout, stderr } = await runCli(given, { cwd, env: variables })
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

/** A process for each takes long: `npm run matrix` has all, each other run every third. */
const isTried = (_: unknown, index: number): boolean => runsAllClients() || index % 3 === 0

describe('a wrong setting', () => {
  const wrongSettings = [
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
    [[], { TITOFISTO_SECRET: ' \n' }, 'TITOFISTO_SECRET is empty'],
    [[], { TITOFISTO_SECRET: `${secret}\n` }, 'TITOFISTO_SECRET begins or ends with white space'],
    [[], { TITOFISTO_SECRET: `${secret} ${secret}\t` }, 'TITOFISTO_SECRET begins or ends with'],
    [['--interop', 'django', '--use-tz', 'no'], {}, '--use-tz must be "true" or "false".'],
    [['--use-tz', 'true'], {}, '--use-tz needs --interop.'],
    [['--slots', 'ftp://host'], {}, '--slots must be a URL such as redis://HOST:6379/0'],
    [['--slots-prefix', 'a b'], {}, '--slots-prefix must be up to 51 lower-case letters'],
    [
      ['--s3', 's3://letters/../x', '--s3-endpoint', 'http://127.0.0.1:9'],
      {},
      '--s3 must be s3://BUCKET or s3://BUCKET/FOLDER.',
    ],
    [
      ['--s3', 's3://letters', '--s3-endpoint', 'http://user:hunter2@localhost'],
      {},
      '--s3-endpoint must be a URL such as http://127.0.0.1:9000.',
    ],
    [['--demo'], { TITOFISTO_S3: 's3://letters' }, "--demo and TITOFISTO_S3 can't be served by"],
    [
      [],
      { TITOFISTO_SECRET: secret, TITOFISTO_SECRET_FILE: 's' },
      'Both TITOFISTO_SECRET and TITOFISTO_SECRET_FILE are set',
    ],
    [['--prot', '80'], {}, "Unknown option '--prot'."],
    [['--port'], {}, "Option '-p, --port <value>' argument missing."],
    [['one', 'two'], {}, '"titofisto serve" takes one folder.'],
  ] as const

  it.each(wrongSettings.filter(isTried))(
    '%j %j ends serve with 2 and one line',
    async (flags, env, expected) => {
      const ended = await runCli(['serve', ...flags], { cwd: makeFolderWithFile(), env })
      expect(ended.stderr).toMatch(/^titofisto: [^\n]*\(titofisto serve --help\)\n$/)
      expect(ended.stderr).toContain(expected)
      expect(ended.stderr).not.toContain('hunter2')
      expect([ended.exitCode, ended.stdout]).toEqual([2, ''])
    },
  )

  it('in a file is named as such', async () => {
    const cwd = makeFolderWithFile()
    writeFileSync(path.join(cwd, '.env'), 'TITOFISTO_TIMEOUT=soon\n')
    for (const [flags, env] of [
      [['--settings-file', '.env'], {}],
      [[], { TITOFISTO_SETTINGS_FILE: '.env' }],
    ] as const) {
      const { exitCode, stderr } = await runCli(['url', 'a.txt', ...flags], { cwd, env })
      expect(exitCode).toBe(2)
      expect(stderr).toContain('TITOFISTO_TIMEOUT in .env must be seconds')
    }
  })

  it.each([
    ['that is not there', () => {}],
    ['that is a folder', (file: string) => mkdirSync(file)],
    ['that is a pipe', (file: string) => execFileSync('mkfifo', [file])],
    [
      'that everybody can write',
      (file: string) => {
        writeFileSync(file, '')
        chmodSync(file, 0o666)
      },
    ],
  ])('is a file %s', async (_, make) => {
    const cwd = makeFolderWithFile()
    make(path.join(cwd, 'settings'))
    const ended = await runCli(['url', 'a.txt', '--settings-file', 'settings'], { cwd })
    expect([ended.exitCode, ended.stdout]).toEqual([1, ''])
    expect(ended.stderr).toMatch(/^titofisto: [^\n]*settings of --settings-file[^\n]*\n$/)
  })
})

describe('promise 10: a folder from elsewhere', () => {
  it('sets nothing by its .env, of whatever owner and mode, and the warning names what it sets', async () => {
    const cwd = makeFolderWithFile()
    const home = makeTemporaryFolder()
    mkdirSync(path.join(home, 'private'))
    writeFileSync(path.join(home, 'private/key'), 'PRIVATE')
    const lines = {
      TITOFISTO_ROOT: home,
      TITOFISTO_PUBLIC_NAMESPACE: 'private',
      TITOFISTO_HOST: '0.0.0.0',
      TITOFISTO_SECRET: secret,
      TITOFISTO_STATE: home,
      TITOFISTO_MEDIA_URL: 'https://evil.example/',
      TITOFISTO_SETTINGS_FILE: path.join(home, 'more'),
      TITOFISTO_EXEC: 'touch pwned',
    }
    const text = Object.entries(lines).map(([name, value]) => `${name}=${value}\n`)
    writeFileSync(path.join(cwd, '.env'), [...text, '\u001b[2J=1\n'].join(''), { mode: 0o600 })
    const server = await startServer(['--json'], { cwd })
    expect(server.welcome).toContain(`"url":"${server.origin}/media/"`)
    expect(server.origin).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect((await fetch(`${server.origin}/media/private/key`)).status).toBe(404)
    const warned = await server.stderrWith(/\n/)
    expect(warned).toContain('.env is not read')
    for (const name of Object.keys(lines)) expect(warned).toContain(name)
    expect(warned).not.toContain('\u001b')
    const { stdout } = await runCli(['url', 'a.txt'], { cwd })
    expect(stdout).toMatch(/^http:\/\/127/)
    const env = { TITOFISTO_SECRET: secret, XDG_STATE_HOME: home }
    const forged = await runCli(['url', 'a.txt'], { cwd, env })
    expect((await fetch(server.origin + forged.stdout.trim())).status).toBe(404)
    expect(existsSync(path.join(cwd, 'pwned'))).toBe(false)
  })

  it('brings no secret and no address in a .titofisto, though it is private and ours', async () => {
    const source = makeFolderWithFile()
    mkdirSync(path.join(source, '.titofisto'), { mode: 0o700 })
    writeFileSync(path.join(source, '.titofisto/secret'), `${secret}\n`, { mode: 0o600 })
    const origin = 'https://evil.example'
    const note = { pid: 1, origin, fingerprint: 'x', sinceMs: 1, settings: {} }
    writeFileSync(path.join(source, '.titofisto/server-1.json'), JSON.stringify(note), {
      mode: 0o600,
    })
    const cwd = makeTemporaryFolder()
    await runFile('tar', ['-C', source, '-cf', path.join(cwd, 'all.tar'), '.'])
    await runFile('tar', ['-C', cwd, '-xpf', path.join(cwd, 'all.tar')])
    const link = await runCli(['url', 'a.txt'], { cwd })
    expect(link.stdout).toMatch(/^\/media\/a\.txt\?/)
    expect(link.stderr).toContain('The secret in .titofisto is not used')
    const env = { TITOFISTO_SECRET: secret }
    const forged = (await runCli(['url', 'a.txt'], { cwd, env })).stdout.trim()
    expect((await runCli(['explain', forged], { cwd })).exitCode).toBe(1)
    // Whoever made it can say so.
    const trusted = await runCli(['explain', forged, '--state', '.titofisto'], { cwd })
    expect(trusted.exitCode).toBe(0)
    expect(trusted.stderr).not.toContain('is not used')
  })

  it.each<[string, (cwd: string) => void]>([
    ['a loop of links as .env', (cwd) => symlinkSync('.env', path.join(cwd, '.env'))],
    ['a folder as .env', (cwd) => mkdirSync(path.join(cwd, '.env'))],
    ['a file as .titofisto', (cwd) => writeFileSync(path.join(cwd, '.titofisto'), '')],
    [
      'a loop of links as .titofisto',
      (cwd) => symlinkSync('.titofisto', path.join(cwd, '.titofisto')),
    ],
  ])('keeps no command from its work by %s', async (_, put) => {
    const cwd = makeFolderWithFile()
    put(cwd)
    const env = { XDG_STATE_HOME: makeTemporaryFolder() }
    const { exitCode, stderr, stdout } = await runCli(['url', 'a.txt'], { cwd, env })
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^\/media\/a\.txt\?/)
  })

  it('has no part in where the state is', async () => {
    const cwd = makeFolderWithFile()
    const home = makeTemporaryFolder()
    const before = readdirSync(cwd)
    const { stderr } = await runCli(['explain', '/media/a.txt'], {
      cwd,
      env: { HOME: home, XDG_STATE_HOME: 'relative' },
    })
    expect(stderr).toBe('')
    expect(existsSync(path.join(home, '.local/state/.titofisto'))).toBe(true)
    expect(readdirSync(cwd).filter((name) => name !== '.titofisto')).toEqual(before)
  })

  it('says in the note of its server which file was named, so that links fit it', async () => {
    const cwd = makeFolderWithFile()
    writeFileSync(path.join(cwd, 'settings'), `TITOFISTO_SECRET=${secret}\nTITOFISTO_PARAM=key\n`)
    await startServer(['--settings-file', 'settings'], { cwd })
    const { stdout, stderr } = await runCli(['url', 'a.txt'], { cwd })
    expect(stderr).toBe('')
    expect(await (await fetch(stdout.trim())).text()).toBe('hello')
  })
})

describe('the secret', () => {
  it('is generated once where none is given, in a folder of its owner alone', async () => {
    const cwd = makeFolderWithFile()
    const first = await runCli(['url', 'a.txt'], { cwd })
    const state = stateFolderOf(cwd)
    const kept = readFileSync(path.join(state, 'secret'), 'utf8')
    expect(kept).toMatch(/^[\w-]{43}\n$/)
    expect(statSync(state).mode & 0o777).toBe(0o700)
    expect(statSync(path.join(state, 'secret')).mode & 0o777).toBe(0o600)
    expect(readFileSync(path.join(state, '.gitignore'), 'utf8')).toBe('*\n')
    expect((await runCli(['explain', first.stdout.trim()], { cwd })).exitCode).toBe(0)
    expect(readFileSync(path.join(state, 'secret'), 'utf8')).toBe(kept)
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
    expect(existsSync(stateFolderOf(cwd))).toBe(false)
  })

  it.each([
    ['', 0o755, 'chmod 700 '],
    ['secret', 0o644, 'chmod 600 '],
  ])('in a state folder is refused when others can read its %j', async (file, mode, chmod) => {
    const cwd = makeFolderWithFile()
    await runCli(['url', 'a.txt'], { cwd })
    const open = path.join(stateFolderOf(cwd), file)
    chmodSync(open, mode)
    const advice = `Run "${chmod}${open}"`
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

  it('in a file ends where its last line does, and has no other white space at its ends', async () => {
    const cwd = makeFolderWithFile()
    for (const [text, exitCode] of [
      [secret, 0],
      [`${secret}\n`, 0],
      [`${secret}\r\n`, 0],
      [`${secret}\nolder_${secret}\n`, 0],
      [`${secret}\n\n`, 2],
      [`${secret} \n`, 2],
      [`\ufeff${secret}\n`, 2],
    ] as const) {
      writeFileSync(path.join(cwd, 'secrets'), text)
      const ended = await runCli(['url', 'a.txt', '--secret-file', 'secrets'], { cwd })
      expect([text, ended.exitCode]).toEqual([text, exitCode])
      if (exitCode === 2) expect(ended.stderr).toContain('begins or ends with white space')
    }
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

  it.each([
    ['sevre', ' Did you mean "serve"?'],
    ['constructor', ''],
    ['--bogus', ''],
  ])('does not know a command %s', async (word, meant) => {
    const { exitCode, stderr } = await runCli([word], { cwd: makeTemporaryFolder() })
    expect([exitCode, stderr]).toEqual([
      2,
      `titofisto: There is no command "${word}".${meant} There are: serve, ls, url, explain, request, requests, slot, slots, sweep, secret.\n`,
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
