import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { formatHolder, isHolderDead, isOwnHolder } from './holder.ts'
import { describeUnless } from '../../test/support/unless.ts'

let source: CompiledSource
let child: ChildProcess | null = null

beforeAll(async () => {
  source = await compileSource()
})

afterAll(async () => {
  await source.remove()
})

afterEach(() => {
  child?.kill('SIGKILL')
  child = null
})

describe('a holder', () => {
  it('is named so that it is safe in a file name, and short enough for one', () => {
    const holder = formatHolder('AAAAAAAAAAAA')
    expect(holder).toMatch(/^[A-Za-z0-9_.-]{1,64}$/)
    expect(isOwnHolder(holder)).toBe(true)
    expect(isHolderDead(holder)).toBe(false)
  })

  it.each(['', 'x', 'a.b', 'dead-process', '....', 'a.-1.0.x.y', '\0.1.1.1.1', 'a'.repeat(1000)])(
    'of a name that is not ours (%j) is nobody that we could know dead',
    (name) => {
      expect(isOwnHolder(name)).toBe(false)
      expect(isHolderDead(name)).toBe(false)
    },
  )

  describeUnless(
    process.platform === 'linux' ? null : 'not on Linux',
    'in another process here',
    () => {
      it('lives while its process runs or is stopped, and is dead once that is killed', async () => {
        const { pid, holder, exited } = await startHolder()
        expect(isOwnHolder(holder)).toBe(false)
        expect(isHolderDead(holder)).toBe(false)
        process.kill(pid, 'SIGSTOP')
        await expect.poll(() => stateOf(pid)).toBe('T')
        expect(isHolderDead(holder)).toBe(false)
        process.kill(pid, 'SIGKILL')
        await exited
        expect(isHolderDead(holder)).toBe(true)
      })

      it('is dead as a zombie too: its parent has not asked how it ended', async () => {
        // The shell becomes a program that never waits for the child that it had.
        const parent = spawn('/bin/sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'])
        child = parent
        const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
        await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n')
        process.kill(Number(line), 'SIGKILL')
        await expect.poll(() => stateOf(Number(line))).toBe('Z')
        expect(isHolderDead(renamed({ pid: Number(line), start: startOf(Number(line)) }))).toBe(
          true,
        )
      })

      it('is dead where its number belongs to another process by now', () => {
        const start = startOf(process.pid)
        expect(isHolderDead(renamed({ pid: process.pid, start }))).toBe(false)
        expect(isHolderDead(renamed({ pid: process.pid, start: start - 1 }))).toBe(true)
      })

      it('is not known to be dead where it ran on another machine, or before this one was booted', () => {
        const [, ...rest] = formatHolder('x').split('.')
        expect(isHolderDead(['0123456789abcdef', ...rest].join('.'))).toBe(false)
        expect(isHolderDead(['0123456789abcdef', 'zzzz', '1', 'x', 'y'].join('.'))).toBe(false)
      })
    },
  )
})

async function startHolder(): Promise<{ pid: number; holder: string; exited: Promise<unknown> }> {
  const program = `
    import { formatHolder } from ${JSON.stringify(`${source.folder}/holders/holder.js`)}
    console.log(formatHolder('claim'))
    setInterval(() => {}, 1000)`
  const started = spawn(process.execPath, ['--input-type=module', '-e', program])
  child = started
  const [holder] = (await once(createInterface({ input: started.stdout }), 'line')) as [string]
  return { pid: started.pid ?? 0, holder, exited: once(started, 'exit') }
}

/** Our own name with another process in it. */
function renamed({ pid, start }: { pid: number; start: number }): string {
  const [place] = formatHolder('x').split('.')
  return [place, pid.toString(36), start.toString(36), 'copy', 'claim'].join('.')
}

function stateOf(pid: number): string | undefined {
  return fieldsOf(pid)[0]
}

function startOf(pid: number): number {
  return Number(fieldsOf(pid)[19])
}

function fieldsOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}
