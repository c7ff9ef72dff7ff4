// @ts-check
// One hot file of 1 KiB for few and for many clients at once.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ceilingName, startCeiling, startDownloadServers } from '../measure/download-servers.mjs'
import { number } from '../measure/report.mjs'
import { checkServes, measureRates, tabulateRates } from '../measure/request-rates.mjs'
import { makeSmallFiles } from '../measure/sample-files.mjs'

const connectionCounts = [64, 2000]

/** @param {import('../run.mjs').Effort} effort */
export async function connections(effort) {
  const { rounds, seconds, isWanted } = effort
  const { root, names } = makeSmallFiles(10, 1024)
  const name = names[0] ?? ''
  const tables = []
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
    for (const count of connectionCounts) {
      const rates = await measureRates(servers, paths, { connections: count, rounds, seconds })
      tables.push(tabulateRates(`1 KiB, hot, ${number(count)} connections`, rates))
    }
  } finally {
    for (const server of servers.values()) await server.stop()
  }
  return { title: 'Few and many connections', targets: [], tables, notes: [] }
}
