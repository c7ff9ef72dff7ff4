// @ts-check
// The servers that uploads are compared on, each with a folder of its own, and what a client sends.

import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { startNginx } from './nginx.mjs'
import { startServer } from './server-process.mjs'

/** @typedef {'multipart' | 'raw' | 'tus' | 'tus on a slot'} Protocol */

/**
 * A server that takes uploads.
 * @typedef {import('./server-process.mjs').ServerProcess & {
 *   protocol: Protocol
 *   folder: string
 *   targets(count: number): Promise<{ targets: string[], mintMs: number }>
 *   isOurs: boolean
 * }} UploadServer
 */

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {Protocol} protocol
 * @property {(folder: string, setup: { heapMiB: number }) => Promise<import('./server-process.mjs').ServerProcess>} start
 * @property {boolean} [isOurs] Its targets are slots: minted, each good for one upload.
 * @property {(dist: string) => Contestant} [asBuiltIn] The same of another build of ours.
 */

/**
 * Ours.
 * @param {string} name
 * @param {Protocol} protocol
 * @param {{ store: string, durable: boolean, dist?: string }} ours `store`: `memory`, `file`, or the URL of an engine; `dist`: another build's than this tree's.
 * @returns {Contestant}
 */
export function oursAs(name, protocol, ours) {
  return {
    name,
    protocol,
    isOurs: true,
    start: (folder, setup) => startServer(name, 'ours-slots', { root: folder, ...ours, ...setup }),
    asBuiltIn: (dist) => oursAs(`${name}, before`, protocol, { ...ours, dist }),
  }
}

/** @type {readonly Contestant[]} */
export const peers = [
  peer('multer', 'multipart', 'multer'),
  peer('busboy', 'multipart', 'busboy'),
  peer('@fastify/busboy', 'multipart', 'fastify-busboy'),
  peer('formidable', 'multipart', 'formidable'),
  peer('@fastify/multipart', 'multipart', 'fastify-multipart'),
  peer('pipeline', 'raw', 'pipeline'),
  {
    name: 'nginx dav',
    protocol: 'raw',
    start: (folder) => startNginx('nginx dav', formatDav(folder), path.join(folder, '.body')),
  },
  peer('@tus/server', 'tus', 'tus-server'),
]

/**
 * @param {string} name
 * @param {Protocol} protocol
 * @param {string} file
 * @returns {Contestant}
 */
function peer(name, protocol, file) {
  return {
    name,
    protocol,
    start: (folder, setup) => startServer(name, file, { folder, ...setup }),
  }
}

/** @param {string} folder */
function formatDav(folder) {
  return `location / { root "${folder}"; dav_methods PUT; create_full_put_path on; }`
}

/**
 * Starts one, with an empty folder below `place`.
 * @param {Contestant} contestant
 * @param {string} place
 * @param {number} [heapMiB] What the process holds before it serves.
 * @returns {Promise<UploadServer>}
 */
export async function startUploadServer(contestant, place, heapMiB = 0) {
  const folder = path.join(place, contestant.name.replaceAll(/\W+/g, '-'))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const server = await contestant.start(folder, { heapMiB })
  let lastNumber = 0
  return {
    ...server,
    protocol: contestant.protocol,
    folder,
    isOurs: contestant.isOurs === true,
    async targets(count) {
      if (contestant.isOurs === true)
        return /** @type {{ targets: string[], mintMs: number }} */ (
          await server.ask('mint', count)
        )
      const targets = Array.from({ length: count }, () =>
        contestant.name === 'nginx dav' ? `/upload-${++lastNumber}` : '/upload',
      )
      return { targets, mintMs: 0 }
    },
  }
}

/** The heaps that servers of uploads are measured with: a bare process, and an application's. */
export const heapsMiB = /** @type {const} */ ([0, 40])

/** @param {number} heapMiB */
export function formatHeap(heapMiB) {
  return heapMiB === 0 ? 'a bare process' : `a heap of ${heapMiB} MiB`
}

/**
 * Those that take part; ours always does, and so does an older build of ours where there is one.
 * @param {readonly Contestant[]} contestants
 * @param {Pick<import('../run.mjs').Effort, 'isWanted' | 'beforeDist'>} effort
 */
export function wantedOf(contestants, { isWanted, beforeDist }) {
  return contestants.flatMap((each) => {
    if (each.isOurs !== true) return isWanted(each.name) ? [each] : []
    const before = beforeDist === null ? undefined : each.asBuiltIn?.(beforeDist)
    return before === undefined ? [each] : [each, before]
  })
}
