// @ts-check
// Puts together what VitePress makes the site of: the repository's pages with links and charts as the
// site has them, the reference, and the pages as Markdown for programs.

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../tools/project.mjs'
import { drawCharts } from './charts/draw-charts.mjs'
import { rewriteLinks } from './links.mjs'
import { writeLlms, writeLlmsFull } from './llms.mjs'
import { slugify } from './markdown.mjs'
import { readGroups, readResults, sidebarTitle } from './pages.mjs'

/** @typedef {import('./pages.mjs').Page} Page */
/** @typedef {import('./pages.mjs').Group} Group */

/** In one sentence, as package.json has it. */
export const summary = JSON.parse(
  readFileSync(path.join(projectFolder, 'package.json'), 'utf8'),
).description

/**
 * The site before it is HTML, file by file.
 * @typedef {object} Assembly
 * @property {ReadonlyMap<string, string>} files By their path.
 * @property {ReadonlyMap<string, string>} pictures What they are copies of, by their path.
 * @property {{ sidebar: object, title: string, summary: string }} settings
 */

/**
 * @param {readonly { id: string, title: string, text: string }[]} reference
 * @param {{ base: string }} options What the site's paths begin with.
 * @returns {Assembly}
 */
export function assemble(reference, { base }) {
  const groups = readGroups()
  const results = readResults()
  const pages = [...groups.flatMap((group) => group.pages), ...results]
  const pageBySource = new Map(pages.map((page) => [page.source, page]))
  const files = new Map([['index.md', `${readHome()}\n${readReadme(pageBySource)}`]])
  for (const page of pages) {
    const text = drawCharts(rewriteLinks(page, pageBySource), results)
    files.set(`${page.id}.md`, `${head(page)}${text}`)
    // Programs read it as it was written.
    files.set(`public/${page.id}.md`, page.text)
  }
  for (const { id, text } of reference) files.set(`${id}.md`, text)
  files.set('public/llms.txt', writeLlms(groups, { summary, base }))
  files.set('public/llms-full.txt', writeLlmsFull(groups, summary))
  return {
    files,
    pictures: listPictures(),
    settings: { sidebar: listSidebar(groups, reference), title: 'titofisto', summary },
  }
}

/**
 * Writes an assembly into a folder, and nothing else is in it then.
 * @param {Assembly} assembly
 * @param {string} folder
 */
export function writeAssembly({ files, pictures, settings }, folder) {
  rmSync(folder, { recursive: true, force: true })
  for (const [name, text] of files) {
    const file = path.join(folder, 'pages', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  for (const [name, source] of pictures) copyFileSync(source, path.join(folder, 'pages', name))
  writeFileSync(path.join(folder, 'settings.json'), JSON.stringify(settings))
}

/** The guides' pictures: beside the pages, and beside those for programs. */
function listPictures() {
  const folder = path.join(projectFolder, 'docs')
  const names = readdirSync(folder).filter((name) => name.endsWith('.png'))
  return new Map(
    names.flatMap((name) =>
      [name, `public/${name}`].map(
        (copy) => /** @type {const} */ ([copy, path.join(folder, name)]),
      ),
    ),
  )
}

/**
 * @param {readonly Group[]} groups
 * @param {readonly { id: string, title: string }[]} reference
 */
function listSidebar(groups, reference) {
  const guides = groups.map(({ text, pages }) => ({
    text,
    items: pages.map((page) => ({
      text: sidebarTitle(page),
      link: `/${page.id}`,
      ...(isGuides(page) && { collapsed: true, items: listGuides(page) }),
    })),
  }))
  const names = {
    text: 'Reference',
    items: reference.map(({ id, title }) => ({
      text: title,
      link: `/${id.replace(/index$/, '')}`,
    })),
  }
  return { '/reference/': [names], '/': guides }
}

/** @param {Page} page */
function isGuides({ id }) {
  return id.endsWith('frameworks')
}

/**
 * A page's guides: its sections with a program.
 * @param {Page} page
 */
function listGuides({ id, text }) {
  return text
    .split(/^## /m)
    .slice(1)
    .filter((section) => section.includes('```ts'))
    .map((section) => {
      const [heading = ''] = section.split('\n')
      return { text: heading, link: `/${id}#${slugify(heading)}` }
    })
}

/** @param {Page} page */
function head({ description }) {
  return `---\ndescription: ${JSON.stringify(description)}\n---\n\n`
}

function readHome() {
  return readFileSync(path.join(projectFolder, 'site/home.md'), 'utf8')
}

/**
 * The README's first two sections, whose programs are run by the tests; the pages that it names are
 * links here.
 * @param {ReadonlyMap<string, Page>} pageBySource
 */
function readReadme(pageBySource) {
  const readme = readFileSync(path.join(projectFolder, 'README.md'), 'utf8')
  return readme
    .split(/^(?=## )/m)
    .slice(1, 3)
    .join('')
    .replaceAll('](docs/', '](')
    .replaceAll('src="docs/', 'src="')
    .replaceAll(/`((?:docs\/)?[\w-]+\.md)`/g, (named, /** @type {string} */ source) => {
      const page = pageBySource.get(source)
      return page === undefined ? named : `[${page.title}](${page.id}.md)`
    })
}
