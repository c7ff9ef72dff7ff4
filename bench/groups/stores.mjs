// @ts-check
// Slots in memory, in files, in Redis and in PostgreSQL: minted and redeemed a second by one server and
// by four, how long a claim takes, and what a million open slots cost.

import { mkdirSync, rmSync } from 'node:fs'
import { startPostgres, whyNoPostgres } from '../../test/support/engines/postgres.mjs'
import { findRedis, startRedis } from '../../test/support/engines/redis.mjs'
import { atLeast, atMost, number } from '../measure/report.mjs'
import { interleave, medians } from '../measure/rounds.mjs'
import { sendSmallUploads } from '../measure/small-uploads.mjs'
import { oursAs, startUploadServer } from '../measure/upload-servers.mjs'
import { readCpuSeconds } from '../measure/usage.mjs'
import { memoryFolder } from '../measure/work-folder.mjs'

const bytes = 1024
const connections = 64
const uploadsPerSecondOfRound = 1000
/**
 * For each server before each round: V8 compiles until then, and drops what it compiled while a server
 * waits for the others' rounds. A cold upload costs two to four times as much.
 */
const warmUploads = 3000
const measuredUploads = 4000
const claims = 300
const fewOpen = 100
const manyOpen = 1_000_000
/** Where a million would take longer to mint, a tenth of it has to do. */
const mostMintSeconds = 180

/**
 * A store to measure: `memory`, `file`, or an engine's URL.
 * @typedef {{ name: string, store: string, isShared: boolean, stop: () => Promise<void> }} Place
 */

/** @param {import('../run.mjs').Effort} effort */
export async function stores(effort) {
  const places = await openPlaces(effort)
  try {
    const rates = await measureRates(places, effort)
    const growth = new Map()
    for (const place of places.filter(({ isShared }) => isShared))
      growth.set(place.name, await measureGrowth(place))
    const perSecond = (/** @type {string} */ name) => rates.get(name)?.perSecond ?? NaN
    const cpu = rates.get('PostgreSQL, flushing')?.cpuMicros ?? NaN
    return {
      title: 'Slot stores',
      targets: [
        atLeast(
          'Redis: uploads a second, times memory',
          perSecond('Redis') / perSecond('memory'),
          0.5,
        ),
        atLeast('PostgreSQL, flushing: uploads a second and core of the server', 1e6 / cpu, 1000),
        ...[...growth].map(([name, { few, many, open }]) =>
          atMost(
            `${name}: time of an upload with ${number(open)} open slots, times that with ${number(fewOpen)}`,
            few.perSecond / many.perSecond,
            1.25,
          ),
        ),
      ],
      tables: [tabulateRates(rates), tabulateGrowth(growth)],
      notes: [
        'Raw PUTs of 1 KiB over 64 connections, files on tmpfs. The engine runs on the core of the load: what it takes there, it takes from the load. Of four servers, all are on the one core of the server.',
        'Redis appends each change to its file and leaves the flushing to the system (`appendfsync no`); PostgreSQL does as it is told: flushing (its default), or not (`fsync=off`).',
      ],
    }
  } finally {
    for (const place of places) await place.stop()
    rmSync(memoryFolder, { recursive: true, force: true })
  }
}

/**
 * @param {import('../run.mjs').Effort} effort
 * @returns {Promise<Place[]>}
 */
async function openPlaces({ isWanted }) {
  const nothing = async () => {}
  /** @type {Place[]} */
  const places = [
    { name: 'memory', store: 'memory', isShared: false, stop: nothing },
    { name: 'file', store: 'file', isShared: false, stop: nothing },
  ]
  if (findRedis() !== null && isWanted('redis')) {
    const { url, stop } = await startRedis()
    places.push({ name: 'Redis', store: url, isShared: true, stop })
  }
  if (whyNoPostgres() === null && isWanted('postgres'))
    for (const [name, options] of /** @type {const} */ ([
      ['PostgreSQL, flushing', ['fsync=on']],
      ['PostgreSQL, not flushing', []],
    ])) {
      const { url, stop } = await startPostgres(options)
      places.push({ name, store: url, isShared: true, stop })
    }
  return places
}

/**
 * @param {readonly Place[]} places
 * @param {import('../run.mjs').Effort} effort
 */
async function measureRates(places, { rounds, seconds }) {
  const servers = new Map()
  try {
    for (const place of places) {
      servers.set(place.name, [await startOne(place)])
      if (place.isShared)
        servers.set(
          `${place.name}, four servers`,
          await Promise.all([1, 2, 3, 4].map((each) => startOne(place, each))),
        )
    }
    const count = Math.max(400, Math.round(uploadsPerSecondOfRound * seconds))
    const results = await interleave([...servers.keys()], rounds, async (name) => {
      const all = servers.get(name)
      await send(all, warmUploads * all.length)
      const sent = await send(all, count)
      const claimMs = Number(await all[0].ask('claimMs', claims))
      return { ...sent, claimMs }
    })
    return new Map([...results].map(([name, values]) => [name, medians(values)]))
  } finally {
    for (const all of servers.values()) for (const server of all) await server.stop()
  }
}

/** @param {Place} place */
async function measureGrowth(place) {
  const server = await startOne(place)
  try {
    await send([server], warmUploads)
    await server.targets(fewOpen)
    const few = await send([server], measuredUploads)
    const isQuick = few.mintsPerSecond * mostMintSeconds >= manyOpen
    const open = isQuick ? manyOpen : manyOpen / 10
    for (let minted = fewOpen; minted < open; minted += 10_000) await server.ask('mintOnly', 10_000)
    const many = await send([server], measuredUploads)
    const cpuBefore = readCpuSeconds(server.pid)
    const started = performance.now()
    await server.ask('sweep')
    const sweepSeconds = (performance.now() - started) / 1000
    return {
      few,
      many,
      open,
      sweepSeconds,
      sweepCpuSeconds: readCpuSeconds(server.pid) - cpuBefore,
    }
  } finally {
    await server.stop()
  }
}

/**
 * @param {Place} place
 * @param {number} [each]
 */
function startOne({ name, store }, each = 1) {
  mkdirSync(memoryFolder, { recursive: true })
  const setup = { store, durable: false }
  return startUploadServer(oursAs(`${name} ${each}`, 'raw', setup), memoryFolder)
}

/**
 * Mints so many at one of the servers, and sends as many to all of them at once.
 * @param {readonly import('../measure/upload-servers.mjs').UploadServer[]} servers
 * @param {number} count
 */
async function send(servers, count) {
  const [first] = servers
  if (first === undefined) throw new Error('There is no server.')
  const { targets, mintMs } = await first.targets(count)
  const started = performance.now()
  const share = Math.ceil(count / servers.length)
  const sent = await Promise.all(
    servers.map((server, index) =>
      sendSmallUploads(server, {
        targets: targets.slice(index * share, (index + 1) * share),
        bytes,
        connections: connections / servers.length,
      }),
    ),
  )
  const seconds = (performance.now() - started) / 1000
  const cpuSeconds = sent.reduce((sum, each) => sum + each.cpuSeconds, 0)
  return {
    mintsPerSecond: (count * 1000) / mintMs,
    perSecond: count / seconds,
    p50Ms: Math.max(...sent.map((each) => each.p50Ms)),
    p99Ms: Math.max(...sent.map((each) => each.p99Ms)),
    cpuMicros: (cpuSeconds * 1e6) / count,
  }
}

/** @param {Map<string, Record<string, number>>} rates */
function tabulateRates(rates) {
  return {
    caption: 'Minted and redeemed',
    columns: ['store', 'minted/s', 'uploads/s', 'p50 ms', 'p99 ms', 'CPU µs each', 'a claim, ms'],
    rows: [...rates].map(([name, rate]) => [
      name,
      number(rate['mintsPerSecond'] ?? NaN),
      number(rate['perSecond'] ?? NaN),
      number(rate['p50Ms'] ?? NaN),
      number(rate['p99Ms'] ?? NaN),
      number(rate['cpuMicros'] ?? NaN),
      number(rate['claimMs'] ?? NaN),
    ]),
  }
}

/** @param {Map<string, Awaited<ReturnType<typeof measureGrowth>>>} growth */
function tabulateGrowth(growth) {
  return {
    caption: `${number(fewOpen)} open slots, and very many`,
    columns: [
      'store',
      `uploads/s, ${number(fewOpen)}`,
      'open slots',
      'uploads/s then',
      'a sweep of all, s',
      'CPU s of it',
    ],
    rows: [...growth].map(([name, { few, many, open, sweepSeconds, sweepCpuSeconds }]) => [
      name,
      number(few.perSecond),
      number(open),
      number(many.perSecond),
      number(sweepSeconds),
      number(sweepCpuSeconds),
    ]),
  }
}
