// @ts-check
// 2,000 clients that ask for 100 MiB and then read nothing.

import { startDownloadServers } from '../measure/download-servers.mjs'
import { httpGet } from '../measure/http-get.mjs'
import { atMost, number } from '../measure/report.mjs'
import { interleave, medians } from '../measure/rounds.mjs'
import { makeLargeFile } from '../measure/sample-files.mjs'
import { measureStalled } from '../measure/stalled-sockets.mjs'

const clients = 2000

/** @param {import('../run.mjs').Effort} effort */
export async function stalled({ rounds, isWanted }) {
  const { root, name } = await makeLargeFile(100)
  const results = await interleave(wantedNames(isWanted), rounds, async (key) => {
    // A fresh server each time: memory that was once taken is rarely given back.
    const servers = await startDownloadServers(root, onlyOne(key), [key])
    const server = servers.get(key)
    if (server === undefined) throw new Error(`No server "${key}".`)
    try {
      const [path = ''] = await server.paths([name])
      for (let warm = 0; warm < 50; warm++)
        await httpGet(server.port, path, { range: 'bytes=0-99999' })
      const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
      const cost = await measureStalled(
        server,
        Array.from({ length: clients }, () => [request]),
      )
      return { kibibytesEach: cost.bytesEach / 1024, descriptorsLeft: cost.descriptorsLeft }
    } finally {
      await server.stop()
    }
  })
  const costs = new Map([...results].map(([key, values]) => [key, medians(values)]))
  const ours = costs.get('ours')
  return {
    title: '2,000 stalled downloads',
    targets: [
      atMost('memory above idle, each', ours?.kibibytesEach ?? NaN, 100, 'KiB'),
      atMost('descriptors left after all are cut', ours?.descriptorsLeft ?? NaN, 0),
    ],
    tables: [
      {
        caption: 'What each stalled client holds',
        columns: ['server', 'KiB each above idle', 'descriptors left'],
        rows: [...costs].map(([key, cost]) => [
          key,
          number(cost.kibibytesEach),
          String(cost.descriptorsLeft),
        ]),
      },
    ],
    notes: [
      'A descriptor below 0 was open while idle and is closed since, such as a warm connection.',
    ],
  }
}

/** @param {string} key */
function onlyOne(key) {
  return { isWanted: (/** @type {string} */ each) => each === key, beforeDist: null }
}

/** @param {(name: string) => boolean} isWanted */
function wantedNames(isWanted) {
  return ['ours', 'send', 'sirv', '@fastify/static', 'hono serveStatic', 'nginx'].filter(
    (name) => name === 'ours' || isWanted(name),
  )
}
