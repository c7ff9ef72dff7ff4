// @ts-check
// npm run docs -- [--base PATH] [--serve]
//
// Makes the documentation's site in site/dist/, of files alone: any server can serve it. --base is the
// path that it will have there, default `/`; --serve shows it on this machine.

import path from 'node:path'
import { parseArgs } from 'node:util'
import { ensureInstalled } from '../tools/install.mjs'
import { ensureFolderInstalled } from '../tools/install-folder.mjs'
import { projectFolder } from '../tools/project.mjs'
import { assemble, writeAssembly } from './assemble.mjs'
import { findDeadLinks } from './check-links.mjs'
import { listSources } from './list-sources.mjs'
import { readGroups } from './pages.mjs'

const siteFolder = path.join(projectFolder, 'site')

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/' },
    serve: { type: 'boolean', default: false },
  },
})
const base = `/${values.base}/`.replaceAll(/\/+/g, '/')

await ensureInstalled()
await ensureFolderInstalled(siteFolder, "what the documentation's site is made with (150 MB, once)")
await build()
if (values.serve) await serve()

async function build() {
  // They are there only now.
  const { readApi } = await import('./reference/read-api.mjs')
  const { writeReference } = await import('./reference/write-reference.mjs')
  const vitepress = await import('vitepress')
  const guides = readGroups().flatMap((group) => group.pages)
  const api = await readApi()
  const silent = api.flatMap(({ name, members }) =>
    members.filter(({ words }) => words.summary === '').map((member) => `${name}.${member.name}`),
  )
  if (silent.length > 0) console.error(`Without a docstring: ${silent.join(', ')}`)
  const reference = writeReference({ api, guides, sources: listSources() })
  const assembly = assemble(reference, { base })
  writeAssembly(assembly, path.join(siteFolder, 'work'))
  await vitepress.build(siteFolder, { base })
  const dead = findDeadLinks(path.join(siteFolder, 'dist'), base)
  if (dead.length > 0) {
    console.error(`These links lead nowhere:\n${dead.join('\n')}`)
    process.exit(1)
  }
  const pages = [...assembly.files.keys()].filter((file) => !file.startsWith('public/'))
  console.log(`${pages.length} pages are in site/dist/, and every link of theirs leads somewhere.`)
}

async function serve() {
  const { serve: start } = await import('vitepress')
  await start({ root: siteFolder, base, port: 4173 })
}
