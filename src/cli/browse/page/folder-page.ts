// A folder: its folders and files as a list or as a grid, a page of them. All of it is links and forms
// that work without a script; what needs one is hidden until it runs.

import { markup, type Html } from '../../../pages/html.ts'
import { formatSize } from '../../byte-size.ts'
import { badgeOf, lastSegmentOf, parentOf, showName } from './shown-name.ts'
import { linkTo, type SortKey, type View } from './view.ts'

/** A folder or a file to show. */
export type ShownEntry =
  | { readonly kind: 'folder'; readonly name: string }
  | {
      readonly kind: 'file'
      readonly name: string
      readonly sizeBytes: number
      readonly mtimeMs: number
      /** A link to its picture; `null` where it has none. */
      readonly pictureUrl: string | null
    }

/** What there is to show. */
export interface FolderFacts {
  readonly view: View
  readonly entries: readonly ShownEntry[]
  /** What else must be known: that these are not all, that they can't be sorted; `''` for nothing. */
  readonly note: string
  /** Changes of the view that lead to the next page and to the one before; `null` where there is none. */
  readonly next: Partial<View> | null
  readonly previous: Partial<View> | null
  readonly takesUploads: boolean
}

/** Shows it. */
export function formatFolder(facts: FolderFacts): Html {
  const { view, entries, note, takesUploads } = facts
  const title = view.folder === '' ? 'Files' : showName(lastSegmentOf(view.folder))
  return markup`${formatCrumbs(view)}
    <h1><bdi>${title}</bdi></h1>
    ${formatBar(view, takesUploads)}
    <ul class="sends" id="sends" aria-label="Uploads" hidden></ul>
    ${view.search === '' ? null : formatSearched(view, entries.length)}
    ${note === '' ? null : markup`<p class="note">${note}</p>`}
    ${entries.length === 0 ? formatEmpty(view, takesUploads) : view.layout === 'grid' ? formatGrid(view, entries) : formatList(view, entries)}
    ${formatPages(facts)}`
}

/** The way to the folder, from all that is served on. */
function formatCrumbs(view: View): Html | null {
  if (view.folder === '') return null
  const above: string[] = []
  for (let folder = parentOf(view.folder); folder !== ''; folder = parentOf(folder))
    above.unshift(folder)
  const stay = { search: '', after: '', page: 0 }
  const step = (folder: string, text: string): Html =>
    markup`<li><a href="${linkTo(view, { ...stay, folder })}"><bdi>${text}</bdi></a></li> `
  return markup`<nav class="crumbs" aria-label="Folders above">
      <ol>${step('', 'Files')}${above.map((folder) => step(folder, showName(lastSegmentOf(folder))))}</ol>
    </nav>`
}

function formatBar(view: View, takesUploads: boolean): Html {
  const { folder, layout, sort, isDescending } = view
  const hidden = (name: string, value: string): Html =>
    markup`<input type="hidden" name="${name}" value="${value}" />`
  const layoutLink = (name: View['layout'], text: string): Html =>
    markup`<a class="button small" href="${linkTo(view, { layout: name })}"${name === layout ? markup` aria-current="true"` : null}>${text}</a>`
  return markup`<div class="bar">
      <form class="search" role="search" action="./">
        ${folder === '' ? null : hidden('folder', folder)}
        ${layout === 'list' ? null : hidden('layout', layout)}
        ${sort === 'name' ? null : hidden('sort', sort)}
        ${isDescending ? hidden('order', 'down') : null}
        <input type="search" name="search" aria-label="Search names here and below" placeholder="Search names" maxlength="200" value="${view.search}" dir="auto" />
        <button class="button">Search</button>
      </form>
      <div class="group" role="group" aria-label="Show as">
        ${layoutLink('list', 'List')}${layoutLink('grid', 'Grid')}
      </div>
      ${
        takesUploads
          ? markup`<form method="post" action="upload" id="upload">
              ${hidden('folder', folder)}<button class="button main">Upload files</button>
            </form>`
          : null
      }
    </div>
    ${layout === 'grid' ? formatSorting(view) : null}`
}

function formatSearched(view: View, count: number): Html {
  const found = count === 1 ? 'One file' : `${count === 0 ? 'No' : count} files`
  return markup`<p>${found} with “<bdi>${showName(view.search)}</bdi>” in the name, here and in folders below.
    <a href="${linkTo(view, { search: '', after: '', page: 0 })}">Show all of this folder</a></p>`
}

function formatEmpty({ search }: View, takesUploads: boolean): Html | null {
  if (search !== '') return null
  return markup`<p class="empty">Nothing is here yet.${takesUploads ? markup`<span id="drop-hint" hidden> Drop files onto this page to put them here.</span>` : null}</p>`
}

const sortNames = { name: 'Name', size: 'Size', time: 'Changed' } as const

/** The same key again turns the order around; sizes and times begin with the greatest. */
function sortLink(view: View, sort: SortKey): string {
  const isSame = view.sort === sort
  const isDescending = isSame ? !view.isDescending : sort !== 'name'
  return linkTo(view, { sort, isDescending, after: '', page: 0 })
}

function formatSorting(view: View): Html {
  const keys: readonly SortKey[] = ['name', 'size', 'time']
  const arrow = view.isDescending ? '↓' : '↑'
  return markup`<div class="bar"><div class="group" role="group" aria-label="Sort by">
      ${keys.map((key) => markup`<a class="button small" href="${sortLink(view, key)}"${key === view.sort ? markup` aria-current="true"` : null}>${sortNames[key]}${key === view.sort ? ` ${arrow}` : ''}</a>`)}
    </div></div>`
}

function formatList(view: View, entries: readonly ShownEntry[]): Html {
  return markup`<table>
      <thead>
        <tr>
          ${sortHead(view, 'name')}${sortHead(view, 'size', 'number wide')}${sortHead(view, 'time', 'wide')}
          <td class="act"></td>
        </tr>
      </thead>
      <tbody>
        ${entries.map((entry) => formatRow(view, entry))}
      </tbody>
    </table>`
}

function sortHead(view: View, key: SortKey, className = ''): Html {
  const isSorted = view.sort === key
  const sorted = markup` aria-sort="${view.isDescending ? 'descending' : 'ascending'}"`
  const arrow = isSorted
    ? markup`<span aria-hidden="true">&nbsp;${view.isDescending ? '↓' : '↑'}</span>`
    : null
  return markup`<th scope="col" class="${className}"${isSorted ? sorted : null}><a href="${sortLink(view, key)}">${sortNames[key]}${arrow}</a></th>`
}

function formatRow(view: View, entry: ShownEntry): Html {
  if (entry.kind === 'folder')
    return markup`<tr>
        <th scope="row"><div class="entry">${folderThumb}<a href="${folderLink(view, entry.name)}"><bdi>${labelOf(view, entry.name)}</bdi></a></div></th>
        <td class="number wide"></td><td class="wide"></td><td class="act"></td>
      </tr>\n`
  const size = formatSize(entry.sizeBytes)
  const time = formatTime(entry.mtimeMs)
  return markup`<tr>
      <th scope="row"><div class="entry">${formatThumb(entry)}<div><a href="${fileLink(entry.name)}"><bdi>${labelOf(view, entry.name)}</bdi></a><span class="meta">${size} · ${time}</span></div></div></th>
      <td class="number wide">${size}</td><td class="wide">${time}</td>
      <td class="act">${linkButton(entry.name)}</td>
    </tr>\n`
}

function formatGrid(view: View, entries: readonly ShownEntry[]): Html {
  return markup`<ul class="grid">
      ${entries.map((entry) => formatTile(view, entry))}
    </ul>`
}

function formatTile(view: View, entry: ShownEntry): Html {
  const title = markup`<span class="title"><bdi>${labelOf(view, entry.name)}</bdi></span>`
  if (entry.kind === 'folder')
    return markup`<li><a href="${folderLink(view, entry.name)}">${folderThumb}${title}</a><div class="foot">Folder</div></li>\n`
  return markup`<li><a href="${fileLink(entry.name)}">${formatThumb(entry)}${title}</a>
      <div class="foot"><span>${formatSize(entry.sizeBytes)}</span>${linkButton(entry.name)}</div></li>\n`
}

/** What a picture shows, its name says; where it can't be shown, the letters below it are. */
function formatThumb(entry: Extract<ShownEntry, { kind: 'file' }>): Html {
  const picture =
    entry.pictureUrl === null
      ? null
      : markup`<img src="${entry.pictureUrl}" alt="" loading="lazy" decoding="async" />`
  return markup`<span class="thumb" aria-hidden="true" data-badge="${badgeOf(entry.name)}">${picture ?? badgeOf(entry.name)}</span>`
}

const folderThumb = markup`<span class="thumb folder" aria-hidden="true"><svg viewBox="0 0 24 24" fill="currentColor"><path d="M3 6.5A1.5 1.5 0 0 1 4.5 5h4.3l2 2.2h8.7A1.5 1.5 0 0 1 21 8.7v8.8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5z" /></svg></span>`

/** Needs a script: without one a link is made by the command line. */
function linkButton(name: string): Html {
  return markup`<button type="button" class="button small" data-link="${name}" hidden>Link<span class="quiet"> to <bdi>${showName(lastSegmentOf(name))}</bdi></span></button>`
}

function folderLink(view: View, folder: string): string {
  return linkTo(view, { folder, search: '', after: '', page: 0 })
}

/** Leads to a link that is made when it is asked for, so that none grows old in the page. */
function fileLink(name: string): string {
  return `file?${new URLSearchParams({ name }).toString()}`
}

/** Found ones are told apart by the folders they are in. */
function labelOf({ folder, search }: View, name: string): string {
  const own = name.startsWith(folder) ? name.slice(folder.length) : name
  return showName(search === '' ? lastSegmentOf(own) : own)
}

/** In the server's time zone; the script says it in the reader's. */
export function formatTime(ms: number): Html {
  const at = new Date(ms)
  if (Number.isNaN(at.getTime())) return markup``
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return markup`<time datetime="${at.toISOString()}">${day} ${two(at.getHours())}:${two(at.getMinutes())}</time>`
}

function formatPages({ view, next, previous }: FolderFacts): Html | null {
  if (next === null && previous === null) return null
  const link = (changes: Partial<View> | null, text: string): Html | null =>
    changes === null ? null : markup`<a class="button" href="${linkTo(view, changes)}">${text}</a>`
  const onward = view.search === '' ? 'Next page' : 'Search on'
  return markup`<nav class="pages" aria-label="Pages of this folder">${link(previous, view.after === '' ? 'Previous page' : 'From the start')}${link(next, onward)}</nav>`
}
