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
 * Asks for paths at random.
 * @param {ReadonlyMap<string, DownloadServer>} servers
 * @param {ReadonlyMap<string, readonly string[]>} paths By server.
 * @param {{ connections: number, rounds: number, seconds: number }} load
 * @returns {Promise<Map<string, Rate>>}
 */
export async function measureRates(servers, paths, { connections, rounds, seconds }) {
  const results = await interleave([...servers.keys()], rounds, async (name, round) => {
    const server = serverOf(servers, name)
    const load = { port: server.port, paths: paths.get(name) ?? [], connections }
    // The first time also warms the server's code and the system's cache.
    if (round === 0) await runWrk({ ...load, seconds: Math.max(1, seconds / 2) })
    return measureRate(server, { ...load, seconds })
  })
  return new Map([...results].map(([name, rates]) => [name, medians(rates)]))
}

/** So many paths warm a server's code before others are asked for the first time. */
const warmingPaths = 10_000

/**
 * Asks for paths in turn, for each the first time: three rounds of two seconds, since one that is
 * done with its share would begin again.
 * @param {ReadonlyMap<string, DownloadServer>} servers
 * @param {ReadonlyMap<string, readonly string[]>} paths By server; more than 10,000.
 * @param {number} connections
 * @returns {Promise<Map<string, Rate>>}
 */
export async function measureFirstAsks(servers, paths, connections) {
  const rounds = 3
  const results = await interleave([...servers.keys()], rounds, async (name, round) => {
    const server = serverOf(servers, name)
    const all = paths.get(name) ?? []
    const load = { port: server.port, connections }
    if (round === 0) await runWrk({ ...load, paths: all.slice(0, warmingPaths), seconds: 2 })
    const share = Math.floor((all.length - warmingPaths) / rounds)
    const start = warmingPaths + round * share
    const fresh = all.slice(start, start + share)
    return measureRate(server, { ...load, paths: fresh, order: 'in turn', seconds: 2 })
  })
  return new Map([...results].map(([name, rates]) => [name, medians(rates)]))
}

/**
 * Asks once for each path.
 * @param {ReadonlyMap<string, DownloadServer>} servers
 * @param {ReadonlyMap<string, readonly string[]>} paths By server.
 * @param {ReadonlyMap<string, Rate>} rates How fast each is.
 * @param {number} connections
 */
export async function askForEach(servers, paths, rates, connections) {
  for (const [name, server] of servers) {
    const all = paths.get(name) ?? []
    // A quarter more than it should take.
    const seconds = (1.25 * all.length) / (rates.get(name)?.perSecond ?? 1)
    await runWrk({ port: server.port, paths: all, order: 'in turn', connections, seconds })
  }
}

/**
 * @param {DownloadServer} server
 * @param {import('./wrk.mjs').WrkLoad} load
 * @returns {Promise<Rate>}
 */
async function measureRate(server, load) {
  const before = readCpuSeconds(server.pid)
  const result = await runWrk(load)
  const cpuSeconds = readCpuSeconds(server.pid) - before
  return {
    perSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicros: (cpuSeconds * 1e6) / result.requests,
    peakMiB: readPeakRssBytes(server.pid) / 2 ** 20,
  }
}

/**
 * @param {ReadonlyMap<string, DownloadServer>} servers
 * @param {string} name
 */
function serverOf(servers, name) {
  const server = servers.get(name)
  if (server === undefined) throw new Error(`No server "${name}".`)
  return server
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
