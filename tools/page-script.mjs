// @ts-check
// The scripts of our pages, each from a folder of sources to one constant of text, which is what the page
// and its policy are made of. They are committed: so all of src/ runs as it stands, under vitest and in a
// server's own process, and what is published can be compared with what it is made of. A test says where
// one is older than that.

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isStartedDirectly, projectFolder } from './project.mjs'

/**
 * @typedef {object} PageScript
 * @property {string} from The folder of its sources, whose `main.ts` begins it.
 * @property {string} to The file that has it as a constant.
 * @property {string} name The constant's name.
 * @property {string} of What it is the script of.
 */

/** @type {{ readonly upload: PageScript, readonly owner: PageScript }} */
export const pageScripts = {
  upload: {
    from: 'src/pages/browser',
    to: 'src/pages/script.ts',
    name: 'pageScript',
    of: 'the upload page',
  },
  owner: {
    from: 'src/cli/browse/browser',
    to: 'src/cli/browse/page/script.ts',
    name: 'ownerScript',
    of: "the owner's page",
  },
}

/**
 * The source of a script's file as it should be.
 * @param {PageScript} script
 * @returns {Promise<string>}
 */
export async function formatPageScript({ from, name, of } = pageScripts.upload) {
  const { rolldown } = await import('rolldown')
  const input = path.join(projectFolder, from, 'main.ts')
  const bundled = await rolldown({ input, platform: 'browser', transform: { target: 'es2022' } })
  const { output } = await bundled.generate({ format: 'iife', minify: true })
  await bundled.close()
  const code = output[0].code.trim()
  // Inside a script element these would mean something else (HTML 13.1.3.1).
  if (/<\/script|<!--|<script/i.test(code)) throw new Error('The script would end its own element.')
  return `// Made by tools/page-script.mjs of ${from}/; not to be edited.

/** The script of ${of}. */
export const ${name} =
  ${JSON.stringify(code)}
`
}

/** Writes them, where they are not what they should be. */
export async function writePageScripts() {
  for (const script of Object.values(pageScripts)) {
    const source = await formatPageScript(script)
    if (readPageScript(script) !== source)
      writeFileSync(path.join(projectFolder, script.to), source)
  }
}

/**
 * The source as it is; `''` where there is none.
 * @param {PageScript} script
 */
export function readPageScript({ to } = pageScripts.upload) {
  try {
    return readFileSync(path.join(projectFolder, to), 'utf8')
  } catch {
    return ''
  }
}

if (isStartedDirectly(import.meta.url)) await writePageScripts()
