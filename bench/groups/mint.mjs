// @ts-check
// What minting costs in the file store, from few open slots to many, and whether memory grows.

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { atLeast, atMost, number } from '../measure/report.mjs'
import { median } from '../measure/rounds.mjs'
import { sendSmallUploads } from '../measure/small-uploads.mjs'
import { oursAs, startUploadServer } from '../measure/upload-servers.mjs'
import { readRssBytes } from '../measure/usage.mjs'
import { memoryFolder, workFolder } from '../measure/work-folder.mjs'

const openCounts = [100, 1000, 10_000, 100_000]
const redeemed = 10_000
const perSample = 200
const leastSamples = 5
/** Slots that a sweep has just taken away, and how many are minted right after it. */
const swept = 20_000
const perSweptSample = 500

/** @param {import('../run.mjs').Effort} effort */
export async function mint({ rounds }) {
  const onDisk = `${workFolder}/mint`
  const growth = {
    disk: await measureGrowth(onDisk, rounds),
    tmpfs: await measureGrowth(memoryFolder, rounds),
  }
  const rates = { disk: growth.disk.byOpen, tmpfs: growth.tmpfs.byOpen }
  const memory = await measureMemory(onDisk)
  const most = openCounts.at(-1) ?? 0
  return {
    title: 'Minting slots',
    targets: Object.entries(rates)
      .flatMap(([place, byOpen]) => [
        atLeast(`${place}: minted a second, 100 open`, byOpen.get(100) ?? NaN, 2000),
        atLeast(`${place}: minted a second, 100,000 open`, byOpen.get(most) ?? NaN, 2000),
        // Against the cheapest, so that a slow beginning can't hide what growth costs.
        atMost(
          `${place}: cost at 100,000 open, times the least of all`,
          Math.max(...byOpen.values()) / (byOpen.get(most) ?? NaN),
          1.25,
        ),
      ])
      .concat(
        atLeast(
          `disk: minted a second, right after a sweep of ${number(swept)}`,
          growth.disk.afterSweep,
          2000,
        ),
        atMost('10,000 more minted and redeemed: growth of the heap', memory.heapMiB, 1, 'MiB'),
      ),
    tables: [
      {
        caption: 'Minted a second, file store without flushing',
        columns: ['open slots', ...Object.keys(rates)],
        rows: openCounts
          .map((open) => [
            number(open),
            ...Object.values(rates).map((byOpen) => number(byOpen.get(open) ?? NaN)),
          ])
          .concat([
            [
              'none, right after the sweep',
              ...Object.values(growth).map(({ afterSweep }) => number(afterSweep)),
            ],
          ]),
      },
      {
        caption: 'Memory, from 10,000 to 20,000 slots minted and redeemed',
        columns: ['', 'growth in MiB'],
        rows: [
          ['heap, after a collection', number(memory.heapMiB)],
          ['resident', number(memory.rssMiB)],
        ],
      },
    ],
    notes: [
      `Before, ${number(swept)} are minted, expire and are swept, so that the code is warm and the store empty. 16 minted at once; medians of samples of ${perSample}, one after another while the number of open slots grows. "Flat" is taken as at most 1.25 times the cost: what is under that is noise.`,
    ],
  }
}

/**
 * @param {string} place
 * @param {number} rounds
 * @returns {Promise<{ byOpen: Map<number, number>, afterSweep: number }>} Minted a second, by open slots.
 */
async function measureGrowth(place, rounds) {
  mkdirSync(place, { recursive: true })
  const server = await startUploadServer(
    oursAs('ours', 'raw', { store: 'file', durable: false }),
    place,
  )
  try {
    // Else the first, cold samples would make any growth look small.
    await server.ask('warmUp', swept)
    const afterSweep = perSweptSample / ((await server.targets(perSweptSample)).mintMs / 1000)
    await server.ask('warmUp', 1)
    // What the disk still does about the slots that were swept is no part of minting.
    execFileSync('sync')
    let open = 0
    const byOpen = new Map()
    for (const count of openCounts) {
      while (open < count) {
        const step = Math.min(5000, count - open)
        await server.targets(step)
        open += step
      }
      const samples = []
      for (let round = 0; round < Math.max(leastSamples, rounds); round++) {
        const { mintMs } = await server.targets(perSample)
        open += perSample
        samples.push(perSample / (mintMs / 1000))
      }
      byOpen.set(count, median(samples))
    }
    return { byOpen, afterSweep }
  } finally {
    await server.stop()
    rmSync(place, { recursive: true, force: true })
  }
}

/** @param {import('../measure/upload-servers.mjs').UploadServer} server */
async function redeem(server) {
  for (let done = 0; done < redeemed; done += 1000) {
    const { targets } = await server.targets(1000)
    await sendSmallUploads(server, { targets, bytes: 1024, connections: 16 })
  }
}

/** @param {string} place */
async function measureMemory(place) {
  mkdirSync(place, { recursive: true })
  const server = await startUploadServer(
    oursAs('ours', 'raw', { store: 'file', durable: false }),
    place,
  )
  try {
    await redeem(server)
    const heapBefore = Number(await server.ask('heapBytes'))
    const rssBefore = readRssBytes(server.pid)
    await redeem(server)
    const heapAfter = Number(await server.ask('heapBytes'))
    return {
      heapMiB: (heapAfter - heapBefore) / 2 ** 20,
      rssMiB: (readRssBytes(server.pid) - rssBefore) / 2 ** 20,
    }
  } finally {
    await server.stop()
    rmSync(place, { recursive: true, force: true })
  }
}
