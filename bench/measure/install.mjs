// @ts-check
// Sees to it that what the bench needs is there: the peers, our dist/ and wrk.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { ensureFolderInstalled } from '../../tools/install-folder.mjs'

const benchFolder = fileURLToPath(new URL('..', import.meta.url))

/**
 * Installs the peers where node_modules is not what package-lock.json says, and builds dist/.
 * @param {{ mayBuild: boolean }} options
 */
export async function prepareBench({ mayBuild }) {
  checkCommand('taskset', '-V', 'util-linux')
  checkCommand('wrk', '-v', 'wrk')
  await ensureFolderInstalled(benchFolder, 'the peers')
  if (mayBuild && isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) throw new Error(`dist/ can't be built:\n${output}`)
  }
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
