// @ts-check
// A PostgreSQL of our own, of whatever version the system has; its service is not touched.

import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findProgram } from '../../../tools/system-packages.mjs'
import { onFreePort, startEngine } from './engine-process.mjs'

/**
 * @typedef {object} PostgresEngine
 * @property {number} port
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
 * @returns {Promise<PostgresEngine>}
 */
export async function startPostgres(options = []) {
  const programs = findPostgres()
  if (programs === null) throw new Error('There is no PostgreSQL.')
  const user = isRoot() ? nobody() : null
  const asUser =
    user === null ? [] : ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups']

  function makeFolder() {
    const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-postgres-'))
    if (user !== null) chownSync(folder, user.uid, user.gid)
    const initdb = [path.join(programs ?? '', 'initdb'), '-D', path.join(folder, 'data')]
    const how = ['-U', 'titofisto', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
    const [file = '', ...args] = [
      ...(user === null ? [] : [findProgram('setpriv') ?? '', ...asUser, '--']),
      ...initdb,
      ...how,
    ]
    execFileSync(file, args, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
    return folder
  }

  let folder = makeFolder()
  /** @param {number} port */
  function startAt(port) {
    const place = ['-D', path.join(folder, 'data'), '-p', String(port), '-k', folder]
    const settings = ['listen_addresses=127.0.0.1', 'fsync=off', 'shared_buffers=64MB']
    return startEngine({
      command: [
        path.join(programs ?? '', 'postgres'),
        ...place,
        ...[...settings, ...options].flatMap((setting) => ['-c', setting]),
      ],
      ready: 'database system is ready to accept connections',
      asUser,
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
    url: `postgres://titofisto@127.0.0.1:${port}/postgres`,
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
