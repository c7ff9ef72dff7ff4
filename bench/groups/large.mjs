// @ts-check
// Large files from the page cache: whole, to 1 and 8 clients, and in pieces.

import { closeSync, openSync, readSync } from 'node:fs'
import path from 'node:path'
import { startDownloadServers } from '../measure/download-servers.mjs'
import { httpGet } from '../measure/http-get.mjs'
import { readForSeconds } from '../measure/raw-reader.mjs'
import { atLeast, atMost, number } from '../measure/report.mjs'
import { ratioOf } from '../measure/request-rates.mjs'
import { interleave, medians } from '../measure/rounds.mjs'
import { makeLargeFile } from '../measure/sample-files.mjs'
import { readCpuSeconds, readPeakRssBytes } from '../measure/usage.mjs'

const mebibyte = 2 ** 20
const gibibyte = 2 ** 30

/**
 * @typedef {object} Case
 * @property {string} title
 * @property {number} mebibytes
 * @property {number} connections
 * @property {boolean} ranges Pieces of 1 MiB at random.
 */

/** @type {readonly Case[]} */
const cases = [
  { title: '100 MiB, 1 connection', mebibytes: 100, connections: 1, ranges: false },
  { title: '100 MiB, 8 connections', mebibytes: 100, connections: 8, ranges: false },
  { title: '1 GiB, 1 connection', mebibytes: 1024, connections: 1, ranges: false },
  { title: '1 GiB, 8 connections', mebibytes: 1024, connections: 8, ranges: false },
  {
    title: '1 MiB ranges out of 1 GiB, 8 connections',
    mebibytes: 1024,
    connections: 8,
    ranges: true,
  },
]

/** @param {import('../run.mjs').Effort} effort */
export async function large(effort) {
  const tables = []
  const targets = []
  for (const each of cases) {
    const results = await measureCase(each, effort)
    tables.push(tabulate(each.title, results))
    targets.push(
      atLeast(
        `${each.title}: GB/s, times send`,
        ratioOf(results, 'ours', 'send', 'gbPerSecond'),
        each.ranges ? 2 : 1.6,
      ),
    )
    if (each.ranges) continue
    targets.push(
      atMost(
        `${each.title}: CPU per GiB, of send's`,
        ratioOf(results, 'ours', 'send', 'cpuSecondsPerGiB'),
        0.65,
      ),
      atLeast(
        `${each.title}: GB/s, of nginx with sendfile`,
        ratioOf(results, 'ours', 'nginx', 'gbPerSecond'),
        0.5,
      ),
      atMost(`${each.title}: peak RSS`, results.get('ours')?.peakMiB ?? NaN, 90, 'MiB'),
    )
  }
  return {
    title: 'Large files from the page cache',
    targets,
    tables,
    notes: [
      'Bytes of bodies that arrived within the time, over all connections. 1 GB is 10^9 bytes.',
    ],
  }
}

/**
 * @param {Case} wanted
 * @param {import('../run.mjs').Effort} effort
 */
async function measureCase({ mebibytes, connections, ranges }, effort) {
  const { rounds, seconds } = effort
  const { root, name, bytes } = await makeLargeFile(mebibytes)
  const servers = await startDownloadServers(root, effort)
  try {
    const paths = new Map()
    for (const [key, server] of servers) {
      const [target] = await server.paths([name])
      paths.set(key, target)
      await checkRange(server, target ?? '', path.join(root, name))
    }
    const results = await interleave([...servers.keys()], rounds, async (key, round) => {
      const server = servers.get(key)
      if (server === undefined) throw new Error(`No server "${key}".`)
      const nextRequest = () => formatRequest(paths.get(key), ranges ? bytes : 0)
      const load = { port: server.port, nextRequest, connections }
      if (round === 0) await readForSeconds({ ...load, seconds: Math.min(1, seconds) })
      // Some kernels take back pages that nobody read for a few seconds.
      bringIntoCache(path.join(root, name))
      const before = readCpuSeconds(server.pid)
      const result = await readForSeconds({ ...load, seconds })
      const cpuSeconds = readCpuSeconds(server.pid) - before
      return {
        gbPerSecond: result.bytes / result.seconds / 1e9,
        cpuSecondsPerGiB: cpuSeconds / (result.bytes / gibibyte),
        answersPerSecond: result.finished / result.seconds,
        peakMiB: readPeakRssBytes(server.pid) / mebibyte,
      }
    })
    return new Map([...results].map(([key, values]) => [key, medians(values)]))
  } finally {
    for (const server of servers.values()) await server.stop()
  }
}

/**
 * Sees that a server gives the right bytes out of the file's middle.
 * @param {import('../measure/download-servers.mjs').DownloadServer} server
 * @param {string} target
 * @param {string} file
 */
async function checkRange(server, target, file) {
  const start = 7 * mebibyte + 11
  const { status, body } = await httpGet(server.port, target, {
    range: `bytes=${start}-${start + 999}`,
  })
  if (status !== 206 || !body.equals(readSlice(file, start, 1000)))
    throw new Error(`"${server.name}" does not give the range: ${status}, ${body.length} bytes.`)
}

/**
 * @param {string} file
 * @param {number} start
 * @param {number} length
 */
function readSlice(file, start, length) {
  const descriptor = openSync(file, 'r')
  const slice = Buffer.alloc(length)
  readSync(descriptor, slice, 0, length, start)
  closeSync(descriptor)
  return slice
}

/**
 * @param {string} target
 * @param {number} bytes Of the file; 0 for all of it.
 */
function formatRequest(target, bytes) {
  if (bytes === 0) return `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
  const start = Math.floor(Math.random() * (bytes - mebibyte))
  return `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=${start}-${start + mebibyte - 1}\r\n\r\n`
}

/**
 * @param {string} caption
 * @param {ReadonlyMap<string, Record<'gbPerSecond' | 'cpuSecondsPerGiB' | 'answersPerSecond' | 'peakMiB', number>>} results
 */
function tabulate(caption, results) {
  return {
    caption,
    columns: [
      'server',
      'GB/s',
      'CPU s per GiB',
      'answers/s',
      'peak RSS MiB',
      'of nginx',
      'ours is … times it',
    ],
    rows: [...results].map(([name, result]) => [
      name,
      number(result.gbPerSecond),
      number(result.cpuSecondsPerGiB),
      number(result.answersPerSecond),
      number(result.peakMiB),
      number(ratioOf(results, name, 'nginx', 'gbPerSecond')),
      number(ratioOf(results, 'ours', name, 'gbPerSecond')),
    ]),
  }
}

/** @param {string} file */
function bringIntoCache(file) {
  const descriptor = openSync(file, 'r')
  try {
    const buffer = Buffer.allocUnsafe(4 * mebibyte)
    while (readSync(descriptor, buffer) > 0);
  } finally {
    closeSync(descriptor)
  }
}
