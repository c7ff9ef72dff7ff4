// @ts-check
// Small files that everybody asks for: 1 KiB and 16 KiB, 64 connections.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ceilingName, startCeiling, startDownloadServers } from '../measure/download-servers.mjs'
import { atLeast, atMost } from '../measure/report.mjs'
import { checkServes, measureRates, ratioOf, tabulateRates } from '../measure/request-rates.mjs'
import { makeSmallFiles } from '../measure/sample-files.mjs'

const kibibytes = [1, 16]

/** @param {import('../run.mjs').Effort} effort */
export async function small(effort) {
  const tables = []
  const targets = []
  for (const size of kibibytes) {
    const rates = await measureHotFile(size * 1024, effort)
    const title = `${size} KiB, hot`
    tables.push(tabulateRates(`${title}, 64 connections`, rates))
    targets.push(
      atLeast(`${title}: of the ceiling`, ratioOf(rates, 'ours', ceilingName, 'perSecond'), 0.5),
    )
    for (const peer of ['send', 'sirv'])
      targets.push(
        atLeast(`${title}: times ${peer}`, ratioOf(rates, 'ours', peer, 'perSecond'), 3),
        atMost(`${title}: p99, times ${peer}'s`, ratioOf(rates, 'ours', peer, 'p99Ms'), 1),
      )
  }
  return {
    title: 'Small files, hot',
    targets,
    tables,
    notes: [
      "The ceiling gives our own answer, headers and body, from memory. Ours checks token, name, version and time of each request; nginx's secure_link an MD5 of path and time; the others nothing.",
    ],
  }
}

/**
 * @param {number} bytes
 * @param {import('../run.mjs').Effort} effort
 */
async function measureHotFile(bytes, effort) {
  const { rounds, seconds, isWanted } = effort
  const { root, names } = makeSmallFiles(10, bytes)
  const name = names[0] ?? ''
  const servers = await startDownloadServers(root, effort)
  try {
    const paths = new Map()
    for (const [key, server] of servers) paths.set(key, await server.paths([name]))
    const ours = servers.get('ours')
    if (ours !== undefined && isWanted(ceilingName)) {
      servers.set(ceilingName, await startCeiling(ours, paths.get('ours')[0]))
      paths.set(ceilingName, ['/constant'])
    }
    for (const [key, server] of servers)
      await checkServes(server, paths.get(key)[0], readFileSync(path.join(root, name)))
    return await measureRates(servers, paths, { connections: 64, rounds, seconds })
  } finally {
    for (const server of servers.values()) await server.stop()
  }
}
