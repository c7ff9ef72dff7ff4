// `serve --exec COMMAND`: the command decides about each upload, knows of it from its environment
// alone, and never outlives its time.

import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { makeUploadFolder, runCli, secret, startServer } from './command-line.ts'
import type { RunningServer } from './command-line.ts'

const runFile = promisify(execFile)

describe('serve --exec', () => {
  it('runs its command on the upload, with the facts in its environment', async () => {
    const { cwd } = await serve('cp "$TITOFISTO_FILE" seen; env | grep ^TITOFISTO_ | sort')
    const url = await mint(cwd, ['--save-to', 'in/'])
    const { status, body } = await send(url, cwd, ['-F', 'file=@a.txt;type=text/x-mine'])
    expect(status).toBe(200)
    expect(readFileSync(path.join(cwd, 'seen'), 'utf8')).toBe('hello')
    expect(body).toMatch(/^TITOFISTO_ATTEMPT=1$/m)
    expect(body).toMatch(/^TITOFISTO_COUNT=1$/m)
    expect(body).toMatch(/^TITOFISTO_FILE=\/.*\/spool\/[^/]+$/m)
    expect(body).toMatch(/^TITOFISTO_KIND=exec$/m)
    expect(body).toMatch(/^TITOFISTO_NAME=a\.txt$/m)
    expect(body).toMatch(/^TITOFISTO_PREFIX=in\/$/m)
    expect(body).toMatch(/^TITOFISTO_SIZE=5$/m)
    expect(body).toMatch(/^TITOFISTO_SNIFFED_TYPE=$/m)
    expect(body).toMatch(/^TITOFISTO_TYPE=text\/x-mine$/m)
    expect(body).toContain(`TITOFISTO_SLOT_ID=${/upload\/([\w-]{22})/.exec(url)?.[1]}\n`)
    expect(body).not.toContain('TITOFISTO_SECRET')
    expect((await send(url, cwd)).status).toBe(404)
  })

  it('lets nothing that an uploader sends become a command', async () => {
    const { cwd } = await serve('printf %s "$TITOFISTO_NAME"')
    const name = '$(touch pwned);`touch pwned`;a.txt'
    const url = `${await mint(cwd)}?filename=${encodeURIComponent(name)}`
    expect((await send(url, cwd, ['-T', 'a.txt'])).body).toBe(name)
    expect(existsSync(path.join(cwd, 'pwned'))).toBe(false)
  })

  it('answers with what the command prints, as JSON where it is that', async () => {
    const { cwd } = await serve(`echo '{"clean": true}'`)
    const { body, type } = await send(await mint(cwd), cwd)
    expect([body, type]).toEqual(['{"clean":true}', 'application/json'])
  })

  it('answers with 204 where the command prints nothing, or too much', async () => {
    const { cwd } = await serve(
      'if [ "$TITOFISTO_PREFIX" = much ]; then head -c 1000000 /dev/zero; fi',
    )
    expect((await send(await mint(cwd), cwd)).status).toBe(204)
    expect((await send(await mint(cwd, ['--save-to', 'much']), cwd)).status).toBe(204)
  })

  it('refuses for good what the command refuses, in its words', async () => {
    const { cwd } = await serve('echo Found EICAR; echo details; exit 3')
    const url = await mint(cwd)
    expect(await send(url, cwd)).toMatchObject({ status: 422, body: 'Found EICAR\n' })
    expect((await send(url, cwd)).status).toBe(404)
  })

  it('opens the slot again on exit code 75', async () => {
    const { cwd } = await serve('if [ -e ready ]; then echo taken; else exit 75; fi')
    const url = await mint(cwd)
    expect(await send(url, cwd)).toMatchObject({ status: 409, body: 'Not now. Try again.\n' })
    writeFileSync(path.join(cwd, 'ready'), '')
    expect(await send(url, cwd)).toMatchObject({ status: 200, body: 'taken\n' })
  })

  it.each(['no-such-command', 'kill -KILL $$'])(
    'does not hold it against the upload that its command failed: %s',
    async (command) => {
      const { server, cwd } = await serve(`[ -e ready ] || ${command}`)
      const url = await mint(cwd)
      expect((await send(url, cwd)).status).toBe(500)
      expect(await server.stderrWith(/slot-handler-failed/)).toMatch(/ended with (exit code|SIG)/)
      writeFileSync(path.join(cwd, 'ready'), '')
      expect((await send(url, cwd)).status).toBe(204)
    },
  )

  it('shows every file of a form', async () => {
    const { cwd } = await serve('cat "$TITOFISTO_FILE" "$TITOFISTO_FILE_2"')
    writeFileSync(path.join(cwd, 'b.txt'), ' world')
    const url = await mint(cwd, ['--max-files', '2'])
    expect((await send(url, cwd, ['-F', 'x=@a.txt', '-F', 'y=@b.txt'])).body).toBe('hello world')
  })

  it('lets its command move the file away', async () => {
    const { server, cwd } = await serve('mv "$TITOFISTO_FILE" kept')
    expect((await send(await mint(cwd), cwd)).status).toBe(204)
    expect(readFileSync(path.join(cwd, 'kept'), 'utf8')).toBe('hello')
    expect((await server.stop()).stderr).not.toContain('error:')
  })

  it('leaves nothing behind in the spool', async () => {
    const { cwd } = await serve('[ "$TITOFISTO_PREFIX" = good ]')
    await send(await mint(cwd, ['--save-to', 'good']), cwd)
    await send(await mint(cwd), cwd)
    expect(readdirSync(path.join(cwd, 'files/.titofisto/spool'))).toEqual([])
  })

  it('ends its commands, with all that they have started, when it stops', async () => {
    const command = 'sleep 600 & echo $$ $! > pids; wait'
    const { server, cwd } = await serve(command, ['--stop-seconds', '1'])
    const sent = send(await mint(cwd), cwd).catch(() => null)
    await expect.poll(() => readPids(cwd)).toHaveLength(2)
    expect((await server.stop()).exitCode).toBe(0)
    await sent
    expect(await findRunning(cwd)).toEqual([])
  })

  it('ends them also when it is told to stop at once', async () => {
    const { server, cwd } = await serve('sleep 600 & echo $$ $! > pids; wait')
    const sent = send(await mint(cwd), cwd).catch(() => null)
    await expect.poll(() => readPids(cwd)).toHaveLength(2)
    server.child.kill('SIGTERM')
    await server.stderrWith(/stopping/)
    const again = setInterval(() => server.child.kill('SIGTERM'), 100)
    const { exitCode } = await server.ended
    clearInterval(again)
    await sent
    expect(exitCode).toBe(143)
    await expect.poll(() => findRunning(cwd)).toEqual([])
  })
})

describe('the command', () => {
  it('may come from the environment of the process', async () => {
    const cwd = makeUploadFolder()
    const env = { TITOFISTO_SECRET: secret, TITOFISTO_EXEC: 'echo from the environment' }
    await startServer(['files'], { cwd, env })
    expect((await send(await mint(cwd), cwd)).body).toBe('from the environment\n')
  })

  it('never comes from a file, even one that is named', async () => {
    const cwd = makeUploadFolder()
    writeFileSync(path.join(cwd, '.env'), 'TITOFISTO_EXEC="touch pwned"\n')
    const before = readdirSync(cwd)
    const flags = ['files', '--port', '0', '--settings-file', '.env']
    for (const env of [{}, { TITOFISTO_EXEC: '' }])
      expect(await runCli(['serve', ...flags], { cwd, env })).toEqual({
        exitCode: 2,
        stdout: '',
        stderr:
          'titofisto: TITOFISTO_EXEC in .env is refused: a file must not say what is run. Take it out, and give "serve" its command by --exec or in the environment. (titofisto serve --help)\n',
      })
    expect(readdirSync(cwd)).toEqual(before)
  })

  it('is the one of the flag, whatever a file .env says', async () => {
    const cwd = makeUploadFolder()
    writeFileSync(path.join(cwd, '.env'), 'TITOFISTO_EXEC="touch pwned"\n')
    const env = { TITOFISTO_SECRET: secret }
    const flags = ['files', '--exec', 'echo from the flag', '--settings-file', '.env']
    await startServer(flags, { cwd, env })
    rmSync(path.join(cwd, '.env'))
    expect((await send(await mint(cwd), cwd)).body).toBe('from the flag\n')
    expect(existsSync(path.join(cwd, 'pwned'))).toBe(false)
  })
})

describe('slot --kind exec', () => {
  it('needs a server with a command', async () => {
    const cwd = makeUploadFolder()
    await startServer(['files'], { cwd })
    expect(await runCli(['slot', '--kind', 'exec'], { cwd })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'titofisto: No server with --exec is running here: "titofisto serve --exec COMMAND".\n',
    })
  })
})

/** Serves an empty folder `files` beside a file `a.txt`. */
async function serve(
  command: string,
  flags: readonly string[] = [],
): Promise<{ readonly server: RunningServer; readonly cwd: string }> {
  const cwd = makeUploadFolder()
  const env = { TITOFISTO_SECRET: secret }
  return { server: await startServer(['files', '--exec', command, ...flags], { cwd, env }), cwd }
}

async function mint(cwd: string, flags: readonly string[] = []): Promise<string> {
  const args = ['slot', '--kind', 'exec', ...flags]
  const { stdout, stderr } = await runCli(args, { cwd, env: { TITOFISTO_SECRET: secret } })
  expect(stderr).toBe('')
  return stdout.trim()
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

async function send(
  url: string,
  cwd: string,
  what: readonly string[] = ['-F', 'file=@a.txt'],
): Promise<Answer> {
  const format = '\n%{http_code} %{content_type}'
  const { stdout } = await runFile('curl', ['-s', '-w', format, ...what, url], { cwd })
  const [, body = '', status, type = ''] = /^([^]*)\n(\d+) (.*)$/.exec(stdout) ?? []
  return { status: Number(status), type, body }
}

function readPids(cwd: string): number[] {
  const file = path.join(cwd, 'pids')
  return existsSync(file) ? (readFileSync(file, 'utf8').match(/\d+/g) ?? []).map(Number) : []
}

/** An ended process may still be listed, as a zombie, until whoever adopted it looks. */
async function findRunning(cwd: string): Promise<number[]> {
  const states = await Promise.all(
    readPids(cwd).map(async (pid) => {
      const ps = runFile('ps', ['-o', 'stat=', '-p', String(pid)])
      return { pid, state: (await ps.catch(() => ({ stdout: '' }))).stdout }
    }),
  )
  return states.filter(({ state }) => /^[^Z\s]/.test(state)).map(({ pid }) => pid)
}
