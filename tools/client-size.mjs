// @ts-check
// How many bytes `titofisto/client` adds to a page: bundled and minified, and then packed by brotli as
// servers do it. Fails where it is more than what is promised.

import { brotliCompressSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { isStartedDirectly, projectFolder } from './project.mjs'

/** The most bytes of all of `titofisto/client`, packed. */
export const mostClientBytes = 5 * 1024

/**
 * @param {string} file Below the project's folder.
 * @returns {Promise<{ readonly minifiedBytes: number, readonly packedBytes: number }>}
 */
export async function measureClient(file = 'src/client/index.ts') {
  const bundled = await rolldown({ input: file, cwd: projectFolder, external: ['react'] })
  const { output } = await bundled.generate({ format: 'esm', minify: true })
  await bundled.close()
  const code = Buffer.from(output[0].code)
  return { minifiedBytes: code.length, packedBytes: brotliCompressSync(code).length }
}

if (isStartedDirectly(import.meta.url)) {
  for (const face of ['index', 'react', 'element']) {
    const { minifiedBytes, packedBytes } = await measureClient(`src/client/${face}.ts`)
    console.log(`client/${face}: ${minifiedBytes} bytes minified, ${packedBytes} by brotli`)
    if (face !== 'index' || packedBytes <= mostClientBytes) continue
    console.error(`No more than ${mostClientBytes} bytes are promised.`)
    process.exitCode = 1
  }
}
