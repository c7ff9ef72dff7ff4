import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCommandRunner, maxOutputBytes } from './command-runner.ts'
import type { CommandEnd } from './command-runner.ts'

describe('a command', () => {
  const env = { PATH: process.env['PATH'] }
  const never = new AbortController().signal

  /** Ends a command's time once it has made the file $BEGUN. */
  async function runAndAbort(command: string): Promise<CommandEnd> {
    const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-command-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const begun = path.join(folder, 'begun')
    const time = new AbortController()
    const ended = createCommandRunner().run(command, { ...env, BEGUN: begun }, time.signal)
    await expect.poll(() => existsSync(begun)).toBe(true)
    time.abort()
    return ended
  }

  it('has an exit code, and says something', async () => {
    const end = await createCommandRunner().run('echo "$X"; exit 3', { ...env, X: 'é' }, never)
    expect(end).toEqual({ exitCode: 3, signal: null, output: 'é\n' })
  })

  it('may print more than is kept, and is read to its end', async () => {
    const print = (bytes: number) =>
      createCommandRunner().run(`head -c ${bytes} /dev/zero`, env, never)
    expect((await print(maxOutputBytes)).output).toHaveLength(maxOutputBytes)
    expect(await print(10_000_000)).toEqual({ exitCode: 0, signal: null, output: null })
  })

  it('is asked to end when its time is up, with all that it has started', async () => {
    const timeout = AbortSignal.timeout(200)
    const end = await createCommandRunner().run('sleep 600 & sleep 600; echo late', env, timeout)
    expect(end).toEqual({ exitCode: null, signal: 'SIGTERM', output: '' })
  })

  it('is killed where it does not end in three seconds', async () => {
    const command = 'trap "" TERM; : > "$BEGUN"; while :; do sleep 0.1; done'
    expect((await runAndAbort(command)).signal).toBe('SIGKILL')
  })

  it('is not waited for in what has left its process group', async () => {
    const end = await runAndAbort(
      'setsid sleep 6 & (while kill -0 $$; do sleep 0.05; done 2>&-; : > "$BEGUN") & exit 4',
    )
    expect(end).toEqual({ exitCode: 4, signal: null, output: '' })
  })

  it('does not begin once the runner was stopped, which ends those that run', async () => {
    const runner = createCommandRunner()
    const running = runner.run('sleep 600', env, never)
    runner.stop()
    expect((await running).signal).toBe('SIGTERM')
    await expect(runner.run('true', env, never)).rejects.toThrow('The server stops.')
  })

  it('that no shell can be given fails', async () => {
    const run = createCommandRunner().run('true', { ...env, X: 'x'.repeat(10_000_000) }, never)
    await expect(run).rejects.toThrow('E2BIG')
  })
})
