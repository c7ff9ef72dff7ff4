// @ts-check
// The package's sources, without tests.

import { readdirSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../tools/project.mjs'

/** @returns {readonly string[]} From the project's folder on. */
export function listSources() {
  return readdirSync(path.join(projectFolder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => path.posix.join('src', file.split(path.sep).join('/')))
    .toSorted()
}
