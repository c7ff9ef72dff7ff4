// @ts-check
// A ground: a storage with its slot store, and the servers that share them.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { openSavedInBucket } from '../verdict/saved-in-bucket.mjs'
import { openSavedOnDisk } from '../verdict/saved-on-disk.mjs'
import { createRunLog } from './run-log.mjs'
import { Server } from './server.mjs'

/**
 * @typedef {object} Ground
 * @property {string} name
 * @property {string} root The storage's folder; with a bucket, of what stays on this machine.
 * @property {Server[]} servers
 * @property {import('./server.mjs').Disturbance[]} disturbances What was done to the servers, and what befell them.
 * @property {import('./run-log.mjs').RunLog} runLog
 * @property {number} leaseMs
 * @property {number} mostUploadBytes Uploads are kept below this.
 * @property {number} mostSavedBytes Above this, saved files that were checked are deleted.
 * @property {import('./engine.mjs').Engine | null} engine What keeps its slots; `null`: files.
 * @property {import('./bucket.mjs').Bucket | null} bucket What keeps its files; `null`: the disk.
 * @property {import('../verdict/saved-on-disk.mjs').Saved} saved
 * @property {string | null} smallDisk The mount that can be filled up; `null`: none.
 * @property {string} stderrFile
 * @property {(pid: number | null, fromMs: number, toMs: number) => boolean} wasDisturbed Whether something befell a server, the disk or the engine.
 * @property {(fromMs: number, toMs: number) => boolean} wasWithoutStorage Whether the bucket could not be reached.
 * @property {(isKept: boolean) => void} leave Takes the mount away; what was on it, and all else, is kept or removed.
 */

/**
 * @param {{ name: string, folder: string, dist: string, engine: import('./engine.mjs').Engine | null, bucket: import('./bucket.mjs').Bucket | null, serverNames: readonly string[], durable: boolean,
 *   leaseSeconds: number, replaySeconds: number, mostUploadBytes: number, mostSavedBytes: number,
 *   smallDiskMegabytes: number, onCrash: (text: string) => void }} plan
 * @returns {Ground}
 */
export function createGround(plan) {
  const folder = path.join(plan.folder, plan.name)
  const disk = path.join(folder, 'disk')
  const root = path.join(disk, 'root')
  mkdirSync(disk, { recursive: true })
  const smallDisk =
    plan.smallDiskMegabytes > 0 && mountTmpfs(disk, plan.smallDiskMegabytes) ? disk : null
  mkdirSync(root)
  const stallLog = path.join(folder, 'stalls.log')
  const runLogFile = path.join(folder, 'runs.log')
  const stderrFile = path.join(folder, 'stderr.log')
  /** @type {import('./server.mjs').Disturbance[]} */
  const disturbances = []
  const setup = {
    root,
    bucket: toSetup(plan.bucket),
    store: plan.engine?.url ?? null,
    runLog: runLogFile,
    serverLog: path.join(folder, 'server.log'),
    stallLog,
    durable: plan.durable,
    leaseSeconds: plan.leaseSeconds,
    sweepSeconds: 3,
    replaySeconds: plan.replaySeconds,
  }
  const facts = { dist: plan.dist, setup, stderrFile, disturbances, onCrash: plan.onCrash }
  return {
    name: plan.name,
    root,
    servers: plan.serverNames.map((name) => new Server(name, facts)),
    disturbances,
    engine: plan.engine,
    bucket: plan.bucket,
    saved: plan.bucket === null ? openSavedOnDisk(root) : openSavedInBucket(plan.bucket),
    runLog: createRunLog(runLogFile),
    leaseMs: plan.leaseSeconds * 1000,
    mostUploadBytes: plan.mostUploadBytes,
    mostSavedBytes: plan.mostSavedBytes,
    smallDisk,
    stderrFile,
    wasDisturbed(pid, fromMs, toMs) {
      const all = [...disturbances, ...readStalls(stallLog)]
      return all.some(
        (each) =>
          each.isOfStorage !== true &&
          (pid === null || each.pid === 0 || each.pid === pid) &&
          overlaps(each, fromMs, toMs),
      )
    },
    wasWithoutStorage: (fromMs, toMs) =>
      disturbances.some((each) => each.isOfStorage === true && overlaps(each, fromMs, toMs)),
    leave(isKept) {
      if (isKept && smallDisk !== null)
        cpSync(smallDisk, path.join(folder, 'disk-copy'), { recursive: true })
      if (smallDisk !== null) execFileSync('umount', ['-l', smallDisk])
      if (!isKept) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * What a server is told of a bucket.
 * @param {import('./bucket.mjs').Bucket | null} bucket
 */
function toSetup(bucket) {
  if (bucket === null) return null
  const { name, prefix, settings } = bucket
  return { name, prefix, settings }
}

/**
 * @param {import('./server.mjs').Disturbance} disturbance
 * @param {number} fromMs
 * @param {number} toMs
 */
function overlaps(disturbance, fromMs, toMs) {
  return disturbance.fromMs <= toMs + 500 && disturbance.toMs >= fromMs - 1000
}

/**
 * Mounts a small file system of its own, where we may.
 * @param {string} folder
 * @param {number} megabytes
 */
function mountTmpfs(folder, megabytes) {
  if (process.getuid?.() !== 0) return false
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

/**
 * @param {string} file
 * @returns {import('./server.mjs').Disturbance[]}
 */
function readStalls(file) {
  try {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    return lines.map((line) => Object.assign(JSON.parse(line), { what: 'stalled by itself' }))
  } catch {
    return []
  }
}
