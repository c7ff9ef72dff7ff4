// @ts-check
// Imports point down only, and past no room's face:
//
//   cli, adapters → titofisto → slots → receive, media → storage, http, token
//     → errors, options, log, events, redact
//
// A room is a folder of src/, or one of the files beside them. The table below says which rooms each
// may import from; where a room names its faces, other rooms may import these files alone, and the
// rest is its own affair. `client` imports nothing of the server; what is pure touches no disk and
// no socket.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { isStartedDirectly, projectFolder } from './project.mjs'

const floor = ['error-codes', 'errors', 'nearest', 'options', 'log', 'events', 'redact']
const storage = [
  'storage',
  'storage/names',
  'storage/url',
  'storage/verbs',
  'storage/local',
  'storage/s3',
]
const ground = [...floor, 'token', 'http', 'http/node', 'http/fetch', ...storage, 'holders']

/** What people see: pure, of values alone. What says things in words runs in browsers, too. */
const pages = ['pages/words', 'pages']

/** From the bottom up: each of these rooms may import from those before it, and from the ground. */
const receiving = ['receive/types', 'receive/spool', 'receive/intake', 'receive/form', 'receive']
const slots = [
  'slots/record',
  'slots/stores',
  'slots/stores/redis',
  'slots/stores/postgres',
  'slots/stores/sqlite',
  'slots/kinds',
  'slots/parts',
  'slots/claims',
  'slots/handling',
  'slots/minting',
  'slots/requests',
  'slots/sweep',
  'slots/uploads',
  'slots/ways-in',
  'slots',
]
const all = [...ground, ...pages, 'media/cache', 'media', ...receiving, ...slots]
const commands = [
  'cli/demo',
  'cli/settings',
  'cli/kinds',
  'cli/browse/page',
  'cli/browse',
  'cli/server',
  'cli/commands',
]

/**
 * What each room may import besides itself.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const mayImport = {
  'error-codes': [],
  errors: ['error-codes'],
  nearest: [],
  options: ['error-codes', 'errors', 'nearest'],
  log: ['error-codes', 'errors', 'redact'],
  events: [],
  redact: ['error-codes', 'errors'],
  token: floor,
  http: floor,
  'http/node': [...floor, 'http'],
  'http/fetch': [...floor, 'http'],
  storage: floor,
  'storage/names': [...floor, 'storage'],
  'storage/url': floor,
  'storage/verbs': [...floor, 'storage', 'storage/names', 'storage/url'],
  'storage/local': [...floor, 'storage', 'storage/names', 'storage/verbs'],
  'storage/s3': [...floor, 'http', 'storage', 'storage/names', 'storage/verbs'],
  holders: [...floor, ...storage],
  'media/cache': ground,
  'pages/words': [],
  pages: [...floor, 'http', 'pages/words'],
  'pages/browser': ['pages', 'pages/words', 'client'],
  media: [...ground, ...pages, 'media/cache'],
  ...climb(receiving, ground),
  ...climb(slots, [...ground, ...pages, ...receiving]),
  titofisto: all,
  adapters: [...all, 'titofisto', 'index'],
  cli: [...all, 'titofisto'],
  ...climb(commands, [...all, 'titofisto', 'cli']),
  'cli/browse/browser': ['client', 'pages/browser', 'cli', 'cli/browse/page'],
  'cli/main': ['error-codes', 'errors', 'nearest', 'cli', ...commands],
  // The faces of the package: each names what a subpath of it exports.
  index: [...all, 'titofisto'],
  testing: [...all, 'titofisto'],
  client: [],
}

/**
 * The files that other rooms may import, where they are not all of the room's.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const faces = {
  'http/node': ['node-door', 'node-request', 'node-types', 'through-node'],
  'http/fetch': ['end-after', 'fetch-door', 'fetch-incoming'],
  'storage/url': ['url-bytes'],
  'storage/local': ['local', 'local-options', 'file-calls'],
  'storage/s3': ['s3', 's3-options'],
  'media/cache': ['hot-files', 'file-head'],
  'receive/form': ['form-head', 'form-intake'],
  'slots/sweep': ['sweep', 'sweep-timer', 'recoveries'],
  'cli/demo': ['demo-folder'],
  'cli/browse': ['owner-page', 'desk'],
}

/**
 * @param {readonly string[]} rooms
 * @param {readonly string[]} below
 */
function climb(rooms, below) {
  return Object.fromEntries(
    rooms.map((room, index) => [room, [...below, ...rooms.slice(0, index)]]),
  )
}

const impure = /^node:(?:fs|http|http2|https|net|tls|child_process)(?:\/|$)/
const pureRooms = new Set(['token', 'http', 'storage/names', 'receive/form', 'slots/record'])

/**
 * What is wrong with one file's imports, a line each. Type imports count too: a room that knows
 * the types of the room above it can't be read without it.
 * @param {string} file Path below src/, with `/`.
 * @param {string} source
 * @returns {string[]}
 */
export function findBadImports(file, source) {
  const room = roomOf(file)
  if (mayImport[room] === undefined)
    return [`src/${file}: the room "${room}" is not in the table of tools/import-rule.mjs`]
  return importsOf(source).flatMap((specifier) => {
    const reason = reasonAgainst(file, room, specifier)
    return reason === null ? [] : [`src/${file}: imports ${specifier}, but ${reason}`]
  })
}

/**
 * @param {string} file
 * @param {string} room
 * @param {string} specifier
 * @returns {string | null}
 */
function reasonAgainst(file, room, specifier) {
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier)
    return target.startsWith('..')
      ? 'src/ imports nothing from outside itself'
      : reasonAgainstRoom(room, target)
  }
  if (room === 'client' && specifier.startsWith('node:')) return 'client runs in browsers'
  if (room === 'client' && !(specifier === 'react' && file === 'client/react.ts'))
    return 'client has no dependencies, but for React in its hooks'
  if (pureRooms.has(room) && impure.test(specifier))
    return 'this file is pure: values in, values out'
  return null
}

/**
 * @param {string} room
 * @param {string} target A file below src/.
 */
function reasonAgainstRoom(room, target) {
  const targetRoom = roomOf(target)
  if (targetRoom === room) return null
  const allowed = mayImport[room] ?? []
  if (!allowed.includes(targetRoom))
    return `${room} may import ${allowed.join(', ') || 'no other room'}`
  const shown = faces[targetRoom]
  if (shown === undefined || shown.includes(path.posix.basename(target, '.ts'))) return null
  return `of ${targetRoom} others may import ${shown.join(', ')}`
}

/**
 * `token/age.ts` → `token`; `slots/record/slot.ts` → `slots/record`; `errors.ts` → `errors`;
 * `titofisto-options.ts` → `titofisto`; the command's entry is a room of its own.
 * @param {string} file
 */
function roomOf(file) {
  const folder = path.posix.dirname(file)
  if (folder === '.') return file.replace(/\.ts$/, '').replace(/^titofisto-.*/, 'titofisto')
  return file === 'cli/main.ts' ? 'cli/main' : folder
}

/**
 * The specifiers of static and dynamic imports and re-exports.
 * @param {string} source
 */
function importsOf(source) {
  const code = source.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
  const found = code.matchAll(/\b(?:from|import)\s*\(?\s*(['"`])([^'"`\n]+)\1/g)
  return [...found].map((match) => match[2] ?? '')
}

/** What is wrong in all of src/; tests may import from anywhere. */
export function findAllBadImports() {
  const folder = path.join(projectFolder, 'src')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => findBadImports(file, readFileSync(path.join(folder, file), 'utf8')))
}

if (isStartedDirectly(import.meta.url)) {
  const bad = findAllBadImports()
  for (const line of bad) console.error(line)
  if (bad.length > 0) process.exitCode = 1
}
