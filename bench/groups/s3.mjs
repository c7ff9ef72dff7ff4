// @ts-check
// Files in S3 (Ceph's gateway, in memory): downloads by proxy beside the SDK's bare stream, by redirect,
// and the memory of a large upload that goes through.

import { PutObjectCommand } from '@aws-sdk/client-s3'
import { createHash, randomFillSync } from 'node:crypto'
import http from 'node:http'
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { bucketName, connectS3, startCeph } from '../measure/ceph.mjs'
import { httpGet } from '../measure/http-get.mjs'
import { readForSeconds } from '../measure/raw-reader.mjs'
import { atLeast, atMost, number } from '../measure/report.mjs'
import { ratioOf } from '../measure/request-rates.mjs'
import { interleave, medians } from '../measure/rounds.mjs'
import { startServer } from '../measure/server-process.mjs'
import { readCpuSeconds, readPeakRssBytes, readRssBytes } from '../measure/usage.mjs'
import { workFolder } from '../measure/work-folder.mjs'
import { runWrk } from '../measure/wrk.mjs'

const mebibyte = 2 ** 20
/**
 * Before each round: V8 compiles the SDK until then, and drops what it compiled while a server waits. A
 * cold request costs three times as much.
 */
const warmSeconds = 5

const cases = [
  { title: '64 KiB, 8 connections', name: 'small.bin', bytes: 65_536, connections: 8 },
  { title: '1 MiB, 8 connections', name: 'middle.bin', bytes: mebibyte, connections: 8 },
  { title: '100 MiB, 1 connection', name: 'large.bin', bytes: 100 * mebibyte, connections: 1 },
  { title: '100 MiB, 8 connections', name: 'large.bin', bytes: 100 * mebibyte, connections: 8 },
]

/** @param {import('../run.mjs').Effort} effort */
export async function s3(effort) {
  const ceph = await startCeph()
  const stateFolder = path.join(workFolder, 's3-state')
  mkdirSync(stateFolder, { recursive: true })
  const servers = new Map([
    ['ours', await startServer('ours', 's3-ours', { s3Port: ceph.port, stateFolder })],
    ['the SDK', await startServer('the SDK', 's3-bare', { s3Port: ceph.port })],
  ])
  try {
    const tables = []
    const targets = []
    for (const each of cases) {
      await put(ceph.port, each)
      const results = await measureDownloads(servers, each, effort)
      tables.push(tabulate(each.title, results))
      targets.push(
        atLeast(
          `${each.title}: MB/s by proxy, of the SDK's`,
          ratioOf(results, 'ours', 'the SDK', 'mbPerSecond'),
          0.8,
        ),
      )
    }
    const redirects = await measureRedirects(servers.get('ours'), effort)
    const upload = await measureUpload(servers.get('ours'))
    targets.push(atMost('upload of 1 GiB: peak above idle', upload.aboveMiB, 64, 'MiB'))
    tables.push(
      {
        caption: 'by redirect, 64 KiB, 16 connections',
        columns: ['requests/s', 'p50 ms', 'p99 ms', 'CPU µs each'],
        rows: [
          [redirects.perSecond, redirects.p50Ms, redirects.p99Ms, redirects.cpuMicros].map(number),
        ],
      },
      {
        caption: 'an upload of 1 GiB through to S3, durable',
        columns: ['seconds', 'idle RSS MiB', 'peak RSS MiB', 'above idle MiB', 'CPU s'],
        rows: [
          [upload.seconds, upload.idleMiB, upload.peakMiB, upload.aboveMiB, upload.cpuSeconds].map(
            number,
          ),
        ],
      },
    )
    return {
      title: 'Files in S3',
      targets,
      tables,
      notes: [
        'S3 is Ceph RGW 16 in memory, on the core of the load: it is what limits both. "the SDK" is `Body.pipe(res)`, and checks nothing.',
        'By redirect each request is one HEAD to S3 and a signature; the bytes then go from S3 to the client.',
      ],
    }
  } finally {
    for (const server of servers.values()) await server.stop()
    await ceph.stop()
    rmSync(stateFolder, { recursive: true, force: true })
  }
}

/**
 * @param {number} port
 * @param {{ name: string, bytes: number }} file
 */
async function put(port, { name, bytes }) {
  const Body = randomFillSync(Buffer.alloc(bytes))
  await connectS3(port).send(new PutObjectCommand({ Bucket: bucketName, Key: name, Body }))
}

/**
 * @param {ReadonlyMap<string, import('../measure/server-process.mjs').ServerProcess>} servers
 * @param {{ name: string, bytes: number, connections: number }} wanted
 * @param {import('../run.mjs').Effort} effort
 */
async function measureDownloads(servers, { name, bytes, connections }, { rounds, seconds }) {
  const paths = new Map([
    ['ours', String(await servers.get('ours')?.ask('proxyPath', name))],
    ['the SDK', `/${name}`],
  ])
  const digests = new Set()
  for (const [key, { port }] of servers) {
    const { status, body } = await httpGet(port, paths.get(key) ?? '')
    if (status !== 200 || body.length !== bytes) throw new Error(`"${key}" does not give the file.`)
    digests.add(createHash('sha256').update(body).digest('hex'))
  }
  if (digests.size !== 1) throw new Error('They give different files.')
  const results = await interleave([...servers.keys()], rounds, async (key) => {
    const server = servers.get(key)
    if (server === undefined) throw new Error(`No server "${key}".`)
    const nextRequest = () => `GET ${paths.get(key)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
    const load = { port: server.port, nextRequest, connections }
    await readForSeconds({ ...load, seconds: warmSeconds })
    const before = readCpuSeconds(server.pid)
    const result = await readForSeconds({ ...load, seconds })
    const cpuSeconds = readCpuSeconds(server.pid) - before
    return {
      mbPerSecond: result.bytes / result.seconds / 1e6,
      cpuSecondsPerGiB: cpuSeconds / (result.bytes / 2 ** 30),
      answersPerSecond: result.bytes / bytes / result.seconds,
      peakMiB: readPeakRssBytes(server.pid) / mebibyte,
    }
  })
  return new Map([...results].map(([key, values]) => [key, medians(values)]))
}

/**
 * @param {import('../measure/server-process.mjs').ServerProcess | undefined} ours
 * @param {import('../run.mjs').Effort} effort
 */
async function measureRedirects(ours, { seconds }) {
  if (ours === undefined) throw new Error('Ours is not there.')
  const target = String(await ours.ask('redirectPath', 'small.bin'))
  const { status } = await httpGet(ours.port, target)
  if (status !== 307) throw new Error(`No redirect, but ${status}.`)
  const load = { port: ours.port, paths: [target], connections: 16 }
  await runWrk({ ...load, seconds: 1 })
  const before = readCpuSeconds(ours.pid)
  const result = await runWrk({ ...load, seconds })
  const cpuSeconds = readCpuSeconds(ours.pid) - before
  return {
    perSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpuMicros: (cpuSeconds * 1e6) / result.requests,
  }
}

/**
 * In a process that has done nothing else: a peak is one for good.
 * @param {import('../measure/server-process.mjs').ServerProcess | undefined} served
 */
async function measureUpload(served) {
  if (served === undefined) throw new Error('Ours is not there.')
  const setup = /** @type {{ s3Port: number, stateFolder: string }} */ (await served.ask('setup'))
  const ours = await startServer('ours', 's3-ours', setup)
  try {
    await sendUpload(ours, mebibyte)
    const idleBytes = readRssBytes(ours.pid)
    const before = { ms: performance.now(), cpuSeconds: readCpuSeconds(ours.pid) }
    await sendUpload(ours, 2 ** 30)
    const peakBytes = readPeakRssBytes(ours.pid)
    return {
      seconds: (performance.now() - before.ms) / 1000,
      cpuSeconds: readCpuSeconds(ours.pid) - before.cpuSeconds,
      idleMiB: idleBytes / mebibyte,
      peakMiB: peakBytes / mebibyte,
      aboveMiB: (peakBytes - idleBytes) / mebibyte,
    }
  } finally {
    await ours.stop()
  }
}

/**
 * @param {import('../measure/server-process.mjs').ServerProcess} ours
 * @param {number} sizeBytes
 */
async function sendUpload(ours, sizeBytes) {
  const target = String(await ours.ask('slotPath'))
  const piece = randomFillSync(Buffer.alloc(Math.min(sizeBytes, mebibyte)))
  const headers = { 'Content-Length': sizeBytes }
  const status = await new Promise((resolve, reject) => {
    const req = http.request({
      host: '127.0.0.1',
      port: ours.port,
      path: target,
      method: 'PUT',
      headers,
    })
    req
      .on('error', reject)
      .on('response', (res) => res.resume().on('end', () => resolve(res.statusCode)))
    let left = sizeBytes
    function write() {
      while (left > 0) {
        left -= piece.length
        if (!req.write(piece)) return void req.once('drain', write)
      }
      req.end()
    }
    write()
  })
  if (status !== 200) throw new Error(`An upload to S3 got ${status}.`)
}

/**
 * @param {string} caption
 * @param {ReadonlyMap<string, Record<'mbPerSecond' | 'cpuSecondsPerGiB' | 'answersPerSecond' | 'peakMiB', number>>} results
 */
function tabulate(caption, results) {
  return {
    caption,
    columns: ['server', 'MB/s', 'CPU s per GiB', 'answers/s', 'peak RSS MiB', "of the SDK's MB/s"],
    rows: [...results].map(([name, result]) => [
      name,
      number(result.mbPerSecond),
      number(result.cpuSecondsPerGiB),
      number(result.answersPerSecond),
      number(result.peakMiB),
      number(ratioOf(results, name, 'the SDK', 'mbPerSecond')),
    ]),
  }
}
