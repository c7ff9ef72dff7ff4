// @ts-check
// src/ → dist/: plain tsc, one JavaScript and one declaration file for each source. What is for
// browsers alone is compiled with their types. The scripts of pages are made first: they are texts in
// two of the sources.
//
//   --if-needed   do nothing where dist/ is newer than everything it is made of

import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
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
  const server = await run(compilerPath, ['-p', 'tsconfig.build.json'])
  const client = await run(compilerPath, ['-p', 'tsconfig.client.json'])
  const result = server.status === 0 ? client : server
  const cli = path.join(distFolder, 'cli', 'main.js')
  if (existsSync(cli)) chmodSync(cli, 0o755)
  return result
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
