// @ts-check
// src/pages/browser/ → src/pages/script.ts: the upload page's script as one constant of text, which is
// what the page and its policy are made of. It is committed: so all of src/ runs as it stands, under
// vitest and in a server's own process, and what is published can be compared with what it is made of.
// A test says where it is older than that.

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isStartedDirectly, projectFolder } from './project.mjs'

const target = path.join(projectFolder, 'src', 'pages', 'script.ts')

/**
 * The source of src/pages/script.ts as it should be.
 * @returns {Promise<string>}
 */
export async function formatPageScript() {
  const { rolldown } = await import('rolldown')
  const input = path.join(projectFolder, 'src', 'pages', 'browser', 'main.ts')
  const bundled = await rolldown({ input, platform: 'browser', transform: { target: 'es2022' } })
  const { output } = await bundled.generate({ format: 'iife', minify: true })
  await bundled.close()
  const code = output[0].code.trim()
  // Inside a script element these would mean something else (HTML 13.1.3.1).
  if (/<\/script|<!--|<script/i.test(code)) throw new Error('The script would end its own element.')
  return `// Made by tools/page-script.mjs of src/pages/browser/; not to be edited.

/** The script of the upload page. */
export const pageScript =
  ${JSON.stringify(code)}
`
}

/** Writes it, where it is not what it should be. */
export async function writePageScript() {
  const source = await formatPageScript()
  if (readPageScript() !== source) writeFileSync(target, source)
}

/** The source as it is; `''` where there is none. */
export function readPageScript() {
  try {
    return readFileSync(target, 'utf8')
  } catch {
    return ''
  }
}

if (isStartedDirectly(import.meta.url)) await writePageScript()
