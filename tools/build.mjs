// @ts-check
// src/ → dist/. The declarations are plain tsc's, one for each source; so is the JavaScript of
// `titofisto/client`, which is for browsers. All other JavaScript is bundled, a file for each that can be
// imported and a few that they share: importing it takes half of the time (decision 054). The scripts
// of pages are made first: they are texts in two of the sources.
//
//   --if-needed   do nothing where dist/ is newer than everything it is made of

import { chmodSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { writePageScripts } from './page-script.mjs'
import { compilerPath, isStartedDirectly, projectFolder, run } from './project.mjs'

const distFolder = path.join(projectFolder, 'dist')

/**
 * Builds from nothing, so that a deleted source leaves no ghost behind.
 * @returns {Promise<import('./project.mjs').Run>}
 */
export async function build() {
  rmSync(distFolder, { recursive: true, force: true })
  await writePageScripts()
  for (const plan of ['tsconfig.build.json', 'tsconfig.client.json']) {
    const compiled = await run(compilerPath, ['-p', plan])
    if (compiled.status !== 0) return compiled
  }
  try {
    // Rolldown is not there before `npm ci`, and this file is asked whether a build is needed by then.
    const { bundle } = await import('./bundle.mjs')
    await bundle(projectFolder, readEntries(), { folder: distFolder, maps: true })
  } catch (error) {
    return { status: 1, output: String(error) }
  }
  chmodSync(path.join(distFolder, 'cli', 'main.js'), 0o755)
  return { status: 0, output: '' }
}

/** The names of the sources that can be imported or run, but for the browsers'. */
function readEntries() {
  const manifest = JSON.parse(readFileSync(path.join(projectFolder, 'package.json'), 'utf8'))
  const files = [
    ...Object.values(manifest.exports).map((face) => face.default ?? ''),
    ...Object.values(manifest.bin),
  ]
  return files.flatMap((file) => /(?<=dist\/)(?!client\/).+(?=\.js$)/.exec(file) ?? [])
}

/** Whether something that dist/ is made of is newer than dist/. */
export function isBuildNeeded() {
  const built = statSync(path.join(distFolder, 'index.js'), { throwIfNoEntry: false })
  if (built === undefined) return true
  const made = [
    'src',
    'tsconfig.json',
    'tsconfig.build.json',
    'tsconfig.client.json',
    'package.json',
  ]
  return made.some((name) => newestWithin(path.join(projectFolder, name)) > built.mtimeMs)
}

/**
 * Time of the last change to a file, or to anything below a folder; a folder's own time tells
 * of files that are gone.
 * @param {string} entry
 * @returns {number}
 */
function newestWithin(entry) {
  const facts = statSync(entry)
  if (!facts.isDirectory()) return facts.mtimeMs
  const below = readdirSync(entry).map((name) => newestWithin(path.join(entry, name)))
  return Math.max(facts.mtimeMs, ...below)
}

/** Sees to it that dist/ is what src/ says; ends the process where it does not compile. */
export async function ensureBuilt() {
  if (!isBuildNeeded()) return
  const { status, output } = await build()
  if (status === 0) return
  console.error(output)
  process.exit(status)
}

if (isStartedDirectly(import.meta.url)) {
  if (!process.argv.includes('--if-needed') || isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) console.error(output)
    process.exitCode = status
  }
}
