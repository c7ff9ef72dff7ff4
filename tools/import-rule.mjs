// @ts-check
// Imports point down only:
//
//   cli → adapters → titofisto → media, slots → storage, token, http → errors
//
// `client` imports nothing of the server. token/ and the pure half of http/ touch no disk and no
// socket. oxlint's no-restricted-imports could list what each room may not name, but would be
// silent about a room it has never heard of; this table says what each room may.

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { isStartedDirectly, projectFolder } from './project.mjs'

const ground = ['errors', 'options', 'log', 'redact']
const rules = ['storage', 'token', 'http', 'pages']
const rooms = [...ground, ...rules, 'media', 'slots']

/**
 * What each room of src/ may import besides itself.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const mayImport = {
  errors: [],
  options: ['errors'],
  log: ['errors'],
  redact: ['errors'],
  storage: ground,
  token: ground,
  http: ground,
  pages: ground,
  media: [...ground, ...rules],
  slots: [...ground, ...rules],
  titofisto: rooms,
  adapters: [...rooms, 'titofisto'],
  cli: [...rooms, 'titofisto', 'adapters'],
  // The faces: each names what its subpath of the package exports.
  index: [...rooms, 'titofisto'],
  testing: [...rooms, 'titofisto'],
  client: [],
}

const impure = /^node:(?:fs|http|http2|https|net|tls|child_process)(?:\/|$)/

/**
 * What is wrong with one file's imports, a line each. Type imports count too: a room that knows
 * the types of the room above it can't be read without it.
 * @param {string} file Path below src/, with `/`.
 * @param {string} source
 * @returns {string[]}
 */
export function findBadImports(file, source) {
  const room = roomOf(file)
  const allowed = mayImport[room]
  if (allowed === undefined) {
    return [`src/${file}: the room "${room}" is not in the table of tools/import-rule.mjs`]
  }
  return importsOf(source).flatMap((specifier) => {
    const reason = reasonAgainst(file, room, allowed, specifier)
    return reason === null ? [] : [`src/${file}: imports ${specifier}, but ${reason}`]
  })
}

/**
 * @param {string} file
 * @param {string} room
 * @param {readonly string[]} allowed
 * @param {string} specifier
 * @returns {string | null}
 */
function reasonAgainst(file, room, allowed, specifier) {
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier)
    if (target.startsWith('..')) return 'src/ imports nothing from outside itself'
    const targetRoom = roomOf(target)
    if (targetRoom === room || allowed.includes(targetRoom)) return null
    return `${room} may import ${allowed.join(', ') || 'no other room'}`
  }
  if (room === 'client' && specifier.startsWith('node:')) return 'client runs in browsers'
  if (isPure(file, room) && impure.test(specifier))
    return 'this file is pure: values in, values out'
  return null
}

/**
 * @param {string} file
 * @param {string} room
 */
function isPure(file, room) {
  if (room === 'http') return !/^http\/(?:node\/[^/]*|fetch-door)\.ts$/.test(file)
  return room === 'token'
}

/**
 * `token/age.ts` → `token`; `errors.ts` → `errors`; `titofisto-options.ts` → `titofisto`.
 * @param {string} file
 */
function roomOf(file) {
  return (file.split('/')[0] ?? '').replace(/\.ts$/, '').replace(/^titofisto-.*/, 'titofisto')
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
