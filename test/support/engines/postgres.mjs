// @ts-check
// A PostgreSQL of our own, of whatever version the system has; its service is not touched.

import { execFileSync } from 'node:child_process'
import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findProgram } from '../../../tools/system-packages.mjs'
import { onFreePort, startEngine } from './engine-process.mjs'

/**
 * @typedef {object} PostgresEngine
 * @property {number} port
 * @property {string} host
 * @property {string} url
 * @property {() => void} pause
 * @property {() => void} goOn
 * @property {() => Promise<void>} kill As a power cut would, with all its processes; `startAgain` starts it at the same port.
 * @property {(setting: { keepsData: boolean }) => Promise<void>} startAgain
 * @property {() => Promise<void>} stop Ends it, and takes its folder away.
 */

/** The folder of the newest server's programs, or null. Debian keeps them out of PATH. */
export function findPostgres() {
  const versions = '/usr/lib/postgresql'
  const folders = existsSync(versions)
    ? readdirSync(versions)
        .sort((one, other) => Number(other) - Number(one))
        .map((version) => path.join(versions, version, 'bin'))
    : []
  const inPath = findProgram('initdb')
  const all = inPath === null ? folders : [...folders, path.dirname(inPath)]
  return all.find((folder) => existsSync(path.join(folder, 'postgres'))) ?? null
}

/** Why none can be started here, or null: as root it must be run as somebody else, by setpriv. */
export function whyNoPostgres() {
  if (findPostgres() === null) return 'PostgreSQL is not installed'
  if (isRoot() && findProgram('setpriv') === null) return 'setpriv is not installed'
  return null
}

/**
 * Starts one, which flushes nothing to the disk unless it is told to.
 * @param {readonly string[]} [options] Of its command line.
 * @param {import('./engine-process.mjs').EnginePlace} [place]
 * @returns {Promise<PostgresEngine>}
 */
export async function startPostgres(options = [], place = {}) {
  const { host = '127.0.0.1', under = [], disk = null, standbyOf = null } = place
  const programs = findPostgres()
  if (programs === null) throw new Error('There is no PostgreSQL.')
  const user = isRoot() ? nobody() : null
  const asUser =
    user === null ? [] : ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups']

  /** @param {string} folder */
  const dataIn = (folder) => path.join(disk ?? folder, 'data')

  function makeFolder() {
    const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-postgres-'))
    for (const each of disk === null ? [folder] : [folder, disk])
      if (user !== null) chownSync(each, user.uid, user.gid)
    const initdb = [path.join(programs ?? '', 'initdb'), '-D', dataIn(folder)]
    // A server that can't write its log ends: that is to have room.
    const log = disk === null ? [] : ['--waldir', path.join(folder, 'wal')]
    const how = ['-U', 'titofisto', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
    const copy = [
      path.join(programs ?? '', 'pg_basebackup'),
      '-D',
      dataIn(folder),
      '-R',
      '--no-sync',
    ]
    const from = ['-h', '127.0.0.1', '-p', String(standbyOf), '-U', 'titofisto', '-c', 'fast']
    const [file = '', ...args] = [
      ...(user === null ? [] : [findProgram('setpriv') ?? '', ...asUser, '--']),
      ...(standbyOf === null ? [...initdb, ...log, ...how] : [...copy, ...from]),
    ]
    execFileSync(file, args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
    appendFileSync(path.join(dataIn(folder), 'pg_hba.conf'), 'host all all samenet trust\n')
    return folder
  }

  let folder = makeFolder()
  /** @param {number} port */
  function startAt(port) {
    const where = ['-D', dataIn(folder), '-p', String(port), '-k', folder]
    const settings = [`listen_addresses=${host}`, 'fsync=off', 'shared_buffers=64MB']
    return startEngine({
      command: [
        path.join(programs ?? '', 'postgres'),
        ...where,
        ...[...settings, ...options].flatMap((setting) => ['-c', setting]),
      ],
      // A standby takes "read-only connections".
      ready: 'database system is ready to accept',
      asUser,
      under,
      // A quick end of it and its children.
      atOurEnd: 'SIGQUIT',
    })
  }
  let { engine, port } = await onFreePort(async (free) => ({
    engine: await startAt(free),
    port: free,
  }))
  return {
    port,
    host,
    url: `postgres://titofisto@${host}:${port}/postgres`,
    pause: () => engine.pause(),
    goOn: () => engine.goOn(),
    // Its children end at once, nothing is written: what SIGKILL does, and no child outlives it.
    kill: () => engine.end('SIGQUIT'),
    async startAgain({ keepsData }) {
      if (!keepsData) {
        rmSync(folder, { recursive: true, force: true })
        folder = makeFolder()
      }
      engine = await startAt(port)
    },
    async stop() {
      await engine.end('SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isRoot() {
  return process.getuid?.() === 0
}

function nobody() {
  const [uid = '', gid = ''] = ['-u', '-g'].map((what) =>
    execFileSync('id', [what, 'nobody'], { encoding: 'utf8' }).trim(),
  )
  return { uid: Number(uid), gid: Number(gid) }
}
