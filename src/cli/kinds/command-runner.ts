// Runs a shell command to its end, in a process group of its own, so that all it has started can be
// ended with it: when its time is up, or when we stop.

import { spawn, type ChildProcess } from 'node:child_process'
import { addAbortListener } from 'node:events'

/** The most bytes of a command's output that are kept. */
export const maxOutputBytes = 64 * 1024

/** How a command ended. */
export interface CommandEnd {
  /** `null` where a signal ended it. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** What it wrote to stdout; `null` where that was more than {@link maxOutputBytes}. */
  readonly output: string | null
}

/** Runs commands. */
export interface CommandRunner {
  /**
   * Runs a command by `sh -c` with these variables; its stderr is ours. Once `signal` aborts, its
   * process group gets SIGTERM, and three seconds later SIGKILL.
   *
   * Rejects where no shell can be started, as when the variables are too large for the system.
   */
  run(command: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<CommandEnd>
  /** Ends the commands that are running, as an aborted signal would, and lets no more begin. */
  stop(): void
}

// Less than the 5 s that a slot's handler has once its signal has aborted.
const killAfterMs = 3000

/** Makes a runner; what still runs when our process exits is killed. */
export function createCommandRunner(): CommandRunner {
  const stopping = new AbortController()
  const running = new Set<ChildProcess>()
  process.on('exit', () => {
    for (const child of running) killGroup(child, 'SIGKILL')
  })

  return {
    stop: () => stopping.abort(),
    async run(command, env, signal) {
      if (stopping.signal.aborted) throw new Error('The server stops.')
      const child = spawn('sh', ['-c', command], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
        // Its own process group: with the shell end all that it has started.
        detached: true,
      })
      running.add(child)
      const readOutput = collectOutput(child)
      const endings = [signal, stopping.signal].map((each) =>
        addAbortListener(each, () => endInTime(child)),
      )
      try {
        return await new Promise((resolve, reject) => {
          child.once('error', reject)
          child.once('close', (exitCode, endSignal) =>
            resolve({ exitCode, signal: endSignal, output: readOutput() }),
          )
        })
      } finally {
        running.delete(child)
        for (const ending of endings) ending[Symbol.dispose]()
      }
    },
  }
}

/** Reads all that a command writes, so that it never waits for us, and keeps what is not too much. */
function collectOutput(child: ChildProcess): () => string | null {
  const chunks: Buffer[] = []
  let bytes = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxOutputBytes) chunks.push(chunk)
  })
  return () => (bytes <= maxOutputBytes ? Buffer.concat(chunks).toString('utf8') : null)
}

function endInTime(child: ChildProcess): void {
  killGroup(child, 'SIGTERM')
  const timer = setTimeout(() => {
    killGroup(child, 'SIGKILL')
    // A process that left the group may hold the pipe open for ever.
    child.stdout?.destroy()
  }, killAfterMs)
  child.once('close', () => clearTimeout(timer))
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Nothing of it is left.
  }
}
