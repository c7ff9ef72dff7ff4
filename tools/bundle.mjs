// @ts-check
// TypeScript to the JavaScript that Node runs: a file for each of the sources that are named, and a few
// that these share, since importing hundreds of files costs more than running them (decision 054).

import path from 'node:path'
import { rolldown } from 'rolldown'

/**
 * @param {string} project The folder that `src` is in; packages are left to Node.
 * @param {readonly string[]} names Of sources, such as `slots/slots`.
 * @param {{ readonly folder: string, readonly maps?: boolean }} to
 */
export async function bundle(project, names, { folder, maps = false }) {
  const bundled = await rolldown({
    cwd: project,
    input: Object.fromEntries(names.map((name) => [name, path.join('src', `${name}.ts`)])),
    platform: 'node',
    external: /^[^./]/,
  })
  await bundled.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name].js',
    sourcemap: maps,
    // The package has the sources.
    sourcemapExcludeSources: true,
  })
  await bundled.close()
}
