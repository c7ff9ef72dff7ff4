import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { MapStorage } from '../../../test/contracts/map-storage.ts'
import { createLocalStorage } from '../../storage/local/local.ts'
import { withFileVerbs } from '../../storage/verbs/file-verbs.ts'
import type { Storage } from '../../storage/storage.ts'
import { createIsShown } from './concealed.ts'
import { listView, nameOf, pageSize, type Listed } from './list-view.ts'
import { linkTo, plainView, readView, type View } from './page/view.ts'

const root = mkdtempSync(path.join(tmpdir(), 'titofisto-view-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

function put(name: string, bytes = 1, seconds = 1_700_000_000): void {
  const file = path.join(root, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, 'x'.repeat(bytes))
  utimesSync(file, seconds, seconds)
}

put('few/10.jpg', 30, 1_700_000_300)
put('few/2.jpg', 20, 1_700_000_100)
put('few/B.txt', 10, 1_700_000_200)
put('few/zoo/a.txt')
put('few/.hidden')
for (let at = 0; at < 1100; at++) put(`many/${String(at).padStart(5, '0')}.txt`)

const shelf = { storage: createLocalStorage({ root }), isShown: createIsShown(root, []) }
const namesOf = ({ entries }: Listed) => entries.map((entry) => nameOf(entry))

async function look(view: Partial<View>): Promise<Listed> {
  return listView(shelf, { ...plainView, ...view })
}

/** All pages of a view, by the links from one to the next. */
async function walk(view: Partial<View>): Promise<string[][]> {
  const pages: string[][] = []
  for (let next: Partial<View> | null = {}; next !== null;) {
    const listed = await look({ ...view, ...next })
    pages.push(namesOf(listed))
    next = listed.next
  }
  return pages
}

describe('a folder of a few files', () => {
  const folder = 'few/'

  it('is in the order of people: folders first, 2 before 10; nothing hidden', async () => {
    const names = ['few/zoo/', 'few/2.jpg', 'few/10.jpg', 'few/B.txt']
    expect(namesOf(await look({ folder }))).toEqual(names)
  })

  it('is sorted by size and by time, either way', async () => {
    const bySize = await look({ folder, sort: 'size', isDescending: true })
    expect(namesOf(bySize)).toEqual(['few/zoo/', 'few/10.jpg', 'few/2.jpg', 'few/B.txt'])
    const byTime = await look({ folder, sort: 'time' })
    expect(namesOf(byTime)).toEqual(['few/zoo/', 'few/2.jpg', 'few/B.txt', 'few/10.jpg'])
  })

  it('is searched with all below it, whatever the case, each word by itself', async () => {
    expect(namesOf(await look({ folder, search: 'TXT' }))).toEqual(['few/B.txt', 'few/zoo/a.txt'])
    expect(namesOf(await look({ folder, search: 'txt zoo' }))).toEqual(['few/zoo/a.txt'])
    expect(namesOf(await look({ folder, search: 'hidden' }))).toEqual([])
  })
})

describe('a folder of more than are sorted unasked', () => {
  const folder = 'many/'
  const all = Array.from({ length: 1100 }, (_, at) => `many/${String(at).padStart(5, '0')}.txt`)

  it('comes page by page, each file once', async () => {
    const pages = await walk({ folder })
    expect(pages.map((names) => names.length)).toEqual([200, 200, 200, 200, 200, 100])
    expect(pages.flat()).toEqual(all)
  })

  it('is sorted where that is asked for, page by page', async () => {
    const first = await look({ folder, isDescending: true })
    expect(namesOf(first)).toEqual(all.toReversed().slice(0, pageSize))
    const last = await look({ folder, isDescending: true, page: 5 })
    expect(namesOf(last)).toEqual(all.slice(0, 100).toReversed())
    expect([first.next, last.next, last.previous]).toEqual([{ page: 1 }, null, { page: 4 }])
  })

  it('is searched page by page', async () => {
    const pages = await walk({ folder, search: '9.txt' })
    expect(pages.map((names) => names.length)).toEqual([110])
    const first = await look({ folder, search: '.txt' })
    expect(namesOf(first)).toEqual(all.slice(0, pageSize))
    const second = await look({ folder, search: '.txt', ...first.next })
    expect(namesOf(second)).toEqual(all.slice(pageSize, 2 * pageSize))
  })
})

describe('a view', () => {
  it.each([
    {},
    { folder: 'a b/ü&?#/', layout: 'grid' },
    { sort: 'size', isDescending: true, page: 3 },
    { search: 'a+b=c "d"', after: 'x/y%20z' },
  ] as const)('%j is the same once it was a link', (changes) => {
    const view = { ...plainView, ...changes }
    expect(readView(linkTo(view).replace(/^[^?]*\??/, ''))).toEqual(view)
  })

  it('of what is not understood is the usual one', () => {
    expect(readView('layout=wild&sort=&order=1&page=-1&page=2&x=y')).toEqual(plainView)
  })
})

describe('a folder of more than are sorted or looked at, in any storage', () => {
  it('says so, and goes on page by page', async () => {
    const storage = withFileVerbs<Storage>(new MapStorage(root))
    for (let at = 0; at < 10_300; at++) await storage.save(`${at + 10_000}.txt`, '')
    const large = { storage, isShown: () => true }
    const listed = await listView(large, { ...plainView, sort: 'size' })
    expect(listed.note).toContain('more than 5,000 entries, too many to sort')
    expect(namesOf(listed).at(-1)).toBe('10199.txt')
    expect(listed.next).toEqual({ after: '10199.txt', page: 0 })
    // What is found late is found with the next page.
    const first = await listView(large, { ...plainView, search: '20299' })
    expect([namesOf(first), first.next]).toEqual([[], { after: '19999.txt' }])
    expect(first.note).toContain('the first 10,000 files')
    const second = await listView(large, { ...plainView, search: '20299', ...first.next })
    expect([namesOf(second), second.next, second.note]).toEqual([['20299.txt'], null, ''])
  })
})
