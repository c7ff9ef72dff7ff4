// Upload slots by the command line alone, with the clients that people have: curl and tus-js-client.

import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createFileSlotStore } from '../../src/slots/stores/file.ts'
import { projectFolder } from '../../tools/project.mjs'
import { newSlotRecord } from '../support/slot-records.ts'
import {
  makeTemporaryFolder,
  makeUploadFolder,
  runCli,
  secret,
  startServer,
} from './command-line.ts'
import type { ReceivedFile } from '../../src/receive/intake/reception.ts'
import type { RunningServer } from './command-line.ts'

const runFile = promisify(execFile)

describe('serve --demo', () => {
  it('prints three uploads that work as they are, once, and answer with JSON', async () => {
    const cwd = makeTemporaryFolder()
    // As in the project's own folder, where npm start runs.
    symlinkSync(path.join(projectFolder, 'node_modules'), path.join(cwd, 'node_modules'))
    const server = await startServer(['--demo'], { cwd })
    const commands = server.welcome
      .split('\n')
      .filter((line) => /^ {2}(?:curl -F|curl -T|node -e) /.test(line))
    expect(commands).toHaveLength(3)
    const text = readFileSync(path.join(cwd, 'demo/hello.txt'))
    for (const command of commands) {
      const { stdout } = await runFile('sh', ['-c', command], { cwd })
      const answer = JSON.parse(stdout) as Record<string, string>
      expect(answer['name']).toMatch(/^uploads\/hello(?:_\w{7})?\.txt$/)
      expect(answer['sha256']).toBe(createHash('sha256').update(text).digest('hex'))
      const kept = await fetch(answer['url'] ?? '')
      expect(Buffer.from(await kept.arrayBuffer()).equals(text)).toBe(true)

      const again = await runFile('sh', ['-c', `${command} 2>&1`], { cwd })
      expect(again.stdout).toMatch(/Not found|response code: 404/)
    }
    expect(readdirSync(path.join(cwd, 'demo/uploads'))).toHaveLength(3)
  })
})

describe('serve without --demo', () => {
  it('makes no slot that nobody asked for, but prints how to make one', async () => {
    const { server, cwd } = await serve()
    expect(server.welcome).not.toContain('/titofisto/upload/')
    expect((await runCli(['slots'], { cwd })).stdout).toBe('')
    const command = server.welcome.split('\n').find((line) => line.includes(' slot '))
    const env = { ...process.env, XDG_STATE_HOME: cwd }
    const { stdout } = await runFile('sh', ['-c', command ?? ''], { cwd, env })
    const { json } = await curl(['-F', 'file=@a.txt', stdout.trim()], cwd)
    expect(json).toMatchObject({ name: 'inbox/a.txt', sizeBytes: 5 })
  })

  it('speaks of no uploads where it takes none', async () => {
    const cwd = makeUploadFolder()
    chmodSync(cwd, 0o755)
    chmodSync(path.join(cwd, 'files'), 0o555)
    // Root may write everywhere, so it has to be somebody else.
    const isRoot = process.getuid?.() === 0
    const options = { cwd, env: { TITOFISTO_SECRET: secret }, ...(isRoot && { uid: 65_534 }) }
    const server = await startServer(['files'], options)
    expect(server.welcome).not.toContain('slot')
    expect(await server.stderrWith(/\n/)).toContain('warning: no uploads are taken.')
  })
})

describe('slot', () => {
  it('prints URLs of the running server, one a line, and nothing else', async () => {
    const { server, cwd } = await serve()
    const { stdout, stderr, exitCode } = await runCli(['slot', '--count', '3'], { cwd })
    const lines = stdout.trimEnd().split('\n')
    expect(new Set(lines).size).toBe(3)
    const url = new RegExp(`^${server.origin}/media/titofisto/upload/[\\w-]{22}/\\w+\\.[\\w-]{43}$`)
    for (const line of lines) expect(line).toMatch(url)
    expect([stderr, exitCode]).toEqual(['', 0])
  })

  it('makes slots that take one file each, under the prefix', async () => {
    const { cwd } = await serve()
    const url = await mint(cwd, ['--save-to', 'avatars/15-'])
    const first = await curl(['-F', 'file=@a.txt', url], cwd)
    expect(first).toMatchObject({ status: 200, json: { name: 'avatars/15-a.txt', sizeBytes: 5 } })
    expect(first.json).not.toHaveProperty('sha256')
    expect(readFileSync(path.join(cwd, 'files/avatars/15-a.txt'), 'utf8')).toBe('hello')
    expect((await curl(['-F', 'file=@a.txt', url], cwd)).status).toBe(404)
  })

  it('never overwrites, and never hides what it keeps', async () => {
    const { cwd } = await serve()
    writeFileSync(path.join(cwd, 'files/a.txt'), 'mine')
    const taken = await curl(['-F', 'file=@a.txt', await mint(cwd)], cwd)
    expect(taken.json?.['name']).toMatch(/^a_\w{7}\.txt$/)
    const hidden = await curl(['-F', 'file=@a.txt;filename=.env', await mint(cwd)], cwd)
    expect(hidden.json?.['name']).toBe('_env')
    expect(readFileSync(path.join(cwd, 'files/a.txt'), 'utf8')).toBe('mine')
  })

  it('holds uploads to its limits, and stays usable until one fits', async () => {
    const { cwd } = await serve()
    const limits = ['--max-bytes', '1kB', '--min-bytes', '3', '--accept', 'image/png']
    const url = await mint(cwd, [...limits, '--accept', 'text/*'])
    const send = (body: string, type = 'text/plain') =>
      curl(['--data-binary', body, '-H', `Content-Type: ${type}`, url], cwd)
    expect((await send('x'.repeat(1001))).status).toBe(413)
    expect((await send('xx')).status).toBe(400)
    expect((await send('xxx', 'application/pdf')).status).toBe(415)
    expect((await send('xxx')).status).toBe(200)
  })

  it('takes several files of a form where it may, all or none', async () => {
    const { cwd } = await serve()
    writeFileSync(path.join(cwd, 'b.txt'), 'world')
    const form = ['-F', 'x=@a.txt', '-F', 'y=@b.txt']
    expect((await curl([...form, await mint(cwd)], cwd)).status).toBe(413)
    const url = await mint(cwd, ['--max-files', '2', '--save-to', 'in/', '--sha256'])
    const { json } = await curl([...form, url], cwd)
    const sha256 = createHash('sha256').update('hello').digest('hex')
    expect(json).toMatchObject({ name: 'in/a.txt', sha256 })
    expect(json).toMatchObject({ files: [{ name: 'in/a.txt' }, { name: 'in/b.txt' }] })
    expect(readdirSync(path.join(cwd, 'files'))).toEqual(['.titofisto', 'in'])
  })

  it('has an end, which --json tells', async () => {
    const { cwd } = await serve()
    const { stdout } = await runCli(['slot', '--json', '--expires-in', '1s'], { cwd })
    const ticket = JSON.parse(stdout) as Record<string, string>
    expect(ticket).toMatchObject({ kind: 'save', method: 'POST', maxFiles: 1, accept: null })
    expect(Date.parse(ticket['expiresAt'] ?? '') - Date.now()).toBeLessThanOrEqual(1000)
    const status = async () =>
      (await runCli(['slot', 'status', ticket['id'] ?? ''], { cwd })).stdout
    await expect.poll(status).toMatch(/^state: expired$/m)
    expect((await curl(['-F', 'file=@a.txt', ticket['url'] ?? ''], cwd)).status).toBe(404)
  })

  it('waits as long as links live, also where that is for ever', async () => {
    const { cwd } = await serve(['--timeout', 'never'])
    expect((await curl(['-F', 'file=@a.txt', await mint(cwd)], cwd)).status).toBe(200)
  })

  it('takes what tus-js-client resumes, given the URL and the size', async () => {
    const { cwd } = await serve()
    const bytes = randomBytes(3_000_000)
    writeFileSync(path.join(cwd, 'large.bin'), bytes)
    const url = await mint(cwd, ['--size', '3000000', '--save-to', 'in/'])
    // Given its URL, that client has no request in which it could tell the file's name.
    expect(await uploadByTus(url, 'large.bin', cwd)).toMatchObject({ name: 'in/upload' })
    expect(readFileSync(path.join(cwd, 'files/in/upload')).equals(bytes)).toBe(true)
  }, 60_000)

  it('makes slots that a server takes which starts later', async () => {
    const cwd = makeUploadFolder()
    const made = await runCli(['slot', '--root', 'files'], { cwd })
    expect(made.stdout).toMatch(/^\/media\/titofisto\/upload\//)
    const server = await startServer(['files'], { cwd })
    const url = server.origin + made.stdout.trim()
    expect((await curl(['-F', 'file=@a.txt', url], cwd)).status).toBe(200)
  })

  it.each([
    [['--kind', 'copy'], '--kind must be one of save, exec.'],
    [['--max-bytes', 'lots'], '--max-bytes must be a number of bytes'],
    [['--min-bytes', '2', '--max-bytes', '1'], '--min-bytes'],
    [['--max-files', '0'], '--max-files must be a number from 1 to 1000'],
    [['--count', '1000000'], '--count must be a number from 1 to 10000'],
    [['--expires-in', 'soon'], '--expires-in must be seconds'],
    [['--expires-in', '0'], '--expires-in'],
    [['--accept', 'png'], '--accept'],
    [['--save-to', '/etc/'], '--save-to must be'],
    [['--save-to', '../'], '--save-to must be'],
    [['--save-to', '.titofisto/'], '--save-to must be'],
    [['take', 'x'], 'It is "titofisto slot"'],
    [['revoke'], 'It is "titofisto slot"'],
    [['revoke', 'x'], 'An ID is 22 characters'],
    [['--exec', 'rm -rf /'], "Unknown option '--exec'"],
  ])('ends with 2 and one line for %j', async (words, expected) => {
    const ended = await runCli(['slot', '--root', 'files', ...words], { cwd: makeUploadFolder() })
    expect(ended.stderr).toMatch(/^titofisto: [^\n]*\(titofisto slot --help\)\n$/)
    expect(ended.stderr).toContain(expected)
    expect([ended.exitCode, ended.stdout]).toEqual([2, ''])
  })

  it.each(['slot', 'slots', 'sweep'])(
    '%s refuses a folder that it may not write to',
    async (name) => {
      const cwd = makeUploadFolder()
      chmodSync(cwd, 0o755)
      chmodSync(path.join(cwd, 'files'), 0o555)
      // Root may write everywhere, so it has to be somebody else.
      const isRoot = process.getuid?.() === 0
      const options = { cwd, env: { TITOFISTO_SECRET: secret }, ...(isRoot && { uid: 65_534 }) }
      expect(await runCli([name, '--root', 'files'], options)).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: "titofisto: No slots can be kept: the folder files can't be written to.\n",
      })
    },
  )
})

describe('slot revoke', () => {
  it('takes a slot back, by its id or its URL, once', async () => {
    const { cwd } = await serve()
    const url = await mint(cwd)
    const id = /[\w-]{22}/.exec(url.slice(url.indexOf('/upload/') + 8))?.[0] ?? ''
    expect((await runCli(['slot', 'revoke', url], { cwd })).exitCode).toBe(0)
    expect((await curl(['-F', 'file=@a.txt', url], cwd)).status).toBe(404)
    expect(await runCli(['slot', 'revoke', id], { cwd })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: "titofisto: This slot can't be taken back: it is revoked.\n",
    })
  })

  it('does not know every id', async () => {
    const { cwd } = await serve()
    for (const action of ['revoke', 'status']) {
      const ended = await runCli(['slot', action, 'A'.repeat(22)], { cwd })
      expect(ended).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: 'titofisto: There is no slot with this id, or none any more.\n',
      })
    }
  })
})

describe('slots', () => {
  it('lists every slot: id, kind, state, bytes and end', async () => {
    const { cwd } = await serve(['--quiet'])
    const used = await mint(cwd)
    await curl(['-F', 'file=@a.txt', used], cwd)
    await mint(cwd, ['--expires-in', '1h'])
    const { stdout, stderr } = await runCli(['slots'], { cwd })
    const lines = stdout.trimEnd().split('\n').toSorted()
    expect(lines.map((line) => line.slice(24, 36).trim()).toSorted()).toEqual([
      'save   done',
      'save   open',
    ])
    for (const line of lines)
      expect(line).toMatch(/^[\w-]{22} {2}save {3}(?:open +0|done +(\d+)\/\1) {2}\d{4}-\d\d-\d\dT/)
    expect(used).toContain(lines.find((line) => line.includes('done'))?.slice(0, 22))
    expect(stderr).toBe('')
  })

  it('shows which was interrupted, where its bytes are, and how to be rid of them', async () => {
    const { cwd } = await serve(['--quiet'])
    const { id, file } = await interruptSlot(path.join(cwd, 'files'))
    const { stdout, stderr } = await runCli(['slots'], { cwd })
    expect(stdout).toMatch(new RegExp(`^${id}  save   INTERRUPTED +5/5  `))
    expect(stderr).toMatch(/^titofisto: 1 INTERRUPTED: .* in files\/\.titofisto\/spool, .*\n$/)
    expect((await runCli(['sweep'], { cwd })).exitCode).toBe(0)
    expect(existsSync(file)).toBe(true)
    expect((await runCli(['slot', 'revoke', id], { cwd })).exitCode).toBe(0)
    expect(existsSync(file)).toBe(false)
  })

  it('is JSON, a line each, for programs', async () => {
    const { cwd } = await serve(['--quiet'])
    await mint(cwd)
    const { stdout } = await runCli(['slots', '--json'], { cwd })
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'save', state: 'open', receivedBytes: 0 })
  })

  it('lists no answers, which hold links; of one slot its owner may ask', async () => {
    const { cwd } = await serve(['--quiet'])
    const url = await mint(cwd)
    const { json } = await curl(['-F', 'file=@a.txt', url], cwd)
    const link = String(json?.['url'])
    expect(link).toContain('titofisto_token=')
    for (const words of [['slots'], ['slots', '--json']])
      expect((await runCli(words, { cwd })).stdout).not.toContain('titofisto_token')
    const { stdout } = await runCli(['slot', 'status', url], { cwd })
    expect(stdout).toMatch(/^answer: \{"status":200,"json":\{.*titofisto_token=/m)
    expect(stdout).toMatch(/^savedNames: \["a\.txt"\]$/m)
  })
})

describe('sweep', () => {
  it('removes what nobody needs, and tells what it did', async () => {
    const { server, cwd } = await serve(['--quiet'])
    await mint(cwd, ['--expires-in', '1s'])
    await server.stop()
    const swept = async () => {
      const { stdout } = await runCli(['sweep', '--root', 'files', '--json'], { cwd })
      return (JSON.parse(stdout) as { movedSlots: number }).movedSlots
    }
    await expect.poll(swept).toBe(1)
    const { stdout, exitCode } = await runCli(['sweep', '--root', 'files'], { cwd })
    expect(stdout).toMatch(/^Looked at 1 slots: moved 0, handled 0, forgot 0; removed 0 leftover/)
    expect(exitCode).toBe(0)
    expect((await runCli(['slots', '--root', 'files'], { cwd })).stdout).toContain(' expired ')
  })
})

describe('access log', () => {
  it.each([['text', []] as const, ['json', ['--json']] as const])(
    'counts what came in, and has no URL that could be used (%s)',
    async (_, flags) => {
      const { server, cwd } = await serve(flags)
      const url = await mint(cwd)
      const token = url.slice(url.lastIndexOf('/') + 1)
      writeFileSync(path.join(cwd, 'large.bin'), Buffer.alloc(200_000))
      expect((await curl(['-T', 'large.bin', url.slice(0, -1)], cwd)).status).toBe(404)
      expect((await curl(['-T', 'large.bin', `${url}?filename=${token}`], cwd)).status).toBe(200)
      const { stdout, stderr } = await server.stop()
      const log = flags.length > 0 ? stdout : stderr
      expect(log).toMatch(/upload\/[\w-]{22}\/\[token\]/)
      expect(log).toMatch(/\b200\d{3} received|"receivedBytes":200\d{3}\b/)
      expect(log).not.toContain(token.slice(-43, -33))
      expect(log).not.toContain(token.slice(-11, -1))
    },
  )
})

interface Served {
  readonly server: RunningServer
  readonly cwd: string
}

/** Serves an empty folder `files` beside a file `a.txt`. */
async function serve(flags: readonly string[] = []): Promise<Served> {
  const cwd = makeUploadFolder()
  return { server: await startServer(['files', ...flags], { cwd }), cwd }
}

/** The URL of a new slot, as a user gets it. */
async function mint(cwd: string, flags: readonly string[] = []): Promise<string> {
  const { stdout, stderr } = await runCli(['slot', ...flags], { cwd })
  expect(stderr).toBe('')
  return stdout.trim()
}

interface Answer {
  readonly status: number
  readonly json: Record<string, unknown> | null
}

async function curl(args: readonly string[], cwd: string): Promise<Answer> {
  const { stdout } = await runFile('curl', ['-s', '-w', '\n%{http_code}', ...args], { cwd })
  const [, body = '', status] = /^([^]*)\n(\d+)$/.exec(stdout) ?? []
  const json = body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : null
  return { status: Number(status), json }
}

/** The stock client with the slot as its `uploadUrl`, in a process of its own; gives the answer. */
async function uploadByTus(url: string, file: string, cwd: string): Promise<unknown> {
  symlinkSync(path.join(projectFolder, 'node_modules'), path.join(cwd, 'node_modules'))
  const script = `
    const { Upload } = require('tus-js-client')
    new Upload(require('fs').createReadStream(${JSON.stringify(file)}), {
      uploadUrl: ${JSON.stringify(url)},
      chunkSize: 1_000_000,
      headers: { Accept: 'application/json' },
      onSuccess: ({ lastResponse }) => console.log(lastResponse.getBody()),
      onError: (error) => { throw error },
    }).start()`
  const { stdout } = await runFile(process.execPath, ['-e', script], { cwd })
  return JSON.parse(stdout) as unknown
}

/** A slot whose process died while it handled an upload, as the sweep leaves it. */
async function interruptSlot(root: string): Promise<{ id: string; file: string }> {
  const record = newSlotRecord('save')
  const file = path.join(root, '.titofisto/spool', `${record.id}.holder.0`)
  writeFileSync(file, 'hello')
  const received: ReceivedFile = {
    path: file,
    name: 'a.txt',
    originalName: 'a.txt',
    fieldName: null,
    sizeBytes: 5,
    type: 'text/plain',
    sniffedType: null,
  }
  await createFileSlotStore({ folder: path.join(root, '.titofisto') }).create({
    ...record,
    state: {
      name: 'interrupted',
      holder: 'holder',
      upload: { files: [received], fields: [] },
      sinceMs: Date.now(),
    },
  })
  return { id: record.id, file }
}
