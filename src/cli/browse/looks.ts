// What the owner's page shows. None of it changes anything.

import { isInert, typeOfName } from '../../http/media-type.ts'
import { listView, nameOf, type Entry } from './list-view.ts'
import { makeUrl, toldLives, toSharedUrl } from './links.ts'
import { OwnerRefusal } from './owner-refusal.ts'
import { formatFolder, type ShownEntry } from './page/folder-page.ts'
import { formatNow } from './page/now-page.ts'
import { formatRequest, formatRequests } from './page/requests-page.ts'
import { lastSegmentOf, showName } from './page/shown-name.ts'
import { readView, type View } from './page/view.ts'
import type { FileRequest, FileRequestUpload } from '../../slots/requests/file-request.ts'
import type { Part } from './page/frame.ts'
import type { ShownRequest, ShownUpload } from './page/requests-page.ts'
import type { ToldNow, ToldPage } from './page/told.ts'
import type { Desk, Visit } from './desk.ts'

/** A part of the page, without what is the same for all. */
export type Look = Omit<Part, 'sources'>

/** Pictures up to so many bytes are shown small: they are loaded whole. */
const mostPictureBytes = { list: 2_000_000, grid: 20_000_000 } as const
/** How long a picture's link works, and stays the same, so that browsers keep what they have loaded. */
const pictureSeconds = 3600

/** A folder. @throws OwnerRefusal, TitofistoError */
export async function lookAtFolder(desk: Desk, query: string): Promise<Look> {
  const view = readView(query)
  if (view.folder !== '' && !desk.isShown(view.folder))
    throw new OwnerRefusal(404, 'There is no such folder.')
  const { entries, ...listed } = await listView(desk, view)
  const takesUploads = desk.inbox !== null
  const shown = await toShown(desk, view, entries)
  return {
    tab: 'files',
    title: view.folder === '' ? 'Files' : showName(lastSegmentOf(view.folder)),
    body: formatFolder({ view, entries: shown, takesUploads, ...listed }),
    told: tell(desk, view.folder),
  }
}

function tell(desk: Desk, folder: string): ToldPage {
  return { folder, takesUploads: desk.inbox !== null, ...toldLives(desk) }
}

async function toShown(
  { files }: Desk,
  { layout }: View,
  entries: readonly Entry[],
): Promise<readonly ShownEntry[]> {
  const pictures = entries.filter(
    (entry) =>
      !('folder' in entry) && isPicture(entry.name) && entry.sizeBytes <= mostPictureBytes[layout],
  )
  const names = pictures.map(nameOf)
  const urls = await files.urls(names, {
    expiresIn: pictureSeconds,
    stableSeconds: pictureSeconds,
    tokenFormat: 'native',
  })
  const urlOf = new Map(names.map((name, at) => [name, urls[at] ?? null]))
  return entries.map((entry) => {
    if ('folder' in entry) return { kind: 'folder', name: entry.folder }
    const { name, sizeBytes, mtimeMs } = entry
    return { kind: 'file', name, sizeBytes, mtimeMs, pictureUrl: urlOf.get(name) ?? null }
  })
}

/** What every browser of today shows as an `img`, and nothing that could be more than a picture. */
const pictureTypes: ReadonlySet<string> = new Set(
  'apng avif bmp gif jpeg png vnd.microsoft.icon webp x-icon'
    .split(' ')
    .map((subtype) => `image/${subtype}`),
)

function isPicture(name: string): boolean {
  const type = typeOfName(name)
  return pictureTypes.has(type) && isInert(type)
}

/** How long the link lives to which a click on a file leads. */
export async function lookAtFile(desk: Desk, query: string): Promise<string> {
  const said = new URLSearchParams(query)
  const { lifeSeconds } = toldLives(desk)
  const isDownload = said.get('save') === 'yes'
  return makeUrl(desk, { name: said.get('name') ?? '', lifeSeconds, isDownload })
}

const mostRequests = 50
const mostRequestsLookedAt = 500

/** All file requests. @throws TitofistoError */
export async function lookAtRequests(desk: Desk, visit: Visit, query: string): Promise<Look> {
  const said = new URLSearchParams(query)
  const shown: ShownRequest[] = []
  let hasMore = false
  // Where nothing can be written, there is no folder of theirs.
  const requests = desk.inbox === null ? [] : desk.files.requests.list()
  for await (const request of requests) {
    if (shown.length >= mostRequestsLookedAt) {
      hasMore = true
      break
    }
    const status = await toShownRequest(desk, visit, request)
    if (status !== null) shown.push(status)
  }
  const rankOf = ({ state }: ShownRequest): number => (state === 'open' || state === 'full' ? 0 : 1)
  shown.sort((one, other) => rankOf(one) - rankOf(other) || other.createdMs - one.createdMs)
  const folder = said.get('folder') ?? ''
  const facts = {
    requests: shown.slice(0, mostRequests),
    hasMore: hasMore || shown.length > mostRequests,
    takesUploads: desk.inbox !== null,
    folder: desk.isShown(folder) ? folder : '',
    madeId: said.get('made') ?? '',
  }
  const body = formatRequests(facts)
  return { tab: 'requests', title: 'File requests', body, told: tell(desk, '') }
}

async function toShownRequest(
  desk: Desk,
  visit: Visit,
  request: FileRequest,
): Promise<ShownRequest | null> {
  const status = await request.status()
  if (status === null) return null
  return {
    ...status,
    url: toSharedUrl(desk, visit, request.url),
    createdMs: Date.parse(status.createdAt),
    untilMs: Date.parse(status.until),
  }
}

/** One file request. @throws OwnerRefusal, TitofistoError */
export async function lookAtRequest(desk: Desk, visit: Visit, query: string): Promise<Look> {
  const id = new URLSearchParams(query).get('id') ?? ''
  const request = desk.inbox === null ? null : await desk.files.requests.find(id)
  const shown = request === null ? null : await toShownRequest(desk, visit, request)
  if (request === null || shown === null)
    throw new OwnerRefusal(404, 'There is no such request, or none any more.')
  const uploads: ShownUpload[] = []
  for await (const upload of request.uploads()) uploads.push(toShownUpload(upload))
  const title = shown.title === null ? 'Files' : showName(shown.title)
  return { tab: 'requests', title, body: formatRequest(shown, uploads), told: tell(desk, '') }
}

function toShownUpload({ person, state, savedNames, handledAt }: FileRequestUpload): ShownUpload {
  return {
    person,
    state,
    savedNames,
    handledMs: handledAt === null ? null : Date.parse(handledAt),
  }
}

const mostTransfers = 100

/** What is open now. @throws TitofistoError */
export async function tellNow(desk: Desk): Promise<ToldNow> {
  const { rows: slots, hasMore } =
    desk.inbox === null ? { rows: [], hasMore: false } : await desk.lookAtSlots()
  return { transfers: desk.transfers.look(mostTransfers), slots, hasMore }
}

/** The same as a part of the page. @throws TitofistoError */
export async function lookAtNow(desk: Desk): Promise<Look> {
  const body = formatNow(await tellNow(desk))
  return { tab: 'now', title: 'Open now', body, told: tell(desk, '') }
}
