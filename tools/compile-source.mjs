// @ts-check
// src/ as JavaScript for children of tests, for the soak's planted faults and for what measures one module
// of it: Node 20 knows no TypeScript.

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { bundle } from './bundle.mjs'
import { projectFolder } from './project.mjs'

/** What such programs import. */
export const childModules = [
  'index',
  'adapters/s3',
  'holders/holder',
  'http/node/node-door',
  'receive/intake/stop-sign',
  'receive/receive-upload',
  'receive/upload-head',
  'slots/slots',
  'slots/stores/file',
  'slots/stores/postgres/postgres',
  'slots/stores/redis/redis',
  'slots/stores/sqlite/sqlite',
  'storage/local/local',
  'token/keyring',
]

/**
 * A compiled copy of src/.
 * @typedef {{ readonly folder: string, readonly remove: () => Promise<void> }} CompiledSource
 */

/**
 * Compiles src/ into a folder of its own, in which these modules can be imported. Types are `npm run
 * check`'s matter.
 * @param {readonly string[]} modules
 * @returns {Promise<CompiledSource>}
 */
export async function compileSource(modules = childModules) {
  const { folder, remove } = await makeFolder('source')
  try {
    await bundle(projectFolder, modules, { folder })
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/**
 * A new folder inside the project, so that imports of what lies in it find their packages.
 * @param {string} name
 */
export async function makeFolder(name) {
  const cache = path.join(projectFolder, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(path.join(cache, `titofisto-${name}-`))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
