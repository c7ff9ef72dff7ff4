import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { statusByCode } from '../../src/errors.ts'
import type { TitofistoErrorFields } from '../../src/errors.ts'
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
  'storage-full': {},
  'storage-failed': {},
  'slot-kind-unknown': { kindName: 'always', knownKindNames: 'always' },
  'slot-args-invalid': { kindName: 'always', issues: 'always' },
  'slot-store-failed': {},
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
    declaredType: 'where known',
    sniffedType: 'where known',
  },
  'upload-checksum-mismatch': { algorithm: 'always' },
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
