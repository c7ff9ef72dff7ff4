// @ts-check
// Many small requests: wrk, one thread, on the load's core.

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { workFolder } from './work-folder.mjs'

const script = fileURLToPath(new URL('wrk.lua', import.meta.url))

/**
 * @typedef {object} WrkResult
 * @property {number} requests
 * @property {number} seconds
 * @property {number} p50Ms
 * @property {number} p99Ms
 */

/**
 * @typedef {object} WrkLoad
 * @property {number} port
 * @property {readonly string[]} paths
 * @property {'at random' | 'in turn'} [order] In turn, it begins again after the last.
 * @property {number} connections
 * @property {number} seconds
 */

/**
 * Asks for paths, at random if not told otherwise.
 * @param {WrkLoad} load
 * @returns {Promise<WrkResult>}
 * @throws Error where an answer was not a success, or a connection broke.
 */
export async function runWrk({ port, paths, order = 'at random', connections, seconds }) {
  /** @type {Record<string, string>} */
  const env = { BENCH_ORDER: order }
  if (paths.length > 1) {
    env['BENCH_PATHS'] = path.join(workFolder, 'wrk-paths.txt')
    writeFileSync(env['BENCH_PATHS'], paths.join('\n'))
  }
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${Math.ceil(seconds)}s`,
    '--timeout',
    '10s',
    '-s',
    script,
  ]
  const { stdout } = await promisify(execFile)(
    'wrk',
    [...args, `http://127.0.0.1:${port}${paths[0]}`],
    { env: { ...process.env, ...env } },
  )
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  if (result.badStatus + result.broken + result.timeouts > 0 || result.requests === 0)
    throw new Error(`wrk saw failures: ${JSON.stringify(result)}`)
  return result
}
