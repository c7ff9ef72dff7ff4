// @ts-check
// Files at random, 1 KiB each, out of 10, 1,000 and 100,000: what does a larger store cost?

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { startDownloadServers } from '../measure/download-servers.mjs'
import { atLeast, number } from '../measure/report.mjs'
import {
  askForEach,
  checkServes,
  measureFirstAsks,
  measureRates,
  ratioOf,
  tabulateRates,
} from '../measure/request-rates.mjs'
import { makeSmallFiles } from '../measure/sample-files.mjs'
import { memoryFolder } from '../measure/work-folder.mjs'

const counts = [10, 1000, 100_000]

/** From here on it matters whether files were asked for before. */
const manyFiles = 100_000

const connections = 64

/** @param {import('../run.mjs').Effort} effort */
export async function random(effort) {
  const tables = []
  const targets = []
  /** @type {string[][]} */
  const growth = []
  for (const count of counts) {
    const { first, rates } = await measureRandom(count, effort)
    if (first !== null)
      tables.push(
        tabulateRates(
          `1 KiB, ${number(count)} files, each for the first time, 64 connections`,
          first,
        ),
      )
    tables.push(tabulateRates(`1 KiB, ${number(count)} files at random, 64 connections`, rates))
    growth.push([number(count), number(rates.get('ours')?.perSecond ?? NaN)])
    if (count === manyFiles)
      targets.push(
        atLeast('100,000 files: times send', ratioOf(rates, 'ours', 'send', 'perSecond'), 1.5),
      )
  }
  tables.unshift({
    caption: 'Growth, ours',
    columns: ['files', 'requests/s'],
    rows: growth,
  })
  return {
    title: 'Files at random',
    targets,
    tables,
    notes: [
      'The files are on tmpfs: it is not the disk that is measured. 100,000 of 1 KiB are more than our default cache (32 MiB) holds.',
      'Each of them had been asked for before the random round, and the server had been warmed with 10,000 others before the first time (3 rounds of 2 s; nginx came round). What ours has not read lately it opens and reads in the thread pool, since the disk may stall; what it has, at once.',
    ],
  }
}

/**
 * @param {number} count
 * @param {import('../run.mjs').Effort} effort
 */
async function measureRandom(count, effort) {
  const { rounds, seconds } = effort
  const { root, names } = makeSmallFiles(count, 1024, memoryFolder)
  const servers = await startDownloadServers(root, effort)
  try {
    const paths = new Map()
    for (const [key, server] of servers) paths.set(key, await server.paths(names))
    const last = names.at(-1) ?? ''
    for (const [key, server] of servers)
      await checkServes(server, paths.get(key).at(-1), readFileSync(path.join(root, last)))
    const load = { connections, rounds, seconds }
    if (count < manyFiles) return { first: null, rates: await measureRates(servers, paths, load) }
    const first = await measureFirstAsks(servers, paths, connections)
    await askForEach(servers, paths, first, connections)
    return { first, rates: await measureRates(servers, paths, load) }
  } finally {
    for (const server of servers.values()) await server.stop()
  }
}
