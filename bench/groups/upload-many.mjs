// @ts-check
// 200 uploads at once: memory, and whether the last is served as well as the first.

import { rmSync } from 'node:fs'
import { number } from '../measure/report.mjs'
import { interleave, median, medians } from '../measure/rounds.mjs'
import { sendUpload } from '../measure/upload-client.mjs'
import { oursAs, peers, startUploadServer, wantedOf } from '../measure/upload-servers.mjs'
import { readPeakRssBytes } from '../measure/usage.mjs'
import { memoryFolder } from '../measure/work-folder.mjs'

const clients = 200
const bytes = 4 * 2 ** 20

const contestants = [
  oursAs('ours, multipart', 'multipart', { store: 'file', durable: false }),
  oursAs('ours, raw PUT', 'raw', { store: 'file', durable: false }),
  ...peers.filter(({ protocol }) => protocol !== 'tus'),
]

/** @param {import('../run.mjs').Effort} effort */
export async function uploadMany(effort) {
  const { rounds } = effort
  const wanted = wantedOf(contestants, effort)
  const results = await interleave(
    wanted.map(({ name }) => name),
    rounds,
    async (name) => {
      const contestant = wanted.find((each) => each.name === name)
      if (contestant === undefined) throw new Error(`No server "${name}".`)
      // A fresh one each time: the peak of memory is what is asked.
      const server = await startUploadServer(contestant, memoryFolder)
      try {
        return await measureAtOnce(server)
      } finally {
        await server.stop()
        rmSync(server.folder, { recursive: true, force: true })
      }
    },
  )
  return {
    title: '200 uploads at once',
    targets: [],
    tables: [
      {
        caption: '4 MiB each, tmpfs',
        columns: ['server', 'MB/s', 'median s', 'slowest s', 'slowest / median', 'peak RSS MiB'],
        rows: [...results].map(([name, values]) => {
          const result = medians(values)
          return [
            name,
            number(result.mbPerSecond),
            number(result.medianSeconds),
            number(result.slowestSeconds),
            number(result.slowestSeconds / result.medianSeconds),
            number(result.peakMiB),
          ]
        }),
      },
    ],
    notes: ['Each client starts at the same moment; its time runs from there to its answer.'],
  }
}

/** @param {import('../measure/upload-servers.mjs').UploadServer} server */
async function measureAtOnce(server) {
  const { targets } = await server.targets(clients)
  const started = performance.now()
  const times = await Promise.all(
    targets.map(async (target) => {
      await sendUpload({ port: server.port, protocol: server.protocol, target, bytes })
      return (performance.now() - started) / 1000
    }),
  )
  const slowestSeconds = Math.max(...times)
  return {
    mbPerSecond: (clients * bytes) / slowestSeconds / 1e6,
    medianSeconds: median(times),
    slowestSeconds,
    peakMiB: readPeakRssBytes(server.pid) / 2 ** 20,
  }
}
