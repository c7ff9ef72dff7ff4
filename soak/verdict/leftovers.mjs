// @ts-check
// What must not be left: open descriptors, spooled and temporary files, words on stderr.

import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** @typedef {import('../servers/ground.mjs').Ground} Ground */

/**
 * What a process has open: sockets, and files below a folder.
 * @param {number} pid
 * @param {string} folder
 */
function openOf(pid, folder) {
  /** @type {string[]} */
  const files = []
  let sockets = 0
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    let target
    try {
      target = readlinkSync(`/proc/${pid}/fd/${name}`)
    } catch {
      continue // closed meanwhile
    }
    if (target.startsWith('socket:')) sockets += 1
    else if (target.startsWith(folder)) files.push(target)
  }
  return { sockets, files }
}

/**
 * Says which descriptors a server keeps that nobody needs any more; waits for them to go first.
 * @param {import('../servers/server.mjs').Server} server
 * @param {Ground} ground
 * @param {number} idleSockets How many an idle server has.
 */
export async function checkDescriptors(server, ground, idleSockets) {
  if (!existsSync('/proc/self/fd')) return []
  // Those to S3 stay for the next request.
  await server.ask('closeIdleConnections')
  let open = openOf(server.pid, ground.root)
  for (
    let tries = 0;
    tries < 100 && (open.sockets > idleSockets || open.files.length > 0);
    tries++
  ) {
    await sleep(200)
    await server.ask('closeIdleConnections')
    open = openOf(server.pid, ground.root)
  }
  const faults = []
  if (open.sockets > idleSockets)
    faults.push(
      `server ${server.name} still has ${open.sockets - idleSockets} sockets open, though no client is left`,
    )
  for (const file of open.files.slice(0, 5))
    faults.push(`server ${server.name} still has ${path.relative(ground.root, file)} open`)
  return faults
}

/** @param {number} pid */
export function countSockets(pid) {
  return existsSync('/proc/self/fd') ? openOf(pid, '\0').sockets : 0
}

/**
 * Says which private files are left of uploads that have all ended.
 * @param {Ground} ground
 */
export function checkPrivateFiles(ground) {
  const folder = path.join(ground.root, '.titofisto')
  return ['spool', 'tmp'].flatMap((name) => {
    const at = path.join(folder, name)
    const left = existsSync(at) ? readdirSync(at) : []
    return left.map((file) => `ground ${ground.name}: ${name}/${file} was left behind`)
  })
}

/**
 * Says what saves have left among the files. What nobody was told of, since S3 went away or a process
 * died in that moment, nobody can remove: it is counted.
 * @param {Ground} ground
 */
export async function checkLeftAmongFiles(ground) {
  const left = await ground.saved.listLeftovers()
  /** @param {import('./saved-on-disk.mjs').Leftover} leftover */
  const isExcused = ({ sinceMs, untilMs, isKnown }) =>
    !isKnown &&
    (ground.wasDisturbed(null, sinceMs, untilMs) || ground.wasWithoutStorage(sinceMs, untilMs))
  return {
    faults: left
      .filter((leftover) => !isExcused(leftover))
      .map(({ what }) => `ground ${ground.name}: ${what} was left behind`),
    excusedCount: left.filter(isExcused).length,
  }
}

/** @param {Ground} ground */
export function checkStderr(ground) {
  const text = existsSync(ground.stderrFile) ? readFileSync(ground.stderrFile, 'utf8').trim() : ''
  return text === ''
    ? []
    : [`a server of ground ${ground.name} wrote to stderr: ${text.slice(0, 2000)}`]
}

/**
 * Which errors the servers logged, by event and message; those that nobody thought of are faults.
 * @param {string} file
 */
export function readServerLog(file) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  /** @type {string[]} */
  const faults = []
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  for (const line of text.split('\n')) {
    if (line === '') continue
    const { level, event, message, cause, slotId } = JSON.parse(line)
    if (level !== 'error' && level !== 'warn') continue
    const key = `${level} ${event}: ${message}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
    if (/nobody thought of/.test(message))
      faults.push(`a server logged "${message}" (slot ${slotId}): ${cause}`)
  }
  return { counts, faults }
}
