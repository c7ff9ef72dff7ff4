// @ts-check
// Large uploads, one after another: as a form, as the raw body and by tus, into memory and to disk.

import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { atLeast, atMost, number } from '../measure/report.mjs'
import { ratioOf } from '../measure/request-rates.mjs'
import { interleave, medians } from '../measure/rounds.mjs'
import { hashOfUpload, sendUpload } from '../measure/upload-client.mjs'
import {
  formatHeap,
  heapsMiB,
  oursAs,
  peers,
  startUploadServer,
  wantedOf,
} from '../measure/upload-servers.mjs'
import { readCpuSeconds, readPeakRssBytes } from '../measure/usage.mjs'
import { memoryFolder, workFolder } from '../measure/work-folder.mjs'

const mebibyte = 2 ** 20
/** Of the upload before each round: V8 drops what it compiled while a server waits for the others. */
const mostWarmBytes = 100 * mebibyte

const contestants = [
  oursAs('ours, multipart', 'multipart', { store: 'file', durable: false }),
  oursAs('ours, raw PUT', 'raw', { store: 'file', durable: false }),
  oursAs('ours, tus', 'tus on a slot', { store: 'file', durable: false }),
  // No peer flushes: this row says what the default costs.
  oursAs('ours, raw PUT, durable', 'raw', { store: 'file', durable: true }),
  ...peers,
]

/** Ours, and the peer that it must beat. */
const pairs = /** @type {const} */ ([
  ['ours, multipart', 'multer'],
  ['ours, multipart', '@fastify/busboy'],
  ['ours, raw PUT', 'pipeline'],
  ['ours, tus', '@tus/server'],
])
const leastTimesTheirRate = 1.5
const mostOfTheirCpu = 0.7

const places = /** @type {const} */ ([
  ['tmpfs', memoryFolder],
  ['disk', path.join(workFolder, 'uploads')],
])

const sizesAndHeaps = [100, 1024].flatMap((mebibytes) =>
  heapsMiB.map((heapMiB) => /** @type {const} */ ([mebibytes, heapMiB])),
)

/** @param {import('../run.mjs').Effort} effort */
export async function upload(effort) {
  const tables = []
  const targets = []
  for (const [placeName, place] of places.filter(([name]) => effort.isPlaceWanted(name)))
    for (const [mebibytes, heapMiB] of sizesAndHeaps) {
      if (!effort.isSizeWanted(mebibytes)) continue
      const size = mebibytes === 1024 ? '1 GiB' : '100 MiB'
      const title = `${size}, ${placeName}, ${formatHeap(heapMiB)}`
      const load = { bytes: mebibytes * mebibyte, heapMiB }
      const results = await measureUploads(place, load, effort)
      tables.push(tabulate(title, results))
      for (const [ours, other] of pairs)
        targets.push(
          atLeast(
            `${title}: ${ours}, times ${other}`,
            ratioOf(results, ours, other, 'mbPerSecond'),
            leastTimesTheirRate,
          ),
          atMost(
            `${title}: ${ours}, CPU a GiB, of that of ${other}`,
            ratioOf(results, ours, other, 'cpuSecondsPerGiB'),
            mostOfTheirCpu,
          ),
        )
      for (const name of ['ours, multipart', 'ours, raw PUT', 'ours, tus'])
        targets.push(
          atMost(`${title}: ${name}, peak RSS`, results.get(name)?.peakMiB ?? NaN, 120, 'MiB'),
        )
    }
  return {
    title: 'Large uploads',
    targets,
    tables,
    notes: [
      'One upload at a time, from its first request to its last answer; for ours that includes claiming the slot, the handler and moving the file into place, but not minting. 1 MB is 10^6 bytes.',
      'No server but the one called durable flushes to the disk. pipeline is `pipeline(req, createWriteStream(path))`.',
      'The first upload to each server is checked by its SHA-256, each later one by its size.',
    ],
  }
}

/**
 * @param {string} place
 * @param {{ bytes: number, heapMiB: number }} load
 * @param {import('../run.mjs').Effort} effort
 */
async function measureUploads(place, { bytes, heapMiB }, effort) {
  const { rounds, seconds } = effort
  /** @type {Map<string, import('../measure/upload-servers.mjs').UploadServer>} */
  const servers = new Map()
  try {
    for (const contestant of wantedOf(contestants, effort))
      servers.set(contestant.name, await startUploadServer(contestant, place, heapMiB))
    const hash = hashOfUpload(bytes)
    const results = await interleave([...servers.keys()], rounds, async (name, round) => {
      const server = servers.get(name)
      if (server === undefined) throw new Error(`No server "${name}".`)
      const warmBytes = round === 0 ? bytes : Math.min(bytes, mostWarmBytes)
      await uploadOnce(server, warmBytes)
      await checkFile(server, warmBytes, round === 0 ? hash : null)
      let count = 0
      let elapsedSeconds = 0
      let cpuSeconds = 0
      while (count === 0 || elapsedSeconds < seconds) {
        const cpuBefore = readCpuSeconds(server.pid)
        elapsedSeconds += await uploadOnce(server, bytes)
        cpuSeconds += readCpuSeconds(server.pid) - cpuBefore
        count++
        await checkFile(server, bytes, null)
      }
      return {
        mbPerSecond: (count * bytes) / elapsedSeconds / 1e6,
        cpuSecondsPerGiB: cpuSeconds / ((count * bytes) / 2 ** 30),
        peakMiB: readPeakRssBytes(server.pid) / mebibyte,
      }
    })
    return new Map([...results].map(([name, values]) => [name, medians(values)]))
  } finally {
    for (const server of servers.values()) await server.stop()
    rmSync(place, { recursive: true, force: true })
  }
}

/**
 * Uploads, and gives the seconds that it took.
 * @param {import('../measure/upload-servers.mjs').UploadServer} server
 * @param {number} bytes
 */
async function uploadOnce(server, bytes) {
  const { targets } = await server.targets(1)
  const started = performance.now()
  await sendUpload({
    port: server.port,
    protocol: server.protocol,
    target: targets[0] ?? '',
    bytes,
  })
  return (performance.now() - started) / 1000
}

/**
 * Finds the one file of this size that the server was sent, checks it, and takes it away again.
 * @param {import('../measure/upload-servers.mjs').UploadServer} server
 * @param {number} bytes
 * @param {string | null} hash
 */
async function checkFile(server, bytes, hash) {
  const entries = readdirSync(server.folder, { recursive: true, withFileTypes: true })
  const found = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).size === bytes)
  const [file] = found
  if (file === undefined || found.length > 1)
    throw new Error(`"${server.name}" has ${found.length} files of ${bytes} bytes, not one.`)
  if (hash !== null) {
    const sum = createHash('sha256')
    await pipeline(createReadStream(file), sum)
    if (sum.digest('hex') !== hash) throw new Error(`"${server.name}" wrote other bytes.`)
  }
  rmSync(file)
}

/**
 * @param {string} caption
 * @param {ReadonlyMap<string, Record<'mbPerSecond' | 'cpuSecondsPerGiB' | 'peakMiB', number>>} results
 */
function tabulate(caption, results) {
  return {
    caption,
    columns: [
      'server',
      'MB/s',
      'CPU s per GiB',
      'peak RSS MiB',
      'ours, multipart, is … times it',
      'ours, raw PUT, …',
      'ours, tus, …',
    ],
    rows: [...results].map(([name, result]) => [
      name,
      number(result.mbPerSecond),
      number(result.cpuSecondsPerGiB),
      number(result.peakMiB),
      number(ratioOf(results, 'ours, multipart', name, 'mbPerSecond')),
      number(ratioOf(results, 'ours, raw PUT', name, 'mbPerSecond')),
      number(ratioOf(results, 'ours, tus', name, 'mbPerSecond')),
    ]),
  }
}
