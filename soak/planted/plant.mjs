// @ts-check
// Puts a fault back into a copy of src/, and compiles it. Fails loudly where the source has moved on.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../tools/bundle.mjs'
import { childModules, makeFolder } from '../../tools/compile-source.mjs'
import { projectFolder } from '../../tools/project.mjs'

/**
 * A compiled copy with a fault in it.
 * @typedef {{ readonly dist: string, readonly remove: () => Promise<void> }} Planted
 */

/**
 * @param {import('./faults.mjs').PlantedFault} fault
 * @returns {Promise<Planted>}
 */
export async function plant({ what, edits, additions }) {
  const { folder, remove } = await makeFolder('planted')
  try {
    const source = path.join(folder, 'src')
    cpSync(path.join(projectFolder, 'src'), source, { recursive: true })
    for (const { file, from } of additions)
      cpSync(fileURLToPath(new URL(from, import.meta.url)), path.join(source, file))
    for (const edit of edits) applyEdit(source, edit, what)
    const dist = path.join(folder, 'dist')
    writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
    await bundle(folder, childModules, { folder: dist })
    return { dist, remove }
  } catch (error) {
    await remove()
    throw error
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
