// A client in its own language, as a child process that uploads what it is told to; the lines between
// us are described in programs/lines.mjs.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A way that a program may upload by. */
export type Way = 'form' | 'put' | 'untyped' | 'tus'

/** What a client is asked to upload. */
export interface Order {
  readonly url: string
  readonly path: string
  readonly name: string
  readonly type: string
}

/** What it saw of the answer: its status, or `error` where it saw none and says why. */
export interface ClientAnswer {
  readonly status: number | 'error'
  readonly text: string
}

/** A running program. */
export interface ClientProgram {
  upload(way: Way, order: Order): Promise<ClientAnswer>
  close(): Promise<void>
}

/** Starts a program of programs/, by the command that runs it. */
export function startClientProgram(command: readonly string[], file: string): ClientProgram {
  const [program = '', ...args] = command
  const programPath = fileURLToPath(new URL(`programs/${file}`, import.meta.url))
  // A proxy of the machine's is not for us.
  const env = { ...process.env, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }
  const child = spawn(program, [...args, programPath], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaints = ''
  child.stderr.on('data', (chunk) => (complaints += String(chunk)))
  // A program that ends early is told by the missing line below.
  child.stdin.on('error', () => {})
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      complaints += error.message
      resolve()
    })
    child.once('close', () => resolve())
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async upload(way, { url, path, name, type }) {
      child.stdin.write(`${[way, url, path, name, type].join('\t')}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${file} ended without an answer: ${complaints}`)
      const [status = '', body = ''] = value.split('\t')
      const text = Buffer.from(body, 'base64').toString()
      return { status: status === 'error' ? status : Number(status), text }
    },
    async close() {
      child.stdin.end()
      await ended
    },
  }
}
