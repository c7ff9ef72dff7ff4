// @ts-check
// 2,000 clients that begin an upload, send 64 KiB of 100 MiB, and then say nothing.

import { readdirSync, rmSync } from 'node:fs'
import { atMost, number } from '../measure/report.mjs'
import { interleave, medians } from '../measure/rounds.mjs'
import { measureStalled } from '../measure/stalled-sockets.mjs'
import { formatBeginning, sendUpload } from '../measure/upload-client.mjs'
import { oursAs, peers, startUploadServer, wantedOf } from '../measure/upload-servers.mjs'
import { memoryFolder } from '../measure/work-folder.mjs'

const clients = 2000
const sentBytes = 64 * 1024
const wholeBytes = 100 * 2 ** 20

const contestants = [
  oursAs('ours, multipart', 'multipart', { store: 'file', durable: false }),
  oursAs('ours, raw PUT', 'raw', { store: 'file', durable: false }),
  ...peers.filter(({ protocol }) => protocol !== 'tus'),
]

/** @param {import('../run.mjs').Effort} effort */
export async function uploadStalled(effort) {
  const { rounds } = effort
  const wanted = wantedOf(contestants, effort)
  const results = await interleave(
    wanted.map(({ name }) => name),
    rounds,
    async (name) => {
      const contestant = wanted.find((each) => each.name === name)
      if (contestant === undefined) throw new Error(`No server "${name}".`)
      const server = await startUploadServer(contestant, memoryFolder)
      try {
        return await measureOne(server)
      } finally {
        await server.stop()
        rmSync(server.folder, { recursive: true, force: true })
      }
    },
  )
  const costs = new Map([...results].map(([name, values]) => [name, medians(values)]))
  return {
    title: '2,000 stalled uploads',
    targets: ['ours, multipart', 'ours, raw PUT'].flatMap((name) => [
      atMost(`${name}: memory above idle, each`, costs.get(name)?.kibibytesEach ?? NaN, 24, 'KiB'),
      atMost(`${name}: descriptors left`, costs.get(name)?.descriptorsLeft ?? NaN, 0),
      atMost(`${name}: files left`, costs.get(name)?.filesLeft ?? NaN, 0),
    ]),
    tables: [
      {
        caption: 'What each stalled client holds',
        columns: ['server', 'KiB each above idle', 'descriptors left', 'files left'],
        rows: [...costs].map(([name, cost]) => [
          name,
          number(cost.kibibytesEach),
          String(cost.descriptorsLeft),
          String(cost.filesLeft),
        ]),
      },
    ],
    notes: [
      'Left: after every client was cut. The records of slots that are open again are no files left behind.',
    ],
  }
}

/** @param {import('../measure/upload-servers.mjs').UploadServer} server */
async function measureOne(server) {
  const { protocol, port } = server
  const { targets } = await server.targets(clients + 50)
  // Code and pools as they are after some uploads that went well.
  for (const target of targets.splice(0, 50))
    await sendUpload({ port, protocol, target, bytes: 256 * 1024 })
  const before = countUploads(server.folder)
  const cost = await measureStalled(
    server,
    targets.map((target) => formatBeginning(protocol, target, wholeBytes, sentBytes)),
  )
  return {
    kibibytesEach: cost.bytesEach / 1024,
    descriptorsLeft: cost.descriptorsLeft,
    filesLeft: (await waitForRemovals(server.folder, before)) - before,
  }
}

/**
 * Files are removed after their descriptors are closed: what is still there after five seconds in
 * which none went is left behind.
 * @param {string} folder
 * @param {number} before
 */
async function waitForRemovals(folder, before) {
  let last = countUploads(folder)
  let changed = performance.now()
  while (last > before && performance.now() - changed < 5000) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    const count = countUploads(folder)
    if (count < last) changed = performance.now()
    last = count
  }
  return last
}

/**
 * Files of uploads, whole or not.
 * @param {string} folder
 */
function countUploads(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !`${entry.parentPath}/`.includes('/slots/'),
  ).length
}
