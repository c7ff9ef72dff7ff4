// @ts-check
// The first thing every command does, so that each works right after `git clone`.

import { statSync } from 'node:fs'
import path from 'node:path'
import { install } from './npm.mjs'
import { isStartedDirectly, projectFolder } from './project.mjs'

const oldestNode = [20, 19]

/**
 * Sees to it that the packages of package-lock.json are in node_modules; says nothing unless it
 * fails, and then ends the process.
 */
export async function ensureInstalled() {
  if (isTooOld(process.versions.node)) {
    fail(`titofisto needs Node ${oldestNode.join('.')} or newer; this is ${process.version}.`)
  }
  if (isInstalled()) return
  console.error('Installing packages (npm ci) ...')
  // No package of ours needs an install script.
  const { status, output } = await install(['ci', '--ignore-scripts'])
  if (status !== 0) fail(`${output}\nnpm ci failed; its words are above.`)
}

/** @param {string} version */
function isTooOld(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
}

/** npm writes node_modules/.package-lock.json last, so a broken install counts as none. */
function isInstalled() {
  const installed = writtenAt('node_modules/.package-lock.json')
  return installed !== null && installed >= (writtenAt('package-lock.json') ?? 0)
}

/** @param {string} file */
function writtenAt(file) {
  return statSync(path.join(projectFolder, file), { throwIfNoEntry: false })?.mtimeMs ?? null
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message)
  process.exit(1)
}

if (isStartedDirectly(import.meta.url)) await ensureInstalled()
