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
 * @property {(folder: string) => Promise<import('./server-process.mjs').ServerProcess>} start
 * @property {boolean} [isOurs] Its targets are slots: minted, each good for one upload.
 */

/**
 * Ours.
 * @param {string} name
 * @param {Protocol} protocol
 * @param {{ store: 'memory' | 'file', durable: boolean }} setup
 * @returns {Contestant}
 */
export function oursAs(name, protocol, setup) {
  return {
    name,
    protocol,
    isOurs: true,
    start: (folder) => startServer(name, 'ours-slots', { root: folder, ...setup }),
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
  return { name, protocol, start: (folder) => startServer(name, file, { folder }) }
}

/** @param {string} folder */
function formatDav(folder) {
  return `location / { root "${folder}"; dav_methods PUT; create_full_put_path on; }`
}

/**
 * Starts one, with an empty folder below `place`.
 * @param {Contestant} contestant
 * @param {string} place
 * @returns {Promise<UploadServer>}
 */
export async function startUploadServer(contestant, place) {
  const folder = path.join(place, contestant.name.replaceAll(/\W+/g, '-'))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const server = await contestant.start(folder)
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

/**
 * Those that take part; ours always does.
 * @param {readonly Contestant[]} contestants
 * @param {(name: string) => boolean} isWanted
 */
export function wantedOf(contestants, isWanted) {
  return contestants.filter((each) => each.isOurs === true || isWanted(each.name))
}
