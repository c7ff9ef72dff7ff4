// @ts-check
// A Redis or Valkey of our own; the system's service is not touched.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findProgram } from '../../../tools/system-packages.mjs'
import { onFreePort, startEngine } from './engine-process.mjs'

/**
 * @typedef {object} RedisEngine
 * @property {number} port
 * @property {string} host
 * @property {string} url
 * @property {() => void} pause
 * @property {() => void} goOn
 * @property {() => Promise<void>} kill As a power cut would; `startAgain` starts it at the same port.
 * @property {(setting: { keepsData: boolean }) => Promise<void>} startAgain
 * @property {() => Promise<void>} stop Ends it, and takes its folder away.
 */

/** The server's program, or null. */
export function findRedis() {
  return findProgram('redis-server') ?? findProgram('valkey-server')
}

/**
 * Starts one.
 * @param {readonly string[]} [options] Of its command line.
 * @param {import('./engine-process.mjs').EnginePlace} [place]
 * @returns {Promise<RedisEngine>}
 */
export async function startRedis(options = [], { host = '127.0.0.1', under = [] } = {}) {
  const program = findRedis()
  if (program === null) throw new Error('There is no redis-server.')
  let folder = mkdtempSync(path.join(tmpdir(), 'titofisto-redis-'))
  /** @param {number} port */
  function startAt(port) {
    const place = ['--port', String(port), '--bind', host, '--dir', folder]
    // Else it lets nobody in who is elsewhere.
    const open = ['--protected-mode', 'no']
    const keeping = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'no']
    return startEngine({
      command: [program ?? '', ...place, ...open, ...keeping, ...options],
      ready: 'Ready to accept connections',
      under,
      atOurEnd: 'SIGKILL',
    })
  }
  let { engine, port } = await onFreePort(async (free) => ({
    engine: await startAt(free),
    port: free,
  }))
  return {
    port,
    host,
    url: `redis://${host}:${port}`,
    pause: () => engine.pause(),
    goOn: () => engine.goOn(),
    kill: () => engine.end('SIGKILL'),
    async startAgain({ keepsData }) {
      if (!keepsData) {
        rmSync(folder, { recursive: true, force: true })
        folder = mkdtempSync(path.join(tmpdir(), 'titofisto-redis-'))
      }
      engine = await startAt(port)
    },
    async stop() {
      await engine.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
