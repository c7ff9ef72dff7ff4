// @ts-check
// Many small uploads over some connections; for slots, minting them is part of the time.

import { formatSmallUpload } from './upload-client.mjs'
import { connect } from './upload-connection.mjs'
import { readCpuSeconds } from './usage.mjs'

/** @typedef {import('./upload-servers.mjs').UploadServer} UploadServer */

/**
 * @param {UploadServer} server
 * @param {{ count: number, bytes: number, connections: number }} load
 * @returns {Promise<{ seconds: number, mintSeconds: number, cpuSeconds: number }>}
 */
export async function sendSmallUploads(server, { count, bytes, connections }) {
  const cpuBefore = readCpuSeconds(server.pid)
  const { targets, mintMs } = await server.targets(count)
  const requests = targets.map((target) => formatSmallUpload(server.protocol, target, bytes))
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(server.port)))
  const started = performance.now()
  let next = 0
  await Promise.all(
    clients.map(async (client) => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++])
        await client.request(request)
    }),
  )
  const sendSeconds = (performance.now() - started) / 1000
  for (const client of clients) client.close()
  return {
    seconds: mintMs / 1000 + sendSeconds,
    mintSeconds: mintMs / 1000,
    cpuSeconds: readCpuSeconds(server.pid) - cpuBefore,
  }
}
