// @ts-check
// Puts a fault back into a copy of src/, and compiles it. Fails loudly where the source has moved on.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectFolder, run, toolPath } from '../../tools/project.mjs'

/**
 * A compiled copy with a fault in it.
 * @typedef {{ readonly dist: string, readonly remove: () => void }} Planted
 */

/**
 * @param {import('./faults.mjs').PlantedFault} fault
 * @returns {Promise<Planted>}
 */
export async function plant({ what, edits, additions }) {
  const cache = path.join(projectFolder, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  // Inside of the project, so that its imports find their packages.
  const folder = mkdtempSync(path.join(cache, 'titofisto-planted-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const source = path.join(folder, 'src')
    cpSync(path.join(projectFolder, 'src'), source, { recursive: true })
    for (const { file, from } of additions)
      cpSync(fileURLToPath(new URL(from, import.meta.url)), path.join(source, file))
    for (const edit of edits) applyEdit(source, edit, what)
    const dist = path.join(folder, 'dist')
    const config = path.join(folder, 'tsconfig.json')
    const base = path.join(projectFolder, 'tsconfig.build.json')
    writeFileSync(config, JSON.stringify(configFor(base)))
    writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
    const { status, output } = await run(toolPath('tsc'), ['-p', config, '--noCheck'])
    if (status !== 0) throw new Error(`The planted source does not compile:\n${output}`)
    return { dist, remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** @param {string} base */
function configFor(base) {
  return {
    extends: base,
    compilerOptions: {
      rootDir: 'src',
      outDir: 'dist',
      declaration: false,
      declarationMap: false,
      sourceMap: false,
    },
    include: ['src'],
    exclude: ['src/**/*.test.ts'],
  }
}

/**
 * @param {string} source
 * @param {import('./faults.mjs').Edit} edit
 * @param {string} what
 */
function applyEdit(source, { file, find, put }, what) {
  const at = path.join(source, file)
  const parts = readFileSync(at, 'utf8').split(find)
  if (parts.length !== 2)
    throw new Error(
      `soak/planted/faults.mjs can't plant "${what}": in src/${file} this stands ${parts.length - 1} times instead of once:\n${find}`,
    )
  writeFileSync(at, parts.join(put))
}
