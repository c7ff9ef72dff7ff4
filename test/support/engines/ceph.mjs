// @ts-check
// Ceph's S3 gateway with a Ceph of its own behind it, in memory: for tests, the bench and the soak.

import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findProgram } from '../../../tools/system-packages.mjs'
import { findFreePort } from './engine-process.mjs'

const run = promisify(execFile)
const script = fileURLToPath(new URL('ceph-rgw.sh', import.meta.url))

/**
 * A running Ceph. What befalls it befalls its gateway alone, so that its data stays.
 * @typedef {object} Ceph
 * @property {number} port Of the gateway.
 * @property {() => void} pause Stops the gateway in its tracks, until `goOn`.
 * @property {() => void} goOn
 * @property {() => Promise<void>} kill
 * @property {() => Promise<void>} startAgain At the same port, with its data.
 * @property {() => Promise<void>} stop Ends it all, and takes its folder away.
 */

/** Why it can't be started here; `null` where it can. */
export function whyNoCeph() {
  const missing = ['radosgw', 'ceph-mon', 'ceph-osd'].filter((name) => findProgram(name) === null)
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`
  return process.getuid?.() === 0 ? null : 'Ceph starts as root only'
}

/**
 * Starts one; there is no bucket yet.
 * @param {{ memoryBytes?: number, keepDeletedSeconds?: number }} [setting] How much it holds, default 1 GiB; how long it keeps what was deleted, default two hours, as Ceph's own.
 * @returns {Promise<Ceph>}
 */
export async function startCeph({ memoryBytes = 2 ** 30, keepDeletedSeconds = 7200 } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-ceph-'))
  const port = await findFreePort()
  const args = [folder, String(port), String(await findFreePort())]
  const env = {
    ...process.env,
    MEMSTORE_BYTES: String(memoryBytes),
    KEEP_DELETED_SECONDS: String(keepDeletedSeconds),
  }
  /** @param {string} name Of a file with a pid. */
  const pidOf = (name) => Number(readFileSync(path.join(folder, 'run', name), 'utf8'))

  async function stop() {
    for (const name of listRun(folder)) if (name.endsWith('.pid')) await endProcess(pidOf(name))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await run(script, args, { env })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    port,
    pause: () => void process.kill(pidOf('rgw.pid'), 'SIGSTOP'),
    goOn: () => void process.kill(pidOf('rgw.pid'), 'SIGCONT'),
    kill: () => endProcess(pidOf('rgw.pid')),
    async startAgain() {
      await run(script, args, { env })
    },
    stop,
  }
}

/**
 * What a client of it, or of any S3 that tests start, is made with.
 * @param {number} port
 */
export function toS3Settings(port) {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKTEST', secretAccessKey: 'SKTEST' },
  }
}

/** @param {string} folder */
function listRun(folder) {
  try {
    return readdirSync(path.join(folder, 'run'))
  } catch {
    return []
  }
}

/**
 * These are nobody's children any more: they went into the background.
 * @param {number} pid
 */
async function endProcess(pid) {
  if (!Number.isInteger(pid) || pid <= 1) return
  try {
    for (process.kill(pid, 'SIGKILL'); ; await sleep(20)) process.kill(pid, 0)
  } catch {
    // It is gone.
  }
}
