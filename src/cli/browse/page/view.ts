// What of a folder is looked at, and how: as a URL's query says it. What is not said is as usual, and
// what is not understood counts as not said.

/** By what files are sorted. */
export type SortKey = 'name' | 'size' | 'time'

/** A look at a folder. */
export interface View {
  /** `''` for all that is served, else with a slash at its end. */
  readonly folder: string
  readonly layout: 'list' | 'grid'
  readonly sort: SortKey
  /** From the last to the first. */
  readonly isDescending: boolean
  /** What names must have in them; `''` for all. */
  readonly search: string
  /** Where the page begins: behind this name, where there are too many to sort; else `''`. */
  readonly after: string
  /** Which page of those that are sorted, from 0 on. */
  readonly page: number
}

/** The look that nothing was said of. */
export const plainView: View = {
  folder: '',
  layout: 'list',
  sort: 'name',
  isDescending: false,
  search: '',
  after: '',
  page: 0,
}

const maxSearchLength = 200
const maxPage = 10_000

/** Reads a query. The folder is not looked at yet. */
export function readView(query: string): View {
  const said = new URLSearchParams(query)
  const folder = said.get('folder') ?? ''
  const sort = said.get('sort')
  const page = said.get('page') ?? ''
  return {
    folder: folder === '' || folder.endsWith('/') ? folder : `${folder}/`,
    layout: said.get('layout') === 'grid' ? 'grid' : 'list',
    sort: sort === 'size' || sort === 'time' ? sort : 'name',
    isDescending: said.get('order') === 'down',
    search: (said.get('search') ?? '').trim().slice(0, maxSearchLength),
    after: said.get('after') ?? '',
    page: /^\d{1,5}$/.test(page) ? Math.min(Number(page), maxPage) : 0,
  }
}

/** A look as a link from one page to another: `?folder=photos%2F&layout=grid`; `.` for the usual one. */
export function linkTo(view: View, changes: Partial<View> = {}): string {
  const { folder, layout, sort, isDescending, search, after, page } = { ...view, ...changes }
  const said = new URLSearchParams()
  if (folder !== '') said.set('folder', folder)
  if (layout !== plainView.layout) said.set('layout', layout)
  if (sort !== plainView.sort) said.set('sort', sort)
  if (isDescending) said.set('order', 'down')
  if (search !== '') said.set('search', search)
  if (after !== '') said.set('after', after)
  if (page > 0) said.set('page', String(page))
  const query = said.toString()
  return query === '' ? './' : `./?${query}`
}
