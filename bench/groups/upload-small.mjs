// @ts-check
// Many uploads of 1 KiB over 64 connections; ours has tens of thousands of open slots all the time.

import { rmSync } from 'node:fs'
import { atLeast, atMost, number } from '../measure/report.mjs'
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
const connections = 64
const uploadsPerSecondOfRound = 1500
/** Before each round: V8 drops what it compiled while a server waits, and cold code would be most of a short round. */
const warmUploads = 3000
/** Open all the time: a store that gets slower with every open slot must show. */
const openSlots = 60_000

const contestants = [
  oursAs('ours, file store, multipart', 'multipart', { store: 'file', durable: false }),
  oursAs('ours, file store, raw PUT', 'raw', { store: 'file', durable: false }),
  oursAs('ours, file store, multipart, durable', 'multipart', { store: 'file', durable: true }),
  oursAs('ours, memory store, multipart', 'multipart', { store: 'memory', durable: false }),
  oursAs('ours, memory store, raw PUT', 'raw', { store: 'memory', durable: false }),
  // tus creates and sends in two requests; its cost at 1 KiB is no choice of anybody's.
  ...peers.filter(({ protocol }) => protocol !== 'tus'),
]

/** What must be reached. */
const timesMulter = /** @type {const} */ ([
  ['ours, memory store, multipart', 1],
  ['ours, file store, multipart', 0.5],
])

const places = /** @type {const} */ ([
  ['tmpfs', memoryFolder],
  ['disk', `${workFolder}/small-uploads`],
])

/** @param {import('../run.mjs').Effort} effort */
export async function uploadSmall(effort) {
  const tables = []
  const targets = []
  const wantedPlaces = places.filter(([placeName]) => effort.isPlaceWanted(placeName))
  const placesAndHeaps = wantedPlaces.flatMap(([placeName, place]) =>
    heapsMiB.map((heapMiB) => /** @type {const} */ ([placeName, place, heapMiB])),
  )
  for (const [placeName, place, heapMiB] of placesAndHeaps) {
    const title = `${placeName}, ${formatHeap(heapMiB)}`
    const rates = await measureSmall({ place, heapMiB }, effort)
    tables.push(tabulate(title, rates))
    for (const [ours, least] of timesMulter)
      targets.push(
        atLeast(
          `${title}: ${ours}: times multer`,
          ratioOf(rates, ours, 'multer', 'perSecond'),
          least,
        ),
        atMost(
          `${title}: ${ours}: p99, times multer's`,
          ratioOf(rates, ours, 'multer', 'p99Ms'),
          1,
        ),
      )
  }
  return {
    title: 'Small uploads',
    targets,
    tables,
    notes: [
      `Ours has ${number(openSlots)} open slots before it is measured (the durable one none), and redeems the oldest while as many are minted between the rounds; the time of minting is told apart. The others have no slots.`,
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
  /** @type {Map<string, string[]>} */
  const waiting = new Map()
  try {
    for (const contestant of wantedOf(contestants, effort)) {
      const server = await startUploadServer(contestant, place, heapMiB)
      servers.set(contestant.name, server)
      const isDurable = contestant.name.includes('durable')
      const { targets } = await server.targets(server.isOurs && !isDurable ? openSlots : 0)
      waiting.set(contestant.name, targets)
    }
    const results = await interleave([...servers.keys()], rounds, async (name) => {
      const server = servers.get(name)
      const open = waiting.get(name)
      if (server === undefined || open === undefined) throw new Error(`No server "${name}".`)
      const count = Math.max(100, Math.round(uploadsPerSecondOfRound * seconds))
      await send(server, open, warmUploads)
      const { mintMs, ...sending } = await send(server, open, count)
      return {
        perSecond: count / sending.seconds,
        p50Ms: sending.p50Ms,
        p99Ms: sending.p99Ms,
        mintMicros: (mintMs * 1000) / count,
        cpuMicros: (sending.cpuSeconds * 1e6) / count,
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
 * Mints so many, and sends as many to the targets that wait longest.
 * @param {import('../measure/upload-servers.mjs').UploadServer} server
 * @param {string[]} open
 * @param {number} count
 */
async function send(server, open, count) {
  const minted = await server.targets(count)
  open.push(...minted.targets)
  const sent = await sendSmallUploads(server, {
    targets: open.splice(0, count),
    bytes,
    connections,
  })
  return { ...sent, mintMs: minted.mintMs }
}

/** @typedef {'perSecond' | 'p50Ms' | 'p99Ms' | 'mintMicros' | 'cpuMicros' | 'peakMiB'} Figure */

/**
 * @param {string} title
 * @param {Map<string, Record<Figure, number>>} rates
 */
function tabulate(title, rates) {
  return {
    caption: `1 KiB each, ${connections} connections, ${title}`,
    columns: [
      'server',
      'uploads/s',
      'p50 ms',
      'p99 ms',
      'CPU µs each',
      'peak RSS MiB',
      'times multer',
      'minting, µs each',
    ],
    rows: [...rates].map(([name, rate]) => [
      name,
      number(rate.perSecond),
      number(rate.p50Ms),
      number(rate.p99Ms),
      number(rate.cpuMicros),
      number(rate.peakMiB),
      number(ratioOf(rates, name, 'multer', 'perSecond')),
      rate.mintMicros === 0 ? '–' : number(rate.mintMicros),
    ]),
  }
}
