// @ts-check
// Sees to it that what the bench needs is there: the peers, our dist/ and wrk.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, isBuildNeeded } from '../../tools/build.mjs'

const benchFolder = fileURLToPath(new URL('..', import.meta.url))

/**
 * Installs the peers where node_modules is not what package-lock.json says, and builds dist/.
 * @param {{ mayBuild: boolean }} options
 */
export async function prepareBench({ mayBuild }) {
  checkCommand('taskset', '-V', 'util-linux')
  checkCommand('wrk', '-v', 'wrk')
  if (!isInstalled()) {
    console.error('Installing the peers into bench/node_modules ...')
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: benchFolder, stdio: 'inherit' })
  }
  if (mayBuild && isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) throw new Error(`dist/ can't be built:\n${output}`)
  }
}

function isInstalled() {
  const installed = `${benchFolder}node_modules/.package-lock.json`
  if (!existsSync(installed)) return false
  const wanted = packagesOf(`${benchFolder}package-lock.json`)
  const found = packagesOf(installed)
  // The first entry, '', is the bench itself; what is optional may be for another system.
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || optional === true || found[path]?.version === version,
  )
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages
}

/**
 * @param {string} command
 * @param {string} argument
 * @param {string} debianPackage
 */
function checkCommand(command, argument, debianPackage) {
  try {
    execFileSync(command, [argument], { stdio: 'ignore' })
  } catch (cause) {
    // wrk tells its version with exit code 1.
    if (/** @type {{ code?: string }} */ (cause).code === 'ENOENT')
      throw new Error(`The bench needs "${command}": apt-get install ${debianPackage}`, { cause })
  }
}
