// @ts-check
// `npm run matrix`: `npm test` on other releases of Node, one line for each, with the upload clients
// that are too large for each run (Go), and before them the documentation's site, whose build looks
// for dead links; `--all` adds releases that are not yet, or no longer, what most people run.
//
// The binaries come from npm. The package `node` is only an install script around one package for
// each platform, and npm is about to stop running install scripts: so we take the latter.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ensureInstalled } from './install.mjs'
import { install } from './npm.mjs'
import { projectFolder, run } from './project.mjs'

const releases = process.argv.includes('--all') ? [22, 24, 26] : [22, 24]

await ensureInstalled()
await buildSite()
for (const release of releases) {
  const node = await installNode(release)
  const env = release >= 24 ? { TITOFISTO_FLYDRIVE: await installFlydrive(release) } : {}
  const { version, line, passed, seconds } = await testOn(node, cacheFolder(release), env)
  console.log(`Node ${version}: ${line} (${seconds} s)`)
  if (!passed) process.exitCode = 1
}

async function buildSite() {
  const { status, output } = await run(process.execPath, ['site/build.mjs'])
  console.log(status === 0 ? output.trimEnd().split('\n').at(-1) : `The site failed:\n${output}`)
  if (status !== 0) process.exitCode = 1
}

/**
 * @param {number} release
 * @returns {Promise<string>} The path of the binary.
 */
async function installNode(release) {
  const folder = cacheFolder(release)
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const node = path.join(folder, 'node_modules', name, 'bin', 'node')
  if (!existsSync(node)) await installInto(folder, `${name}@${release}`)
  return node
}

/**
 * FlyDrive 2 needs Node 24: test/support/flydrive.ts finds it there.
 * @param {number} release
 * @returns {Promise<string>} The folder that it is installed in.
 */
async function installFlydrive(release) {
  const folder = path.join(cacheFolder(release), 'flydrive')
  if (!existsSync(path.join(folder, 'node_modules', 'flydrive')))
    await installInto(folder, 'flydrive@2.1.0')
  return folder
}

/**
 * @param {string} folder
 * @param {string} wanted
 */
async function installInto(folder, wanted) {
  mkdirSync(folder, { recursive: true })
  const { status, output } = await install(['install', '--prefix', folder, wanted])
  if (status === 0) return
  console.error(`${output}\n${wanted} could not be installed; npm's words are above.`)
  process.exit(1)
}

/** @param {number} release */
function cacheFolder(release) {
  return path.join(projectFolder, 'node_modules', '.cache', `node-${release}`)
}

/**
 * @param {string} node
 * @param {string} folder Where the log of a failed run goes.
 * @param {Readonly<Record<string, string>>} newer What is newer there than what is installed here.
 */
async function testOn(node, folder, newer) {
  const begun = performance.now()
  const version = (await run(node, ['--version'])).output.trim()
  // First in PATH, so that whatever the tests start by name runs on this release too.
  const PATH = `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`
  const env = { PATH, TITOFISTO_CLIENTS: 'all', ...newer }
  const { status, output } = await run(node, ['tools/test.mjs'], env)
  const seconds = Math.round((performance.now() - begun) / 1000)
  const line = output.trimEnd().split('\n').at(-1)
  if (status !== 0) {
    const log = path.join(folder, 'test.log')
    writeFileSync(log, output)
    console.error(`The log of ${version} is in ${path.relative(projectFolder, log)}`)
  }
  return { version, line, passed: status === 0, seconds }
}
