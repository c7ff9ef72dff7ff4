import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { statusByCode } from '../../src/error-codes.ts'
import type { TitofistoErrorFields } from '../../src/error-codes.ts'
import { projectFolder } from '../../tools/project.mjs'

/** What the types say, held by the compiler: no field is missing here, and none is too many. */
type FieldsByCode = {
  readonly [Code in keyof TitofistoErrorFields]: {
    readonly [Field in keyof TitofistoErrorFields[Code]]-?: Partial<
      Pick<TitofistoErrorFields[Code], Field>
    > extends Pick<TitofistoErrorFields[Code], Field>
      ? 'where known'
      : 'always'
  }
}

const fieldsByCode: FieldsByCode = {
  'name-invalid': { fileName: 'always' },
  'name-taken': { fileName: 'always' },
  'file-missing': { fileName: 'always' },
  'file-unreadable': { fileName: 'always' },
  'file-too-large': { fileName: 'always', limit: 'always', actual: 'always' },
  'storage-full': {},
  'storage-failed': {},
  'storage-unavailable': {},
  'url-refused': { reason: 'always', host: 'where known' },
  'url-failed': { remoteStatus: 'where known' },
  'url-timeout': { limit: 'always' },
  'slot-kind-unknown': { kindName: 'always', knownKindNames: 'always' },
  'slot-args-invalid': { kindName: 'always', issues: 'always' },
  'slot-store-failed': {},
  'slot-store-unavailable': {},
  'slot-handler-failed': {},
  'slot-handler-timeout': { limit: 'always' },
  'upload-malformed': {},
  'upload-incomplete': { actual: 'always' },
  'upload-too-small': { limit: 'always', actual: 'always' },
  'upload-digest-mismatch': { field: 'always' },
  'upload-too-slow': { what: 'always', limit: 'always' },
  'upload-offset-mismatch': { expected: 'always', actual: 'where known' },
  'upload-too-large': { what: 'always', limit: 'always', actual: 'where known' },
  'upload-too-many': { what: 'always', limit: 'always' },
  'upload-type-refused': {
    accept: 'always',
    acceptEncoding: 'where known',
    declaredType: 'where known',
    sniffedType: 'where known',
  },
  'upload-checksum-mismatch': { algorithm: 'always' },
  'upload-other-file': {},
  'upload-already-read': {},
  'upload-stopped': {},
  'tus-version-unsupported': { supportedVersions: 'always' },
}

describe('docs/errors.md', () => {
  const sections = [
    ...read('docs/errors.md').matchAll(/^### `([^`]+)`\s+HTTP (\d{3})\.((?:(?!^#)[^])*)/gm),
  ]

  it('explains every error code once, and no other', () => {
    const codes = sections.map((match) => match[1])
    expect(new Set(codes)).toEqual(new Set(Object.keys(statusByCode)))
    expect(codes).toHaveLength(Object.keys(statusByCode).length)
  })

  it.each(Object.entries(statusByCode))('gives the status of %s', (code, status) => {
    expect(sections.find((match) => match[1] === code)?.[2]).toBe(String(status))
  })

  it.each(Object.entries(fieldsByCode))('lists the fields of %s, and no other', (code, fields) => {
    const text = sections.find((match) => match[1] === code)?.[3] ?? ''
    const listed = [...text.matchAll(/^- `(\w+)`(, where known)?: /gm)].map((match) => [
      match[1],
      match[2] === undefined ? 'always' : 'where known',
    ])
    expect(Object.fromEntries(listed)).toEqual(fields)
  })
})

describe('CHANGELOG.md', () => {
  it('says each change once', () => {
    const beginnings: string[] = read('CHANGELOG.md').match(/^- .{40}/gm) ?? []
    const twice = beginnings.filter((line, index) => beginnings.indexOf(line) !== index)
    expect(twice).toEqual([])
  })
})

describe('decisions/', () => {
  const decisions = readdirSync(path.join(projectFolder, 'decisions'))

  it('are numbered from 001 without a gap', () => {
    const numbers = decisions.toSorted().map((file) => Number(file.slice(0, 3)))
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  })

  it.each(decisions)('%s says why, on what evidence, and when to think again', (file) => {
    const headings = headingsOf(read(`decisions/${file}`))
    expect(headings).toEqual(
      expect.arrayContaining(['Context', 'Choice', 'Evidence', 'When to revisit']),
    )
  })
})

describe('links', () => {
  it.each(listPages())('of %s lead somewhere', (page) => {
    expect(linksOf(read(page)).filter((link) => !leadsSomewhere(page, link))).toEqual([])
  })

  it('to a missing file or heading would be found', () => {
    expect(leadsSomewhere('README.md', 'docs/none.md')).toBe(false)
    expect(leadsSomewhere('README.md', 'docs/errors.md#none')).toBe(false)
    expect(leadsSomewhere('README.md', 'docs/errors.md#name-invalid')).toBe(true)
  })
})

describe('the programs of a page', () => {
  const programs = listPages()
    .filter((page) => page.startsWith('docs/'))
    .filter((page) => /^```(?:ts|js)$/m.test(read(page)))
  const tests = readdirSync(path.join(projectFolder, 'test'), {
    recursive: true,
    encoding: 'utf8',
  })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => read(path.join('test', file)))
  const namesOf = (page: string) => {
    const name = path.basename(page, '.md')
    return [`page: '${name}'`, `runGuide('${name}'`, `readSnippets('${name}'`, page]
  }

  it.each(programs)('%s are read by a test', (page) => {
    const readers = tests.filter((test) => namesOf(page).some((name) => test.includes(name)))
    expect(readers).not.toEqual([])
  })
})

describe('files that are named', () => {
  const files = listFiles()
  const pages = listPages().filter((page) => /^(?:CONTRIBUTING|decisions)/.test(page))

  it.each(pages)('in %s are there', (page) => {
    const named = [...read(page).matchAll(namedFile)].map((match) => match[1] ?? '')
    const missing = named.filter((name) => !files.some((file) => `/${file}`.includes(`/${name}`)))
    expect(missing.filter((name) => !yetToCome.has(name))).toEqual([])
  })
})

describe('figures', () => {
  // Whoever changes the one is led to the other.
  it.each([
    ['decisions/004-hot-files.md', 'up to 64 KiB', 'maxHotFileBytes = 64 * 1024'],
    ['decisions/004-hot-files.md', 'more than twice as often', '2 * requestCounts.of('],
    ['decisions/004-hot-files.md', 'longer than 50 ms', 'slowMs: 50, firstPauseMs: 50,'],
    ['decisions/004-hot-files.md', 'the last two seconds', 'settleMs = 2000'],
    ['decisions/008-calls-at-once.md', 'over 50 µs', 'slowMs: 0.05, firstPauseMs: 1,'],
    ['decisions/008-calls-at-once.md', 'for 1 ms, four times', 'slowMs: 0.05, firstPauseMs: 1,'],
    ['decisions/008-calls-at-once.md', 'four times longer', 'pauseMs * 4'],
    ['decisions/008-calls-at-once.md', '64 at most', 'maxWaiting = 64\n'],
    ['decisions/009-large-uploads.md', '256 KiB to 1 MiB', 'leastBatchBytes = 256 * 1024'],
    ['decisions/009-large-uploads.md', 'above 4 MiB', 'pauseBytes = 4 * 1024 * 1024'],
    ['decisions/012-answers-and-runs.md', '1,024 characters', 'maxRecordedChars = 1024'],
    ['decisions/012-answers-and-runs.md', '5 at most', 'maxRunsOfUpload = 5'],
    ['decisions/014-two-ways-out-of-the-node-door.md', '120 s', 'stallLimitMs = 120_000'],
    [
      'decisions/014-two-ways-out-of-the-node-door.md',
      '32 for an HTTP/2',
      'maxFilesPerSession = 32',
    ],
    ['SECURITY.md', '16 after merging', 'maxSpans = 16'],
    ['SECURITY.md', '1,024 bytes', 'maxNameBytes = 1024'],
    ['SECURITY.md', '1 GiB, 300 s', 'maxDrainMs = 300_000'],
    ['SECURITY.md', '(15 MiB)', 'partBytes ?? 5 * 1024 * 1024'],
    ['SECURITY.md', '(15 MiB)', 'maxPartsAtOnce ?? 3'],
    ['SECURITY.md', '6 MiB together', 'maxLargeBuffers = 12'],
    ['docs/slots.md', '16,384 bytes and 32 lines', 'maxPartHeadLines = 32'],
    ['docs/slots.md', '65,536 characters of JSON', 'maxArgsBytes = 64 * 1024'],
    ['docs/slots.md', 'Uploads up to 1 MiB', 'smallBytes = 1024 * 1024'],
  ])('of %s: "%s" is what the code says', (page, words, code) => {
    expect(read(page)).toContain(words)
    expect(sources.some((source) => source.includes(code))).toBe(true)
  })

  const sources = listFiles()
    .filter((file) => /^src\/.*(?<!\.test)\.ts$/.test(file))
    .map((file) => read(file))
})

describe('the promises of SECURITY.md', () => {
  const numbers = [...read('SECURITY.md').matchAll(/^(\d+)\. \*\*/gm)].map((match) =>
    Number(match[1]),
  )
  const tests = listFiles().filter((file) => /^test\/.*\.test\.ts$/.test(file))
  const held = [
    ...tests
      .map(read)
      .join('\n')
      .matchAll(/describe\(["']promise (\d+):/g),
  ].map((match) => Number(match[1]))

  it('each have tests under their number, and none that is not made', () => {
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    expect([...new Set(held)].toSorted((one, other) => one - other)).toEqual(numbers)
  })
})

describe('comments in src/', () => {
  const files = listFiles()
  const names = new Set(files.map((file) => path.basename(file)))
  const sources = files.filter((file) => /^src\/.*(?<!\.test)\.ts$/.test(file))

  it('name files that are there, and no row of a list that is not', () => {
    const cited = sources.flatMap((file) => {
      const comments = read(file).match(/^ *(?:\/\/|\/?\*).*/gm) ?? []
      const named = comments.join('\n').match(/\b(?:[\w-]+\.(?:ts|md)|[Tt]hreats? \d+)\b/g) ?? []
      return named.filter((name) => !names.has(name)).map((name) => `${file}: ${name}`)
    })
    expect(cited).toEqual([])
  })
})

/** In code: what ends like a file of ours, or begins with one of our folders. */
const namedFile =
  /`((?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|md|json)|(?:src|test|tools|soak|docs)\/[\w./-]*)`/g

const yetToCome = new Set(['src/adapters/'])

/** All files and folders of the repository that have been written by hand; folders end with a slash. */
function listFiles(): string[] {
  const rooms = [
    'src',
    'test',
    'tools',
    'soak',
    'docs',
    'decisions',
    'examples',
    'bench/groups',
    'bench/servers',
    'bench/results',
    'site/charts',
    'site/reference',
  ]
  const below = rooms.flatMap((room) =>
    readdirSync(path.join(projectFolder, room), { recursive: true, withFileTypes: true }).map(
      (entry) =>
        path.join(path.relative(projectFolder, entry.parentPath), entry.name) +
        (entry.isDirectory() ? '/' : ''),
    ),
  )
  const site = readdirSync(path.join(projectFolder, 'site')).map((name) => `site/${name}`)
  return [...readdirSync(projectFolder), ...rooms.map((room) => `${room}/`), ...below, ...site]
}

/** Every page that a reader of the repository can come upon. */
function listPages(): string[] {
  const rooms = ['docs', 'decisions', 'bench', 'examples', 'src', 'test']
  const below = rooms.flatMap((room) => {
    const folder = path.join(projectFolder, room)
    if (!existsSync(folder)) return []
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    return entries.map((entry) => path.join(room, entry))
  })
  return [...readdirSync(projectFolder), ...below].filter(
    (file) => file.endsWith('.md') && !file.includes('node_modules'),
  )
}

/** Targets of Markdown links and images, and of `src` and `href` in HTML; ours only. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^(```+|~~~+)[^]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '')
  const found = prose.matchAll(/\]\(<?([^)\s>]+)|^\[[^\]]+\]:\s*(\S+)|(?:src|href)="([^"]+)"/gm)
  return [...found]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .filter((link) => !/^[a-z][a-z\d+.-]*:/i.test(link))
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? page : path.join(path.dirname(page), decodeURIComponent(file))
  if (target.startsWith('..') || !existsSync(path.join(projectFolder, target))) return false
  if (anchor === undefined || !target.endsWith('.md')) return true
  return anchorsOf(read(target)).includes(anchor)
}

/** As GitHub makes them: lower case, no punctuation, dashes for spaces, numbered when repeated. */
function anchorsOf(text: string): string[] {
  const counts = new Map<string, number>()
  return headingsOf(text).map((heading) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
    const count = counts.get(anchor) ?? 0
    counts.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}

function headingsOf(text: string): string[] {
  const prose = text.replaceAll(/^(```+|~~~+)[^]*?^\1/gm, '')
  return [...prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map((match) => match[1] ?? '')
}

function read(file: string): string {
  return readFileSync(path.join(projectFolder, file), 'utf8')
}
