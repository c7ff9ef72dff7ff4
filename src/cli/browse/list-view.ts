// What is to be seen of a folder: a page of it, in the wanted order. No view reads more of a folder than
// is bounded here, however much is in it: what is too much to be sorted comes in the storage's own order,
// page by page, and what is too much to be searched is searched on with the next page.

import type { FileFacts, Storage } from '../../storage/storage.ts'
import type { FileVerbs } from '../../storage/verbs/file-verbs.ts'
import type { FolderPage } from '../../storage/verbs/folder-page.ts'
import { compareNames } from '../../storage/names/name-order.ts'
import type { IsShown } from './concealed.ts'
import type { View } from './page/view.ts'

/** A folder, or a file. */
export type Entry = { readonly folder: string } | FileFacts

/** A page of a folder, or of what was found in it. */
export interface Listed {
  readonly entries: readonly Entry[]
  readonly note: string
  /** Changes of the view that lead to the next page and to the one before; `null` where there is none. */
  readonly next: Partial<View> | null
  readonly previous: Partial<View> | null
}

/** Where it is listed. */
export interface Shelf {
  readonly storage: Storage & FileVerbs
  readonly isShown: IsShown
}

/** How many entries a page has. */
export const pageSize = 200
/** A folder of no more is sorted as people sort, with its folders first. */
const sortedUnasked = 1000
/** One of no more is sorted where that was asked for. */
const mostSorted = 5000
/** How many files a search looks at before it gives what it has. */
const mostLookedAt = 10_000

/**
 * Lists what a view is of.
 *
 * @throws TitofistoError `storage-failed`, `storage-unavailable`
 */
export async function listView(shelf: Shelf, view: View): Promise<Listed> {
  if (view.search !== '') return search(shelf, view)
  if (view.after !== '') return listBehind(shelf, view)
  const isUsual = view.sort === 'name' && !view.isDescending
  const limit = isUsual ? sortedUnasked : mostSorted
  const found = await shelf.storage.listFolder(view.folder, { limit })
  if (found.next === null) return toSortedPage(view, toEntries(found).filter(shownBy(shelf)))
  const listed =
    toFirstPage(toEntries(found).filter(shownBy(shelf))) ?? (await listBehind(shelf, view))
  if (isUsual) return listed
  const most = mostSorted.toLocaleString('en')
  const note = `This folder has more than ${most} entries, too many to sort. They are in the order of their names.`
  return { ...listed, note }
}

/** The first page of what was listed anyway; `null` where too little of it is shown. */
function toFirstPage(entries: readonly Entry[]): Listed | null {
  const first = entries.slice(0, pageSize)
  const last = first.at(-1)
  if (last === undefined || first.length < pageSize) return null
  return { entries: first, note: '', next: { after: nameOf(last), page: 0 }, previous: null }
}

async function listBehind({ storage, isShown }: Shelf, view: View): Promise<Listed> {
  const previous = view.after === '' ? null : { after: '', page: 0 }
  const entries: Entry[] = []
  let after = view.after
  // What is concealed leaves gaps, which others fill.
  for (let rounds = 0; rounds < 10 && entries.length < pageSize; rounds++) {
    const found = await storage.listFolder(view.folder, { after, limit: pageSize - entries.length })
    entries.push(...toEntries(found).filter(shownBy({ isShown })))
    if (found.next === null) return { entries, note: '', next: null, previous }
    after = found.next
  }
  return { entries, note: '', next: { after, page: 0 }, previous }
}

/** In the order of the storage, of which the page gives files and folders apart. */
function toEntries({ files, folders }: FolderPage): Entry[] {
  const entries: Entry[] = [...files, ...folders.map((folder) => ({ folder }))]
  return entries.sort((one, other) => compareNames(nameOf(one), nameOf(other)))
}

function shownBy({ isShown }: Pick<Shelf, 'isShown'>): (entry: Entry) => boolean {
  return (entry) => isShown(nameOf(entry))
}

/** A file's name, or a folder's with its slash. */
export function nameOf(entry: Entry): string {
  return 'folder' in entry ? entry.folder : entry.name
}

/** As people sort: `2.jpg` before `10.jpg`, whatever the case. */
const { compare } = new Intl.Collator('en', { numeric: true })

function toSortedPage(view: View, entries: Entry[]): Listed {
  const way = view.isDescending ? -1 : 1
  const rankOf = (entry: Entry): number => ('folder' in entry ? 0 : 1)
  const valueOf = (entry: Entry): number => {
    if ('folder' in entry || view.sort === 'name') return 0
    return view.sort === 'size' ? entry.sizeBytes : entry.mtimeMs
  }
  entries.sort(
    (one, other) =>
      rankOf(one) - rankOf(other) ||
      way * (valueOf(one) - valueOf(other) || compare(nameOf(one), nameOf(other))),
  )
  const lastPage = Math.max(0, Math.ceil(entries.length / pageSize) - 1)
  const page = Math.min(view.page, lastPage)
  return {
    entries: entries.slice(page * pageSize, (page + 1) * pageSize),
    note: '',
    next: page < lastPage ? { page: page + 1 } : null,
    previous: page > 0 ? { page: page - 1 } : null,
  }
}

async function search({ storage, isShown }: Shelf, view: View): Promise<Listed> {
  const words = toComparable(view.search).split(/\s+/)
  const isFound = ({ name }: FileFacts): boolean => {
    const text = toComparable(name.slice(view.folder.length))
    return isShown(name) && words.every((word) => text.includes(word))
  }
  const previous = view.after === '' ? null : { after: '' }
  const entries: FileFacts[] = []
  let after = view.after
  for (let lookedAt = 0; lookedAt < mostLookedAt;) {
    // Each call goes through the folder anew: few of them, but no long one for what is found at once.
    const limit = lookedAt === 0 ? 1000 : mostLookedAt - lookedAt
    const page = await storage.list({ prefix: view.folder, after, limit })
    for (const facts of page.files) {
      lookedAt++
      after = facts.name
      if (!isFound(facts)) continue
      entries.push(facts)
      if (entries.length === pageSize) return { entries, note: '', next: { after }, previous }
    }
    if (page.next === null) return { entries, note: '', next: null, previous }
    after = page.next
  }
  const note = `These are of the first ${mostLookedAt.toLocaleString('en')} files that were looked at here. “Search on” looks at more.`
  return { entries, note, next: { after }, previous }
}

function toComparable(text: string): string {
  return text.normalize('NFC').toLowerCase()
}
