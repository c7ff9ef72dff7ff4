// @ts-check
// Many small uploads over some connections, and how long each of them waited for its answer.

import { formatSmallUpload } from './upload-client.mjs'
import { connect } from './upload-connection.mjs'
import { readCpuSeconds } from './usage.mjs'

/** @typedef {import('./upload-servers.mjs').UploadServer} UploadServer */

/**
 * @param {UploadServer} server
 * @param {{ targets: readonly string[], bytes: number, connections: number }} load
 * @returns {Promise<{ seconds: number, cpuSeconds: number, p50Ms: number, p99Ms: number }>}
 */
export async function sendSmallUploads(server, { targets, bytes, connections }) {
  const requests = targets.map((target) => formatSmallUpload(server.protocol, target, bytes))
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(server.port)))
  const waits = new Float64Array(requests.length)
  const cpuBefore = readCpuSeconds(server.pid)
  const started = performance.now()
  let next = 0
  await Promise.all(
    clients.map(async (client) => {
      for (let number = next++; number < requests.length; number = next++) {
        const sent = performance.now()
        await client.request(requests[number] ?? Buffer.alloc(0))
        waits[number] = performance.now() - sent
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const cpuSeconds = readCpuSeconds(server.pid) - cpuBefore
  for (const client of clients) client.close()
  waits.sort()
  return { seconds, cpuSeconds, p50Ms: share(waits, 0.5), p99Ms: share(waits, 0.99) }
}

/**
 * @param {Float64Array} sorted
 * @param {number} part
 */
function share(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}
