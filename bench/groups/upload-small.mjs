// @ts-check
// Many uploads of 1 KiB over 32 connections; ours mints a slot for each, in the same time.

import { rmSync } from 'node:fs'
import { atLeast, number } from '../measure/report.mjs'
import { ratioOf } from '../measure/request-rates.mjs'
import { interleave, medians } from '../measure/rounds.mjs'
import { sendSmallUploads } from '../measure/small-uploads.mjs'
import {
  formatHeap,
  heapsMiB,
  oursAs,
  peers,
  startUploadServer,
  wantedOf,
} from '../measure/upload-servers.mjs'
import { readPeakRssBytes } from '../measure/usage.mjs'
import { memoryFolder, workFolder } from '../measure/work-folder.mjs'

const bytes = 1024
const uploadsPerSecondOfRound = 700
/** Cold code would be most of what a short run measures. */
const warmUploads = 3000

const contestants = [
  oursAs('ours, file store, multipart', 'multipart', { store: 'file', durable: false }),
  oursAs('ours, file store, raw PUT', 'raw', { store: 'file', durable: false }),
  oursAs('ours, file store, multipart, durable', 'multipart', { store: 'file', durable: true }),
  oursAs('ours, memory store, multipart', 'multipart', { store: 'memory', durable: false }),
  oursAs('ours, memory store, raw PUT', 'raw', { store: 'memory', durable: false }),
  // tus creates and sends in two requests; its cost at 1 KiB is no choice of anybody's.
  ...peers.filter(({ protocol }) => protocol !== 'tus'),
]

const placesAndHeaps = [
  { placeName: 'tmpfs', place: memoryFolder },
  { placeName: 'disk', place: `${workFolder}/small-uploads` },
].flatMap(({ placeName, place }) => heapsMiB.map((heapMiB) => ({ placeName, place, heapMiB })))

/** @param {import('../run.mjs').Effort} effort */
export async function uploadSmall(effort) {
  const tables = []
  const targets = []
  for (const { placeName, place, heapMiB } of placesAndHeaps) {
    const title = `${placeName}, ${formatHeap(heapMiB)}`
    const rates = await measureSmall({ place, heapMiB }, effort)
    tables.push(tabulate(title, rates))
    for (const way of ['multipart', 'raw PUT'])
      targets.push(
        atLeast(
          `${title}: file store, ${way}: minted and redeemed a second`,
          rates.get(`ours, file store, ${way}`)?.perSecond ?? NaN,
          1500,
        ),
      )
    targets.push(
      atLeast(
        `${title}: memory store, multipart: times multer`,
        ratioOf(rates, 'ours, memory store, multipart', 'multer', 'perSecond'),
        1.5,
      ),
    )
  }
  return {
    title: 'Small uploads',
    targets,
    tables,
    notes: [
      'Ours mints one slot for each upload, and the time of minting counts; the others have no slots.',
    ],
  }
}

/**
 * @param {{ place: string, heapMiB: number }} where
 * @param {import('../run.mjs').Effort} effort
 */
async function measureSmall({ place, heapMiB }, effort) {
  const { rounds, seconds } = effort
  /** @type {Map<string, import('../measure/upload-servers.mjs').UploadServer>} */
  const servers = new Map()
  try {
    for (const contestant of wantedOf(contestants, effort))
      servers.set(contestant.name, await startUploadServer(contestant, place, heapMiB))
    const results = await interleave([...servers.keys()], rounds, async (name, round) => {
      const server = servers.get(name)
      if (server === undefined) throw new Error(`No server "${name}".`)
      const count = Math.max(100, Math.round(uploadsPerSecondOfRound * seconds))
      const load = { count, bytes, connections: 32 }
      if (round === 0) await sendSmallUploads(server, { ...load, count: warmUploads })
      const result = await sendSmallUploads(server, load)
      return {
        perSecond: count / result.seconds,
        mintMicros: (result.mintSeconds * 1e6) / count,
        cpuMicros: (result.cpuSeconds * 1e6) / count,
        peakMiB: readPeakRssBytes(server.pid) / 2 ** 20,
      }
    })
    return new Map([...results].map(([name, values]) => [name, medians(values)]))
  } finally {
    for (const server of servers.values()) await server.stop()
    rmSync(place, { recursive: true, force: true })
  }
}

/**
 * @param {string} title
 * @param {Map<string, Record<'perSecond' | 'mintMicros' | 'cpuMicros' | 'peakMiB', number>>} rates
 */
function tabulate(title, rates) {
  return {
    caption: `1 KiB each, 32 connections, ${title}`,
    columns: ['server', 'uploads/s', 'of it minting, µs each', 'CPU µs each', 'peak RSS MiB'],
    rows: [...rates].map(([name, rate]) => [
      name,
      number(rate.perSecond),
      rate.mintMicros === 0 ? '–' : number(rate.mintMicros),
      number(rate.cpuMicros),
      number(rate.peakMiB),
    ]),
  }
}
