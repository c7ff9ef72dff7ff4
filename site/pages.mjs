// @ts-check
// Which pages the site has, and in which order: what lies in docs/, with some from beside it. A page
// that is not named here is found all the same, under "More".

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../tools/project.mjs'
import { splitMarkdown } from './markdown.mjs'

/**
 * @typedef {object} Page
 * @property {string} id Its path on the site, without a suffix.
 * @property {string} source Its path in the repository.
 * @property {string} title
 * @property {string} description Its first paragraph, as plain text.
 * @property {string} text
 */

/**
 * @typedef {object} Group
 * @property {string} text
 * @property {readonly Page[]} pages
 */

/** @type {readonly (readonly [text: string, ids: readonly string[]])[]} */
const order = [
  ['Begin', ['start', 'frameworks', 'fetch-frameworks', 'recipes', 'cli', 'browse', 'modules']],
  ['Links', ['links', 'caching', 'token-format']],
  [
    'Uploads',
    ['slots', 'receiving', 'requests', 'pages', 'client', 'clients', 'resumable-uploads', 'types'],
  ],
  ['Storage', ['files', 'storages', 's3', 'stores', 'file-systems']],
  ['Together with', ['graphql', 'mcp', 'flydrive']],
  [
    'Moving here',
    [
      'moving-from-django',
      'moving-from-s3',
      'moving-from-multer',
      'moving-from-formidable',
      'moving-from-fastify-multipart',
      'moving-from-active-storage',
      'moving-from-laravel',
    ],
  ],
  ['In production', ['security', 'errors', 'observability', 'performance', 'scale']],
  ['About', ['weaknesses', 'changelog']],
]

/** Pages that lie elsewhere in the repository. */
const elsewhere = { security: 'SECURITY.md', changelog: 'CHANGELOG.md' }

/** What sidebars say, where a page's title is longer than its place. */
const shortTitles = new Map([
  ['frameworks', 'Node frameworks'],
  ['fetch-frameworks', 'Fetch frameworks'],
  ['receiving', 'Your own routes'],
  ['links', 'Links'],
  ['caching', 'Caching'],
  ['token-format', 'Token format'],
  ['modules', 'Modules, test runners'],
  ['resumable-uploads', 'Resumable, by the IETF'],
  ['types', 'Types of files'],
  ['observability', 'Events, metrics, log'],
  ['moving-from-django', 'django-titofisto'],
  ['moving-from-s3', 'S3 presigned URLs'],
  ['moving-from-multer', 'multer'],
  ['moving-from-active-storage', 'Active Storage'],
  ['moving-from-laravel', 'Laravel’s temporaryUrl'],
  ['weaknesses', 'Against the original'],
  ['changelog', 'Changes'],
])

/**
 * The pages, in the order of the sidebar.
 * @returns {readonly Group[]}
 */
export function readGroups() {
  const pages = new Map(listSources().map((source) => [idOf(source), readPage(source)]))
  const groups = order.map(([text, ids]) => ({
    text,
    pages: ids.flatMap((id) => pages.get(id) ?? []),
  }))
  const named = new Set(order.flatMap(([, ids]) => ids))
  const rest = [...pages.values()].filter(({ id }) => !named.has(id))
  return [...groups, { text: 'More', pages: rest }].filter((group) => group.pages.length > 0)
}

/**
 * The bench's results, which the page on performance draws from.
 * @returns {readonly Page[]}
 */
export function readResults() {
  return readdirSync(path.join(projectFolder, 'bench/results'))
    .filter((file) => file.endsWith('.md'))
    .toSorted()
    .map((file) => readPage(`bench/results/${file}`))
}

/** @param {Page} page */
export function sidebarTitle({ id, title }) {
  return shortTitles.get(id) ?? title
}

function listSources() {
  const docs = readdirSync(path.join(projectFolder, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`)
  const others = Object.values(elsewhere)
  return [...docs, ...others.filter((file) => existsSync(path.join(projectFolder, file)))]
}

/** @param {string} source */
function idOf(source) {
  const found = Object.entries(elsewhere).find(([, file]) => file === source)
  return (
    found?.[0] ??
    source
      .replace(/^docs\//, '')
      .replace(/^bench\/results\//, 'bench/')
      .replace(/\.md$/, '')
  )
}

/**
 * @param {string} source
 * @returns {Page}
 */
function readPage(source) {
  const text = readFileSync(path.join(projectFolder, source), 'utf8')
  const title = /^# (.+)$/m.exec(text)?.[1]
  if (title === undefined) throw new Error(`${source} has no title: a line that begins with "# ".`)
  return { id: idOf(source), source, title, description: describe(text), text }
}

/**
 * The first paragraph that is none of a table, a list or code.
 * @param {string} text
 */
function describe(text) {
  const prose = splitMarkdown(text)
    .filter(({ kind }) => kind !== 'fence')
    .map((part) => part.text)
    .join('')
  const paragraphs = prose.split(/\n\n+/).map((paragraph) => paragraph.trim())
  const first = paragraphs.find((paragraph) => /^[^#|<\-\s]/.test(paragraph)) ?? ''
  return first
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll('\n', ' ')
    .replace(/:$/, '.')
}
