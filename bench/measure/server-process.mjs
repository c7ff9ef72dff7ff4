// @ts-check
// A server under test: a child process on core 0, the bench and its load being on core 1.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { serverCore } from './cores.mjs'

/**
 * @typedef {object} ServerProcess
 * @property {string} name
 * @property {number} port On 127.0.0.1.
 * @property {number} pid
 * @property {(question: string, value?: unknown) => Promise<unknown>} ask Asks what servers/<name>.mjs answers; what comes is for the asker to know.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts servers/<file>.mjs.
 * @param {string} name What the tables call it.
 * @param {string} file
 * @param {object} setup Handed to the server.
 * @returns {Promise<ServerProcess>}
 */
export async function startServer(name, file, setup) {
  const script = fileURLToPath(new URL(`../servers/${file}.mjs`, import.meta.url))
  const child = spawn(
    'taskset',
    ['-c', String(serverCore), process.execPath, script, JSON.stringify(setup)],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  )
  const ended = new Promise((resolve) => child.once('close', resolve))
  /** @type {Map<number, { resolve: (answer: unknown) => void, reject: (error: Error) => void }>} */
  const waiting = new Map()
  const port = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`The server "${name}" ended with ${code}.`)))
    child.on('message', (/** @type {any} */ { port: told, id, answer, error }) => {
      if (told !== undefined) return resolve(told)
      const asker = waiting.get(id)
      waiting.delete(id)
      if (error === undefined) asker?.resolve(answer)
      else asker?.reject(new Error(`The server "${name}" says: ${error}`))
    })
  })
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`The server "${name}" has ended.`))
  })
  let lastId = 0
  return {
    name,
    port,
    pid: child.pid ?? 0,
    ask: (question, value) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        child.send({ id, question, value })
      }),
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
