import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { assemble, summary } from '../../site/assemble.mjs'
import { drawBars } from '../../site/charts/bar-chart.mjs'
import { readColumn } from '../../site/charts/result-table.mjs'
import { rewriteLinks } from '../../site/links.mjs'
import { writeLlms, writeLlmsFull } from '../../site/llms.mjs'
import { escapeText, splitMarkdown } from '../../site/markdown.mjs'
import { readGroups } from '../../site/pages.mjs'
import { projectFolder } from '../../tools/project.mjs'

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

describe('the site', () => {
  const { files } = assemble([], { base: '/' })
  const written = [...files].filter(([name]) => name.endsWith('.md') && !name.startsWith('public/'))

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
    expect(() => readColumn(table, heading, unit)).toThrow(`"${unit === 'answers/s' ? unit : heading}"`)
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
