// Tests that need several processes, or kill one, run children in plain JavaScript: Node 20 knows
// no TypeScript. The compiled source lies inside the project, so that its imports find their packages.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A compiled copy of src/. */
export interface CompiledSource {
  readonly folder: string
  remove(): Promise<void>
}

/** Compiles src/ into a folder of its own. */
export async function compileSource(): Promise<CompiledSource> {
  const project = fileURLToPath(new URL('../..', import.meta.url))
  const cache = join(project, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'titofisto-source-'))
  const compiler = join(project, 'node_modules/typescript/bin/tsc')
  const plan = ['-p', join(project, 'tsconfig.build.json'), '--outDir', folder]
  const quick = ['--declaration', 'false', '--declarationMap', 'false', '--sourceMap', 'false']
  // Types are `npm run check`'s matter.
  await promisify(execFile)(process.execPath, [
    compiler,
    ...plan,
    ...quick,
    '--noCheck',
    '--noEmitOnError',
    'false',
  ])
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
