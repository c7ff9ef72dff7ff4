import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { assemble, summary } from '../../site/assemble.mjs'
import { drawBars } from '../../site/charts/bar-chart.mjs'
import { readColumn } from '../../site/charts/result-table.mjs'
import { findDeadLinks } from '../../site/check-links.mjs'
import { rewriteLinks } from '../../site/links.mjs'
import { writeLlms, writeLlmsFull } from '../../site/llms.mjs'
import { escapeText, splitMarkdown } from '../../site/markdown.mjs'
import { readGroups } from '../../site/pages.mjs'
import { listPlaces, placeOf } from '../../site/reference/places.mjs'
import { findDeclaration, readDeclaration } from '../../site/reference/read-declaration.mjs'
import { writeReference } from '../../site/reference/write-reference.mjs'
import { compilerPath, projectFolder, run } from '../../tools/project.mjs'

const groups = readGroups()
const pages = groups.flatMap((group) => group.pages)
const docs = readdirSync(path.join(projectFolder, 'docs')).filter((file) => file.endsWith('.md'))

describe("the site's sidebar", () => {
  it('has every page of docs/ once, and what is promised and what has changed', () => {
    const expected = [...docs.map((file) => `docs/${file}`), 'SECURITY.md', 'CHANGELOG.md']
    expect(pages.map(({ source }) => source).toSorted()).toEqual(expected.toSorted())
  })

  it.each(pages)('says what $source is about', ({ title, description }) => {
    expect(title).not.toBe('')
    expect(description).toMatch(/^[^|#<].{20,}/)
  })
})

describe('the reference', () => {
  it('reads the source of each path that can be imported', async () => {
    const { output } = await run(compilerPath, ['-p', 'site/tsconfig.json', '--listFilesOnly'])
    const sources = new Set(output.split('\n').map((file) => path.relative(projectFolder, file)))
    const manifest = readFileSync(path.join(projectFolder, 'package.json'), 'utf8')
    const entries = [...manifest.matchAll(/"types": "\.\/dist\/(.+)\.d\.ts"/g)]
    expect(entries.length).toBeGreaterThan(10)
    expect(
      entries.map(([, name]) => `src/${name}.ts`).filter((name) => !sources.has(name)),
    ).toEqual([])
  })
})

describe('the site', () => {
  const { files, pictures } = assemble([], { base: '/' })
  const written = [...files].filter(([name]) => name.endsWith('.md') && !name.startsWith('public/'))

  it.each(written)('has the pictures that %s shows', (_, text) => {
    const shown = [...text.matchAll(/!\[[^\]]*\]\(([^)]+)\)|<img src="([^"]+)"/g)].map(
      ([, target, source]) => target ?? source ?? '',
    )
    expect(shown.filter((target) => !pictures.has(target))).toEqual([])
  })

  it.each(written)('has %s, whose links lead to pages of it', (name, text) => {
    const targets = splitMarkdown(text).flatMap(({ target }) => target ?? [])
    const own = targets.filter((target) => !/^(?:[a-z][a-z\d+.-]*:|#)/i.test(target))
    const missing = own
      .map((target) => path.posix.join(path.posix.dirname(name), target.replace(/#.*/, '')))
      .filter((file) => !files.has(file))
    expect(missing).toEqual([])
  })

  it('draws every chart that a page asks for', () => {
    const asked = pages.flatMap(({ text }) => text.match(/^<!-- chart: .* -->$/gm) ?? [])
    expect(asked.length).toBeGreaterThan(5)
    const drawn = files.get('performance.md')?.match(/<figure class="chart">/g)
    expect(drawn).toHaveLength(asked.length)
  })

  it("begins with the README's programs", () => {
    const readme = readFileSync(path.join(projectFolder, 'README.md'), 'utf8')
    const [program = ''] = /^```ts\n[^]*?^```/m.exec(readme) ?? []
    expect(files.get('index.md')).toContain(program)
  })
})

describe('a link of a page', () => {
  const page = (id: string, source: string, text = '') => ({
    id,
    source,
    title: id,
    description: '',
    text,
  })
  const others = [
    page('slots', 'docs/slots.md'),
    page('security', 'SECURITY.md'),
    page('bench/small', 'bench/results/small.md'),
  ]
  const pageBySource = new Map(others.map((other) => [other.source, other]))
  const rewrite = (source: string, text: string) =>
    rewriteLinks(page('links', source, text), pageBySource)

  it.each([
    ['to a page beside it', 'see [slots](slots.md#limits).', 'see [slots](slots.md#limits).'],
    ['to a page above it', '[what](../SECURITY.md)', '[what](security.md)'],
    ['to a page that has a folder here', '[s](../bench/results/small.md)', '[s](bench/small.md)'],
    ['to a source is its text', '[`Storage`](../src/storage/storage.ts)', '`Storage`'],
    ['to the web stays', '[tus](https://tus.io/x)', '[tus](https://tus.io/x)'],
    ['to a place on the page stays', '[below](#below)', '[below](#below)'],
    ['in code stays', '`[x](../src/y.ts)`', '`[x](../src/y.ts)`'],
    ['in a fence stays', '```md\n[x](../src/y.ts)\n```', '```md\n[x](../src/y.ts)\n```'],
  ])('%s', (_, text, expected) => {
    expect(rewrite('docs/links.md', text)).toBe(expected)
  })
})

describe('a chart', () => {
  const table = [
    '# Title',
    '## Some files',
    '| server | requests/s | p50 ms |',
    '| --- | ---: | ---: |',
    '| ours | 49,023 | 1.17 |',
    '| a <b> | 98,046 | 0.5 |',
    '| none | – | – |',
  ].join('\n')

  it('has the figures of its column, those that are there', () => {
    expect(readColumn(table, 'Some files', 'requests/s').rows).toEqual([
      { name: 'ours', text: '49,023', value: 49_023 },
      { name: 'a <b>', text: '98,046', value: 98_046 },
    ])
  })

  it('shows the best first, with lengths by the figures, and says all of it in words', () => {
    const svg = drawBars(readColumn(table, 'Some files', 'requests/s'), { id: 'c', title: 'Speed' })
    expect([...svg.matchAll(/width="([\d.]+%)" height="10"/g)].map((match) => match[1])).toEqual([
      '100.0%',
      '50.0%',
    ])
    expect(svg).toContain('aria-labelledby="c-title c-words"')
    expect(svg).toContain(`<desc id="c-words">${escapeText('a <b> 98,046; ours 49,023')}</desc>`)
    expect(svg).toContain('More is better')
  })

  it('takes less for better where it costs', () => {
    const svg = drawBars(readColumn(table, 'Some files', 'p50 ms'), { id: 'c', title: 'Time' })
    expect(svg).toContain('Less is better')
    expect(svg.indexOf('0.5')).toBeLessThan(svg.indexOf('1.17'))
  })

  it.each([
    ['a table', 'Other files', 'requests/s'],
    ['a column', 'Some files', 'answers/s'],
  ])('that asks for %s that is not there is an error', (_, heading, unit) => {
    expect(() => readColumn(table, heading, unit)).toThrow(
      `"${unit === 'answers/s' ? unit : heading}"`,
    )
  })
})

describe('llms.txt', () => {
  const text = writeLlms(groups, { summary, base: '/docs/' })

  it('lists every page once, with its place and what it is about', () => {
    const listed = [...text.matchAll(/^- \[(.+)\]\(\/docs\/([\w-]+)\.md\): .+$/gm)]
    expect(listed.map((match) => match[2])).toEqual(pages.map(({ id }) => id))
  })

  it('begins with a name and a summary', () => {
    expect(text.startsWith(`# titofisto\n\n> ${summary}\n`)).toBe(true)
  })

  it('has the whole of every page in llms-full.txt', () => {
    const full = writeLlmsFull(groups, summary)
    for (const page of pages) expect(full).toContain(`# ${page.title}\n`)
  })
})

describe('the links of the built site', () => {
  const dead = (body: string) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-site-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    mkdirSync(path.join(folder, 'reference'))
    writeFileSync(path.join(folder, 'index.html'), '<h1 id="top">Top</h1>')
    writeFileSync(path.join(folder, 'reference/a.html'), body)
    return findDeadLinks(folder, '/docs/')
  }

  it.each([
    '/docs/',
    '/docs/index.html#top',
    '../index.html',
    'a.html',
    '#own',
    'https://tus.io/',
    'data:image/svg+xml,x',
  ])('may be %s', (href) => {
    expect(dead(`<p id="own"><a class="x" href="${href}">there</a>`)).toEqual([])
  })

  it.each(['/docs/none.html', '/index.html', '../index.html#none', '#none', 'b.html'])(
    'are found where they lead nowhere: %s',
    (href) => {
      expect(dead(`<a href="${href}">there</a>`)).toEqual([`reference/a.html: ${href}`])
    },
  )
})

describe('the reference', () => {
  const lineOf = (file: string, start: string) =>
    readFileSync(path.join(projectFolder, file), 'utf8')
      .split('\n')
      .findIndex((line) => line.trimStart().startsWith(start)) + 1
  const read = (file: string, start: string, isHeadOnly = false) =>
    readDeclaration({ file, line: lineOf(file, start) }, { isHeadOnly })

  it('shows a property as its source has it', () => {
    expect(read('src/media/link.ts', 'readonly cache?')).toBe("cache?: 'no-store' | 'private'")
  })

  it('shows a declaration of several lines to its end, and no body', () => {
    expect(read('src/media/link.ts', 'export async function makeUrl(')).toBe(
      'function makeUrl(\n  parts: LinkParts,\n  name: string,\n  options: UrlOptions,\n): Promise<string>',
    )
  })

  it('shows the head of an interface', () => {
    const head = read('src/media/link.ts', 'export interface UrlOptions', true)
    expect(head).toBe('interface UrlOptions')
  })

  it('finds a type that is named and not exported, with all of its lines', () => {
    const text = findDeclaration('OutwardOptions', ['src/titofisto-outward-options.ts'])
    expect(text).toMatch(/^interface OutwardOptions \{\n[^]*typeOf\?: [^]*\n\}$/)
    expect(findDeclaration('Nothing', ['src/titofisto-outward-options.ts'])).toBe(null)
  })

  const words = { summary: 'Makes <one>. More in docs/slots.md.', throws: [], examples: [] }
  const entry = {
    name: 'makeOne',
    from: 'titofisto',
    source: 'src/slots/slots.ts',
    kind: 'interface',
    declaration: 'interface makeOne',
    words,
    members: [{ name: 'terms', declaration: 'terms?: Terms | Record<string, One>', words }],
  }
  const api = [
    entry,
    { ...entry, name: 'Terms', from: 'titofisto/mcp', source: 'src/adapters/mcp.ts', members: [] },
  ]

  it('puts a name on the page of its room, and of its path', () => {
    expect(api.map((each) => placeOf(each).id)).toEqual(['slots', 'mcp'])
    expect(listPlaces(api).map(({ id }) => id)).toEqual(['slots', 'mcp'])
  })

  it('has a heading for each name, types as links, and every name in the list of all', () => {
    const written = writeReference({ api, guides: [], sources: [] })
    expect(written.map(({ id }) => id)).toEqual([
      'reference/index',
      'reference/slots',
      'reference/mcp',
    ])
    const [all, slots] = written
    expect(slots?.text).toContain('### terms {#makeOne-terms}')
    expect(slots?.text).toContain('<a href="mcp.html#Terms">Terms</a>')
    expect(slots?.text).toContain('Makes &lt;one>. More in [docs/slots.md](../slots.md).')
    expect(all?.text).toContain('\n- [terms](slots.md#makeOne-terms) of makeOne: Makes &lt;one>.\n')
  })
})
