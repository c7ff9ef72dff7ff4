// `titofisto serve`: the first command that anybody runs, over real sockets.

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { createTitofisto } from '../../src/titofisto.ts'
import { exchange } from '../support/raw-http.ts'
import { makeTemporaryFolder, runCli, secret, startCli, startServer } from './command-line.ts'
import type { AddressInfo, Socket } from 'node:net'
import type { RunningServer } from './command-line.ts'

const runFile = promisify(execFile)

describe('serve --demo', () => {
  it('makes a folder of samples and prints a working link to each', async () => {
    const cwd = makeTemporaryFolder()
    const server = await startServer(['--demo'], { cwd })
    const types = {
      'hello.txt': 'text/plain; charset=utf-8',
      'page.html': 'text/html; charset=utf-8',
      'paper.pdf': 'application/pdf',
      'picture.png': 'image/png',
      'public/notice.txt': 'text/plain; charset=utf-8',
      'sound.wav': 'audio/wav',
    }
    for (const [name, type] of Object.entries(types)) {
      const response = await fetch(server.linkTo(name))
      expect([name, response.status]).toEqual([name, 200])
      expect(response.headers.get('content-type')).toBe(type)
      const bytes = Buffer.from(await response.arrayBuffer())
      expect(bytes.equals(readFileSync(path.join(cwd, 'demo', name)))).toBe(true)
    }
    expect(statSync(path.join(cwd, 'demo/sound.wav')).size).toBeGreaterThan(50 * 1024 * 1024)
  })

  it('shows its page in a sandbox', async () => {
    const server = await startServer(['--demo'], { cwd: makeTemporaryFolder() })
    const response = await fetch(server.linkTo('page.html'))
    expect(response.headers.get('content-disposition')).toMatch(/^inline/)
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox;/)
  })

  it('prints curl commands that do what they say', async () => {
    const cwd = makeTemporaryFolder()
    const server = await startServer(['--demo'], { cwd })
    const commands = server.welcome.split('\n').filter((line) => line.startsWith('  curl'))
    const outputs = await Promise.all(
      commands.map(async (line) => (await runFile('sh', ['-c', line], { cwd })).stdout),
    )
    const text = readFileSync(path.join(cwd, 'demo/hello.txt'), 'utf8')
    expect(outputs[0]).toBe(text)
    expect(outputs[1]).toMatch(/^HTTP\/1.1 206 /)
    expect(outputs[1]?.split('\r\n\r\n')[1]).toBe(text.slice(0, 16))
    expect(outputs[2]).toMatch(/^HTTP\/1.1 404 /)
  })

  it('leaves alone a folder that is there', async () => {
    const cwd = makeTemporaryFolder()
    mkdirSync(path.join(cwd, 'demo'))
    writeFileSync(path.join(cwd, 'demo/mine.txt'), 'mine')
    const server = await startServer(['--demo'], { cwd })
    expect(server.welcome).toContain('mine.txt')
    expect(server.welcome).not.toContain('sound.wav')
  })
})

describe('a printed link', () => {
  it('ends on touch', async () => {
    const { server, folder } = await serveOneFile()
    utimesSync(path.join(folder, 'a.txt'), 1_700_000_000, 1_700_000_000)
    expect(await statusOf(server.linkTo('a.txt'))).toBe(404)
  })

  it('ends with any changed character', async () => {
    const { server } = await serveOneFile()
    const link = server.linkTo('a.txt')
    const begin = link.indexOf('/media/') + 7
    for (let at = begin; at < link.length; at++) {
      const other = link.charAt(at) === 'b' ? 'c' : 'b'
      const changed = link.slice(0, at) + other + link.slice(at + 1)
      expect([changed, await statusOf(changed)]).toEqual([changed, 404])
    }
    expect(await statusOf(link)).toBe(200)
  })

  it('outlives a restart, but not a new secret', async () => {
    const { server, cwd } = await serveOneFile()
    const link = server.linkTo('a.txt')
    await server.stop()
    const again = await startServer(['files'], { cwd })
    expect(await statusOf(link.replace(server.origin, again.origin))).toBe(200)
    await again.stop()
    const another = await startServer(['files'], { cwd, env: { TITOFISTO_SECRET: secret } })
    expect(await statusOf(link.replace(server.origin, another.origin))).toBe(404)
  })

  it('signed with an older secret works beside a newer one', async () => {
    const { server, cwd } = await serveOneFile({ TITOFISTO_SECRET: secret })
    const link = server.linkTo('a.txt')
    await server.stop()
    const env = { TITOFISTO_SECRET: `another_${secret} ${secret}` }
    const rotated = await startServer(['files'], { cwd, env })
    expect(await statusOf(link.replace(server.origin, rotated.origin))).toBe(200)
    expect(rotated.linkTo('a.txt').slice(-43)).not.toBe(link.slice(-43))
  })

  it('ends when its time is up', async () => {
    const { server, folder } = await serveOneFile({ TITOFISTO_SECRET: secret })
    const link = async (ageSeconds: number) => {
      const storage = createLocalStorage({ root: folder })
      const now = () => Date.now() - ageSeconds * 1000
      return server.origin + (await createTitofisto({ secret, storage, now }).url('a.txt'))
    }
    expect(await statusOf(await link(3590))).toBe(200)
    expect(await statusOf(await link(3602))).toBe(404)
  })

  it('ends when its time is up, waited for', async () => {
    const { server } = await serveOneFile({ TITOFISTO_TIMEOUT: '1s' })
    await expect.poll(() => statusOf(server.linkTo('a.txt'))).toBe(404)
    expect(await server.stderrWith(/refused/)).toContain('refused: expired. The token expired')
  })
})

describe('access log', () => {
  it('has a line for each request, on stderr', async () => {
    const { server } = await serveOneFile()
    await statusOf(server.linkTo('a.txt'))
    await statusOf(`${server.origin}/elsewhere`)
    const { stderr, stdout } = await server.stop()
    expect(stderr).toMatch(/^\S+Z GET \/media\/a\.txt\?\[query\] 200 \d+ bytes [\d.]+ ms$/m)
    expect(stderr).toMatch(/^\S+Z GET \/elsewhere 404 \d+ bytes [\d.]+ ms$/m)
    expect(stdout).toBe(server.welcome)
  })

  it.each([['text', []] as const, ['json', ['--json']] as const])(
    'never has a token (%s)',
    async (_, flags) => {
      const { server, cwd } = await serveOneFile({}, flags)
      const printed = await runCli(['url', 'a.txt'], { cwd })
      const link = printed.stdout.trim()
      const token = link.slice(link.indexOf('=') + 1)
      for (const asked of [
        link,
        link.slice(0, -1),
        `${link}&x=1`,
        link.replace('?', '%3F'),
        link.replace('?', '%3F').slice(0, -1),
        link.replace('a.txt', 'missing.txt'),
        `${server.origin}/media/${token}`,
        `${server.origin}/${token}?other=${token}`,
      ])
        await statusOf(asked)
      const { stdout, stderr } = await server.stop()
      // As text, the links printed first go to stdout; the log does not.
      const log = stderr + stdout.replace(server.welcome, '')
      expect(log.match(/\bGET\b/g)).toHaveLength(8)
      expect(log).not.toContain(token.slice(-43, -33))
    },
  )

  it('is JSON lines with --json, and has no links', async () => {
    const { server } = await serveOneFile({}, ['--json'])
    await statusOf(`${server.origin}/media/a.txt?titofisto_token=x`)
    const { stdout, stderr } = await server.stop()
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toMatchObject([
      { event: 'listening', origin: server.origin, root: 'files' },
      { event: 'refused', reason: 'malformed', name: 'a.txt' },
      {
        event: 'request',
        method: 'GET',
        path: '/media/a.txt?[query]',
        status: 404,
        complete: true,
      },
    ])
    expect(stderr).toBe('')
  })

  function connectTo({ origin }: RunningServer): Socket {
    return connect(Number(new URL(origin).port), '127.0.0.1')
  }

  const head = (method: string, target: string, bodyBytes: number) =>
    `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bodyBytes}\r\n\r\n`

  it.each([
    ['that then goes', (socket: Socket) => socket.destroy()],
    ['that sends more than is drained', sendWithoutEnd],
  ])('tells of a refusal whole to a client in mid-upload %s', async (_, leave) => {
    const { server, cwd } = await serveOneFile()
    const made = await runCli(['slot', '--max-bytes', '10'], { cwd })
    const slot = made.stdout.trim().slice(server.origin.length)
    for (const [target, status] of [
      ['/media/a.txt', 405],
      ['/elsewhere', 404],
      [slot, 413],
    ] as const) {
      const socket = connectTo(server)
      const request = head('PUT', target, 2_000_000_000) + 'x'.repeat(1000)
      const { replies, isBroken } = await exchange(socket, request, ['PUT'])
      expect([replies[0]?.status, isBroken]).toEqual([status, false])
      const closed = new Promise((resolve) => socket.once('close', resolve))
      leave(socket)
      await closed
    }
    const lines = /( PUT .*\n[^]*){3}/
    expect((await server.stderrWith(lines)).match(/ PUT .*/g)).toEqual([
      expect.stringMatching(/ PUT \/media\/a\.txt 405 \d+ bytes \d+ received [\d.]+ ms$/),
      expect.stringMatching(/ PUT \/elsewhere 404 \d+ bytes \d+ received [\d.]+ ms$/),
      expect.stringMatching(/ PUT \/media\/.* 413 \d+ bytes \d+ received [\d.]+ ms$/),
    ])
  })

  it('says of an answer that did not go out whole that it broke off', async () => {
    const { server, folder } = await serveOneFile()
    mkdirSync(path.join(folder, 'public'))
    writeFileSync(path.join(folder, 'public/large.bin'), Buffer.alloc(50_000_000))
    // Without a body, and with one that never comes.
    for (const bodyBytes of [0, 1000]) {
      const socket = connectTo(server)
      socket.write(head('GET', '/media/public/large.bin', bodyBytes))
      await once(socket, 'data')
      socket.destroy()
    }
    const written = await server.stderrWith(/( GET .*\n[^]*){2}/)
    expect(written.match(/ GET .* 200 .*\(broke off\)$/gm)).toHaveLength(2)
  })

  it('is empty with --quiet', async () => {
    const { server } = await serveOneFile({}, ['--quiet'])
    await statusOf(`${server.origin}/media/a.txt?titofisto_token=x`)
    const { stdout, stderr } = await server.stop()
    expect(stderr).toBe('')
    expect(stdout).toBe(`titofisto serves the folder files at ${server.origin}/media/\n`)
  })
})

describe('serve --cors', () => {
  it.each([
    [[], ['*', null], ['cross-origin', 'same-site']],
    [
      ['--cors', 'all'],
      ['*', '*'],
      ['cross-origin', 'cross-origin'],
    ],
    [
      ['--cors', 'false'],
      [null, null],
      ['same-site', 'same-site'],
    ],
    [
      ['--cors', 'all', '--cross-origin-resource-policy', 'same-origin'],
      ['*', '*'],
      ['same-origin', 'same-origin'],
    ],
  ])('says whom links and public files are open to: %j', async (flags, open, policies) => {
    const cwd = makeTemporaryFolder()
    const server = await startServer(['--demo', ...flags], { cwd })
    const links = ['picture.png', 'public/notice.txt'].map((name) => server.linkTo(name))
    const answers = await Promise.all(links.map((link) => fetch(link)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const read = (name: string) => answers.map(({ headers }) => headers.get(name))
    expect(read('access-control-allow-origin')).toEqual(open)
    expect(read('cross-origin-resource-policy')).toEqual(policies)
    const asked = await fetch(links[0] ?? '', { method: 'OPTIONS' })
    expect(asked.status).toBe(open[0] === null ? 405 : 204)
  })

  it.each([
    [['--cors', 'everybody'], '--cors must be one of "links", "all", or false.'],
    [
      ['--cross-origin-resource-policy', 'none'],
      '--cross-origin-resource-policy must be one of "same-origin", "same-site", "cross-origin".',
    ],
  ])('ends with 2 and one line for %j', async (flags, words) => {
    const ended = await runCli(['serve', '--demo', ...flags], { cwd: makeTemporaryFolder() })
    expect([ended.exitCode, ended.stdout]).toEqual([2, ''])
    expect(ended.stderr).toContain(words)
  })
})

describe('serve', () => {
  it('refuses a folder that is not there, in one line', async () => {
    const ended = await runCli(['serve', 'nowhere'], { cwd: makeTemporaryFolder() })
    expect(ended).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'titofisto: There is no folder nowhere. Create it, or name another.\n',
    })
  })

  it('refuses a file in place of a folder', async () => {
    const cwd = makeTemporaryFolder()
    writeFileSync(path.join(cwd, 'a.txt'), '')
    const { exitCode, stderr } = await runCli(['serve', 'a.txt'], { cwd })
    expect([exitCode, stderr]).toEqual([1, 'titofisto: a.txt is not a folder.\n'])
  })

  it('refuses a folder that it may not read', async () => {
    const cwd = makeTemporaryFolder()
    chmodSync(cwd, 0o777)
    mkdirSync(path.join(cwd, 'locked'))
    chmodSync(path.join(cwd, 'locked'), 0)
    // Root may read everything, so it has to be somebody else.
    const isRoot = process.getuid?.() === 0
    const options = { cwd, env: { TITOFISTO_SECRET: secret }, ...(isRoot && { uid: 65_534 }) }
    const { exitCode, stderr } = await runCli(['serve', 'locked'], options)
    expect([exitCode, stderr]).toEqual([
      1,
      "titofisto: The folder locked can't be read: permission denied.\n",
    ])
  })

  it('refuses a port that is taken, where it was asked for', async () => {
    const port = await occupyPort(0)
    const cwd = makeTemporaryFolder()
    const { exitCode, stderr, stdout } = await runCli(['serve', '--port', String(port)], { cwd })
    expect({ exitCode, stderr, stdout }).toEqual({
      exitCode: 1,
      stderr: `titofisto: Port ${port} on 127.0.0.1 is taken; give another with --port.\n`,
      stdout: '',
    })
  })

  it('takes the next free port where none was asked for', async () => {
    // Somebody else may have it already: then it is taken as well.
    await occupyPort(8080).catch(() => undefined)
    const command = startCli(['serve'], { cwd: makeTemporaryFolder() })
    const welcome = await command.stdoutWith(/\n/)
    const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(welcome)?.[1])
    expect(port).toBeGreaterThan(8080)
    expect(port).toBeLessThan(8100)
  })

  it('refuses an address that is not of this machine', async () => {
    const cwd = makeTemporaryFolder()
    const { exitCode, stderr } = await runCli(['serve', '--host', '192.0.2.1'], { cwd })
    expect([exitCode, stderr]).toEqual([
      1,
      'titofisto: 192.0.2.1 is no address of this machine; give another with --host.\n',
    ])
  })

  it('says what to do with an empty folder', async () => {
    const cwd = makeTemporaryFolder()
    mkdirSync(path.join(cwd, 'files'))
    const server = await startServer(['files'], { cwd })
    expect(server.welcome).toContain('The folder is empty')
  })

  it('answers a client that waits for 100-continue before its body', async () => {
    const { server } = await serveOneFile()
    const args = ['-s', '-i', '-H', 'Expect: 100-continue', '-d', 'x', server.linkTo('a.txt')]
    const { stdout } = await runFile('curl', args)
    expect(stdout).toMatch(/^HTTP\/1\.1 405 /)
  })

  it('serves over TLS with a certificate', async () => {
    const cwd = makeTemporaryFolder()
    mkdirSync(path.join(cwd, 'files'))
    writeFileSync(path.join(cwd, 'files/a.txt'), 'hello')
    const names = ['-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=localhost']
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...names]
    await runFile('openssl', request, { cwd })
    const flags = ['files', '--tls-cert', 'cert.pem', '--tls-key', 'key.pem', '--host', 'localhost']
    const server = await startServer(flags, { cwd })
    expect(server.origin).toMatch(/^https:\/\/localhost:/)
    const { stdout } = await runFile(
      'curl',
      ['-s', '--cacert', 'cert.pem', server.linkTo('a.txt')],
      {
        cwd,
      },
    )
    expect(stdout).toBe('hello')
    expect((await server.stop()).exitCode).toBe(0)
  })
})

interface Served {
  readonly server: RunningServer
  readonly cwd: string
  readonly folder: string
}

/** Serves a folder `files` with a file `a.txt` in it. */
async function serveOneFile(
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<Served> {
  const cwd = makeTemporaryFolder()
  const folder = path.join(cwd, 'files')
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'a.txt'), 'hello')
  return { server: await startServer(['files', ...flags], { cwd, env }), cwd, folder }
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url)
  await response.arrayBuffer()
  return response.status
}

async function occupyPort(port: number): Promise<number> {
  const server = createServer()
  onTestFinished(() => {
    server.close()
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** Sends until the other side has enough. */
function sendWithoutEnd(socket: Socket): void {
  const chunk = Buffer.alloc(1024 * 1024)
  const send = () => {
    while (socket.writable && socket.write(chunk));
  }
  socket.on('drain', send)
  send()
}
