// @ts-check
// Starts an engine for a test or the bench: a program of the system's, on a free port of 127.0.0.1, in
// a folder of its own. It ends with whoever started it, also where that is killed.

import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { findProgram } from '../../../tools/system-packages.mjs'

/**
 * A running engine.
 * @typedef {object} EngineProcess
 * @property {number} pid
 * @property {() => void} pause Stops it, and all its processes, wherever they are, until `goOn`.
 * @property {() => void} goOn
 * @property {(signal: NodeJS.Signals) => Promise<void>} end Sends it a signal, and waits until it is gone.
 */

/**
 * Where an engine listens.
 * @typedef {object} EnginePlace
 * @property {string} [host] Default 127.0.0.1.
 * @property {readonly string[]} [under] A command that starts it there.
 * @property {string} [disk] A folder for its data, where that is to be elsewhere than the rest (PostgreSQL).
 * @property {number} [standbyOf] The port of the server that it begins as a copy of (PostgreSQL).
 */

/**
 * @param {object} program
 * @param {readonly string[]} program.command
 * @param {string} program.ready What it writes once it takes connections.
 * @param {readonly string[]} [program.asUser] What `setpriv` is told of the user that it runs as.
 * @param {readonly string[]} [program.under] A command that starts it in its turn, as root, such as `nsenter`.
 * @param {NodeJS.Signals} program.atOurEnd The signal that it gets when we die.
 * @returns {Promise<EngineProcess>}
 */
export async function startEngine({ command, ready, asUser = [], under = [], atOurEnd }) {
  const setpriv = findProgram('setpriv')
  const dieWithUs = ['--pdeathsig', atOurEnd.slice('SIG'.length)]
  const started = setpriv === null ? command : [setpriv, ...asUser, ...dieWithUs, '--', ...command]
  const [file = '', ...args] = [...under, ...started]
  const child = spawn(file, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let output = ''
  await new Promise((resolve, reject) => {
    /** @param {Buffer} chunk */
    function read(chunk) {
      output = (output + chunk.toString()).slice(-10_000)
      if (output.includes(ready)) resolve(null)
    }
    // Read to the end: a full pipe would stop the engine.
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    exited.then(
      () => reject(new Error(`${command[0]} ended before it was ready:\n${output}`)),
      reject,
    )
  })
  const pid = child.pid ?? 0
  return {
    pid,
    pause: () => signalAll(pid, 'SIGSTOP'),
    goOn: () => signalAll(pid, 'SIGCONT'),
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        signalAll(pid, 'SIGCONT')
        child.kill(signal)
      }
      await exited
    },
  }
}

/**
 * A port that nobody listens on, just now. It lies below those that systems choose from: an engine that
 * was stopped must find it free when it starts again, whatever has begun to listen meanwhile.
 */
export async function findFreePort() {
  for (;;) {
    const port = randomInt(15_000, 32_000)
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE') continue
      throw error
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

/**
 * A port may be taken between its finding and its use: then another one is tried.
 * @template Value
 * @param {(port: number) => Promise<Value>} start
 */
export async function onFreePort(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await findFreePort())
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

/**
 * Signals a process and its children, which PostgreSQL has one of for each connection.
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalAll(pid, signal) {
  // The parent first: it starts no further child then.
  for (const each of [pid, ...childrenOf(pid)])
    try {
      process.kill(each, signal)
    } catch {
      // It has ended meanwhile.
    }
}

/** @param {number} pid */
function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number)
}

/** @param {string} pid */
function parentOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return 0
  }
}
