// @ts-check
// Requests per second over several servers: checks each, loads each in turn, and tabulates.

import { ceilingName } from './download-servers.mjs'
import { httpGet } from './http-get.mjs'
import { number } from './report.mjs'
import { interleave, medians } from './rounds.mjs'
import { readCpuSeconds, readPeakRssBytes } from './usage.mjs'
import { runWrk } from './wrk.mjs'

/** @typedef {import('./download-servers.mjs').DownloadServer} DownloadServer */

/**
 * @typedef {Record<'perSecond' | 'p50Ms' | 'p99Ms' | 'cpuMicros' | 'peakMiB', number>} Rate
 */

/**
 * Sees that a server really gives these bytes, whole.
 * @param {DownloadServer} server
 * @param {string} path
 * @param {Buffer} expected
 */
export async function checkServes(server, path, expected) {
  const { status, body } = await httpGet(server.port, path)
  if (status !== 200 || !body.equals(expected))
    throw new Error(`"${server.name}" does not give the file: ${status}, ${body.length} bytes.`)
}

/**
 * @param {ReadonlyMap<string, DownloadServer>} servers
 * @param {ReadonlyMap<string, readonly string[]>} paths By server.
 * @param {{ connections: number, rounds: number, seconds: number }} load
 * @returns {Promise<Map<string, Rate>>}
 */
export async function measureRates(servers, paths, { connections, rounds, seconds }) {
  const results = await interleave([...servers.keys()], rounds, async (name, round) => {
    const server = servers.get(name)
    if (server === undefined) throw new Error(`No server "${name}".`)
    const load = { port: server.port, paths: paths.get(name) ?? [], connections }
    // The first time also warms the server's code and the system's cache.
    if (round === 0) await runWrk({ ...load, seconds: Math.max(1, seconds / 2) })
    const before = readCpuSeconds(server.pid)
    const result = await runWrk({ ...load, seconds })
    const cpuSeconds = readCpuSeconds(server.pid) - before
    return {
      perSecond: result.requests / result.seconds,
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
      cpuMicros: (cpuSeconds * 1e6) / result.requests,
      peakMiB: readPeakRssBytes(server.pid) / 2 ** 20,
    }
  })
  return new Map([...results].map(([name, rates]) => [name, medians(rates)]))
}

/**
 * @param {string} caption
 * @param {ReadonlyMap<string, Rate>} rates
 * @returns {import('./report.mjs').Table}
 */
export function tabulateRates(caption, rates) {
  return {
    caption,
    columns: [
      'server',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU µs each',
      'peak RSS MiB',
      'of the ceiling',
      'ours is … times it',
    ],
    rows: [...rates].map(([name, rate]) => [
      name,
      number(rate.perSecond),
      number(rate.p50Ms),
      number(rate.p99Ms),
      number(rate.cpuMicros),
      number(rate.peakMiB),
      number(ratioOf(rates, name, ceilingName, 'perSecond')),
      number(ratioOf(rates, 'ours', name, 'perSecond')),
    ]),
  }
}

/**
 * One server's figure over another's; `NaN` where one was left out.
 * @template {string} Key
 * @param {ReadonlyMap<string, Record<Key, number>>} results
 * @param {string} name
 * @param {string} other
 * @param {Key} key
 */
export function ratioOf(results, name, other, key) {
  return (results.get(name)?.[key] ?? NaN) / (results.get(other)?.[key] ?? NaN)
}
