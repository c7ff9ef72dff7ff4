// @ts-check
// Folders with packages of their own (bench/, site/): installed when they are needed, never for a test.

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { install } from './npm.mjs'

/**
 * Installs a folder's packages where its node_modules is not what its package-lock.json says.
 * @param {string} folder
 * @param {string} what What the packages are, for whoever waits.
 */
export async function ensureFolderInstalled(folder, what) {
  if (isInstalled(folder)) return
  console.error(`Installing ${what} ...`)
  const { status, output } = await install(['ci', '--ignore-scripts'], folder)
  if (status !== 0)
    throw new Error(`${output}\n${what} could not be installed; npm's words are above.`)
}

/** @param {string} folder */
function isInstalled(folder) {
  const installed = path.join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return false
  const wanted = packagesOf(path.join(folder, 'package-lock.json'))
  const found = packagesOf(installed)
  // The first entry, '', is the folder itself; what is optional may be for another system.
  return Object.entries(wanted).every(
    ([name, { version, optional }]) =>
      name === '' || optional === true || found[name]?.version === version,
  )
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages
}
