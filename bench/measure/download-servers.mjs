// @ts-check
// The servers that downloads are compared on, all over one folder.

import { createHash } from 'node:crypto'
import { httpGet } from './http-get.mjs'
import { startNginx } from './nginx.mjs'
import { startServer } from './server-process.mjs'

/**
 * A server of files.
 * @typedef {import('./server-process.mjs').ServerProcess & {
 *   paths(names: readonly string[]): Promise<string[]>
 * }} DownloadServer
 */

/** Every server but the ceiling, which needs an answer of ours first. */
export const downloadNames = [
  'ours',
  'send',
  'sirv',
  '@fastify/static',
  'hono serveStatic',
  'nginx',
  'nginx secure_link',
]

/** The name of an older build of ours. */
export const beforeName = 'ours before'

/** The ceiling's name. */
export const ceilingName = 'node:http constant'

/**
 * Starts those of the wanted servers that serve files; `ours` is always among them.
 * @param {string} root
 * @param {Pick<import('../run.mjs').Effort, 'isWanted' | 'beforeDist'>} effort
 * @param {readonly string[]} [names]
 */
export async function startDownloadServers(root, { isWanted, beforeDist }, names = downloadNames) {
  /** @type {Map<string, DownloadServer>} */
  const servers = new Map()
  if (beforeDist !== null) servers.set(beforeName, await startOurs(beforeName, root, beforeDist))
  for (const name of names)
    if (name === 'ours' || isWanted(name)) servers.set(name, await startDownloadServer(name, root))
  return servers
}

/**
 * Starts one of them.
 * @param {string} name
 * @param {string} root
 * @returns {Promise<DownloadServer>}
 */
export async function startDownloadServer(name, root) {
  switch (name) {
    case 'ours':
      return startOurs(name, root)
    case 'nginx':
      return { ...(await startNginx(name, nginxFiles(root))), paths: plainPaths }
    case 'nginx secure_link':
      return { ...(await startNginx(name, nginxSecureLink(root))), paths: secureLinkPaths }
    case '@fastify/static':
      return { ...(await startServer(name, 'fastify-static', { root })), paths: plainPaths }
    case 'hono serveStatic':
      return { ...(await startServer(name, 'hono', { root })), paths: plainPaths }
    default:
      return { ...(await startServer(name, name, { root })), paths: plainPaths }
  }
}

/**
 * @param {string} name
 * @param {string} root
 * @param {string} [dist] Another build's than this tree's.
 * @returns {Promise<DownloadServer>}
 */
async function startOurs(name, root, dist) {
  const server = await startServer(name, 'ours', { root, dist })
  return {
    ...server,
    paths: async (names) => /** @type {string[]} */ (await server.ask('paths', names)),
  }
}

/**
 * Starts the ceiling: `node:http` that gives our answer to `path` from memory.
 * @param {DownloadServer} ours
 * @param {string} path
 * @returns {Promise<DownloadServer>}
 */
export async function startCeiling(ours, path) {
  const server = await startServer(ceilingName, 'constant', {})
  const { status, rawHeaders, body } = await httpGet(ours.port, path)
  // Node adds these itself, to its answers and to ours.
  const added = new Set(['date', 'connection', 'keep-alive'])
  const headers = rawHeaders.filter(
    (_, index) => !added.has((rawHeaders[index - (index % 2)] ?? '').toLowerCase()),
  )
  await server.ask('replay', { status, headers, base64: body.toString('base64') })
  return { ...server, paths: async () => ['/constant'] }
}

/** @param {readonly string[]} names */
async function plainPaths(names) {
  return names.map((name) => `/${name}`)
}

const linkSecret = 'only the bench has it'

/** @param {readonly string[]} names */
async function secureLinkPaths(names) {
  const expires = Math.floor(Date.now() / 1000) + 86_400
  return names.map((name) => {
    const md5 = createHash('md5').update(`${expires}/${name} ${linkSecret}`).digest('base64url')
    return `/${name}?md5=${md5}&expires=${expires}`
  })
}

/** @param {string} root */
function nginxFiles(root) {
  return `location / { root "${root}"; }`
}

/** @param {string} root */
function nginxSecureLink(root) {
  return `location / {
    root "${root}";
    secure_link $arg_md5,$arg_expires;
    secure_link_md5 "$secure_link_expires$uri ${linkSecret}";
    if ($secure_link != "1") { return 404; }
  }`
}
