// @ts-check
// The reference as pages of Markdown: one for each room of what the package gives, one for each of its
// other paths, and a list of all names.

import { escapeText, splitMarkdown } from '../markdown.mjs'
import { listPlaces, placeOf } from './places.mjs'
import { findDeclaration } from './read-declaration.mjs'

/** @typedef {import('./read-api.mjs').Export} Export */
/** @typedef {import('./read-api.mjs').Member} Member */
/** @typedef {import('./read-api.mjs').Words} Words */
/** @typedef {import('./places.mjs').Place} Place */
/** @typedef {import('../pages.mjs').Page} Page */

/**
 * What the pages are written from.
 * @typedef {object} Shelf
 * @property {readonly Export[]} api
 * @property {readonly Page[]} guides
 * @property {readonly string[]} sources Where types may be that are named and not exported.
 */

/**
 * Writes the reference's pages.
 * @param {Shelf} shelf
 * @returns {readonly { id: string, title: string, text: string }[]}
 */
export function writeReference(shelf) {
  const pages = listPlaces(shelf.api).map((place) => ({
    id: `reference/${place.id}`,
    title: place.title,
    text: writePage(place, shelf),
  }))
  return [{ id: 'reference/index', title: 'All names', text: writeNames(shelf) }, ...pages]
}

/**
 * @param {Place} place
 * @param {Shelf} shelf
 */
function writePage(place, shelf) {
  const entries = shelf.api.filter((entry) => placeOf(entry).id === place.id)
  const [{ from } = { from: '' }] = entries
  const values = entries.filter(({ kind }) => !/^(?:interface|type alias)$/.test(kind))
  const about = place.about === '' ? `What can be imported from \`${from}\`.` : place.about
  const names = values.map(({ name }) => name).join(', ')
  const guides = shelf.guides.filter(
    ({ text }) => from !== 'titofisto' && text.includes(`'${from}'`),
  )
  const link = linker(entries, shelf)
  const others = listUnknown(entries, shelf)
  return [
    `# ${place.title}`,
    about,
    guides.length === 0
      ? ''
      : `Guides: ${guides.map(({ id, title }) => `[${title}](../${id}.md)`).join(', ')}.`,
    names === '' ? '' : `\`\`\`ts\nimport { ${names} } from '${from}'\n\`\`\``,
    ...entries.map((entry) => writeExport(entry, link)),
    others.length === 0 ? '' : '## Types named above {#named-types}',
    ...others.map(
      ({ name, text }) => `### ${name} {#${anchorOf(name)}}\n\n${writeCode(text, link)}`,
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/**
 * @param {Export} entry
 * @param {(name: string) => string | null} link
 */
function writeExport(entry, link) {
  const { name, kind, declaration, words, members } = entry
  const anchor = anchorOf(name)
  const jumps = members.map(
    (member) => `[${escapeText(member.name)}](#${anchor}-${anchorOf(member.name)})`,
  )
  return [
    `## ${escapeText(name)} {#${anchor}}`,
    `<p class="kind">${kind}</p>`,
    writeWords({ ...words, examples: [] }),
    members.length === 0 ? writeCode(declaration, link) : '',
    members.length > 5 ? `<div class="jumps">\n\n${jumps.join(' · ')}\n\n</div>` : '',
    ...words.examples,
    ...members.map((member) =>
      [
        `### ${escapeText(member.name)} {#${anchor}-${anchorOf(member.name)}}`,
        writeCode(member.declaration, link),
        writeWords(member.words),
      ].join('\n\n'),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/**
 * A name's anchor. Capitals count: `fileLink` is one thing, `FileLink` another.
 * @param {string} name
 */
function anchorOf(name) {
  return name.replaceAll(/[^\w$-]/g, '')
}

/** @param {Words} words */
function writeWords({ summary, throws, examples }) {
  const errors = throws.map((text) => `**Throws** ${text}`)
  return [...[summary, ...errors].map((text) => escapeProse(text)), ...examples]
    .filter((part) => part !== '')
    .join('\n\n')
}

/**
 * Docstrings are Markdown without HTML; a `<` in them is a `<`, and a page that they name a link.
 * @param {string} text
 */
function escapeProse(text) {
  return splitMarkdown(text)
    .map((part) => (part.kind === 'text' ? escapeWords(part.text) : part.text))
    .join('')
}

/** @param {string} text */
function escapeWords(text) {
  return text
    .replaceAll('<', '&lt;')
    .replaceAll('{{', '&#123;&#123;')
    .replaceAll(/\bdocs\/([\w-]+\.md)\b/g, '[$&](../$1)')
}

/**
 * A declaration, with its types' names as links.
 * @param {string} text
 * @param {(name: string) => string | null} link
 */
function writeCode(text, link) {
  const pieces = text.split(/(\/\*[^]*?\*\/|\/\/.*|'[^'\n]*'|\b[A-Z]\w*\b)/)
  const html = pieces.map((piece, index) => {
    const href = index % 2 === 1 && /^[A-Z]/.test(piece) ? link(piece) : null
    return href === null ? escapeText(piece) : `<a href="${href}">${piece}</a>`
  })
  return `<pre class="declaration" tabindex="0"><code v-pre>${html.join('').replaceAll('\n', '&#10;')}</code></pre>`
}

/**
 * Where a name of a type leads, from these exports' page.
 * @param {readonly Export[]} entries
 * @param {Shelf} shelf
 * @returns {(name: string) => string | null}
 */
function linker(entries, shelf) {
  const unknown = new Set(listUnknown(entries, shelf).map(({ name }) => name))
  return (name) => {
    if (unknown.has(name) || entries.some((entry) => entry.name === name))
      return `#${anchorOf(name)}`
    const found = shelf.api.find((entry) => entry.name === name)
    return found === undefined ? null : `${placeOf(found).id}.html#${anchorOf(name)}`
  }
}

/**
 * Types that these exports name and nobody exports.
 * @param {readonly Export[]} entries
 * @param {Shelf} shelf
 */
function listUnknown(entries, { api, sources }) {
  const exported = new Set(api.map(({ name }) => name))
  const texts = entries.flatMap(({ declaration, members }) => [
    declaration,
    ...members.map((member) => member.declaration),
  ])
  const names = new Set(
    texts
      .join('\n')
      .replaceAll(/'[^'\n]*'|\/\*[^]*?\*\//g, '')
      .match(/\b[A-Z]\w+\b/g),
  )
  return [...names].toSorted().flatMap((name) => {
    if (exported.has(name)) return []
    const text = findDeclaration(name, sources)
    return text === null ? [] : { name, text }
  })
}

/** @param {Shelf} shelf */
function writeNames({ api }) {
  const rows = api.flatMap((entry) => {
    const page = `${placeOf(entry).id}.md`
    const anchor = anchorOf(entry.name)
    const own = { name: entry.name, of: entry.from, to: `${page}#${anchor}`, words: entry.words }
    return [
      own,
      ...entry.members.map(({ name, words }) => ({
        name,
        of: entry.name,
        to: `${page}#${anchor}-${anchorOf(name)}`,
        words,
      })),
    ]
  })
  const order = new Intl.Collator('en')
  const sorted = rows.toSorted(
    (one, other) => order.compare(one.name, other.name) || order.compare(one.of, other.of),
  )
  const letters = [...new Set(sorted.map(({ name }) => initialOf(name)))]
  const sections = letters.map((letter) => {
    const lines = sorted
      .filter(({ name }) => initialOf(name) === letter)
      .map(({ name, of, to, words }) => {
        const said = firstSentence(words)
        return `- [${escapeText(name)}](${to}) of ${escapeText(of)}${said === '' ? '' : `: ${said}`}`
      })
    return `## ${letter}\n\n${lines.join('\n')}`
  })
  return `# All names, from A to Z

Every function, option, property and method that titofisto has, ${rows.length} of them. The search (\`/\` or Ctrl K) knows them, too.

${sections.join('\n\n')}
`
}

/** @param {string} name */
function initialOf(name) {
  return (/[a-z]/i.exec(name)?.[0] ?? '#').toUpperCase()
}

/** @param {Words} words */
function firstSentence({ summary }) {
  const [first = ''] = summary.replaceAll(/\s+/g, ' ').split(/(?<=[.:]) (?=[A-Z`'])/)
  return escapeProse(first.replace(/:$/, '.'))
}
