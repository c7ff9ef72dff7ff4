// The real command line as a child process: what tests of it need, and nothing mocked.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder } from '../../tools/project.mjs'
import type { ChildProcess } from 'node:child_process'

/** The built command. */
export const cliPath = path.join(projectFolder, 'dist', 'cli', 'main.js')

if (!existsSync(cliPath))
  throw new Error('dist/cli/main.js is missing: run "npm run build", or "npm test", which does.')
if (isBuildNeeded()) console.warn('dist/ is older than src/: "npm run build" makes it new.')

/** A secret that is good enough. */
export const secret = 'a secret of at least 32 bytes, as asked'.replaceAll(' ', '_')

/** How a command is started. */
export interface StartOptions {
  readonly cwd: string
  /** Variables besides PATH, and XDG_STATE_HOME, which is `cwd`; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>
  /** As this user; only root can. */
  readonly uid?: number
}

/** What a command did. */
export interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder that is gone after the test. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder with an empty folder `files` to serve, and a file `a.txt` to upload. */
export function makeUploadFolder(): string {
  const folder = makeTemporaryFolder()
  mkdirSync(path.join(folder, 'files'))
  writeFileSync(path.join(folder, 'a.txt'), 'hello')
  return folder
}

/** Where commands that run in a folder keep their state. */
export function stateFolderOf(cwd: string): string {
  const name = createHash('sha256').update(realpathSync(cwd)).digest('hex').slice(0, 32)
  return path.join(cwd, '.titofisto', name)
}

/** Runs a command to its end. */
export async function runCli(args: readonly string[], options: StartOptions): Promise<Ended> {
  const command = startCli(args, options)
  return command.ended
}

/** A running command. */
export interface RunningCli {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves with all that was written so far, once it matches; rejects when the command ends before. */
  stdoutWith(pattern: RegExp): Promise<string>
  stderrWith(pattern: RegExp): Promise<string>
}

/** Starts a command; it is killed after the test, should it still run. */
export function startCli(args: readonly string[], options: StartOptions): RunningCli {
  const command = spawnCli(args, options)
  onTestFinished(() => {
    command.child.kill('SIGKILL')
  })
  return command
}

/** Starts a command for several tests: whoever starts it ends it. */
export function spawnCli(args: readonly string[], options: StartOptions): RunningCli {
  const child = spawn(process.execPath, [cliPath, ...args], {
    cwd: options.cwd,
    // The home of whoever runs the tests is not ours.
    env: { PATH: process.env['PATH'], XDG_STATE_HOME: options.cwd, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const ended = once(child, 'close').then(([exitCode]): Ended => ({
    exitCode: exitCode as number | null,
    ...written,
  }))
  function writtenWith(name: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (pattern.test(written[name])) resolve(written[name])
      }
      look()
      child[name].on('data', look)
      void ended.then(() =>
        reject(
          new Error(
            `The command ended before it wrote ${pattern}:\n${written.stdout}${written.stderr}`,
          ),
        ),
      )
    })
  }
  return {
    child,
    ended,
    stdoutWith: (pattern) => writtenWith('stdout', pattern),
    stderrWith: (pattern) => writtenWith('stderr', pattern),
  }
}

/** A running `serve`. */
export interface RunningServer extends RunningCli {
  /** What it said first. */
  readonly welcome: string
  /** `http://127.0.0.1:12345` */
  readonly origin: string
  /** The link that it printed for a file. */
  linkTo(name: string): string
  /** Stops it, and gives all that it wrote. */
  stop(): Promise<Ended>
}

/** Starts `serve` on a free port and waits until it answers. */
export async function startServer(
  args: readonly string[],
  options: StartOptions,
): Promise<RunningServer> {
  const command = startCli(['serve', '--port', '0', ...args], options)
  const welcome = await command.stdoutWith(/Stop with Ctrl-C\.|"event":"listening"|serves.*\n$/)
  const origin = /https?:\/\/[^/"]+/.exec(welcome)?.[0] ?? ''
  return {
    ...command,
    welcome,
    origin,
    linkTo(name) {
      const link = welcome
        .split('\n')
        .find((line) => line.includes(`/${name}`) && /^ +http/.test(line))
      if (link === undefined) throw new Error(`There is no link to ${name} in:\n${welcome}`)
      return link.trim()
    },
    async stop() {
      command.child.kill('SIGTERM')
      return command.ended
    },
  }
}
