// What the owner's page changes. Each takes what a form brought; nothing else changes anything.

import { isTitofistoError } from '../../errors.ts'
import { isOptionError } from '../../options.ts'
import type { RequestOptions } from '../../slots/requests/make-request.ts'
import { makeLink, toSharedUrl } from './links.ts'
import { OwnerRefusal } from './owner-refusal.ts'
import { requestKinds } from './page/requests-page.ts'
import type { Desk, Visit } from './desk.ts'
import type { ToldLink, ToldSlot } from './page/told.ts'

/** What came of it: for a script, and where a browser without one goes on. */
export interface Done {
  readonly told: object
  readonly goTo: string
}

/** Does it. @throws OwnerRefusal, TitofistoError */
export type Action = (desk: Desk, visit: Visit, form: URLSearchParams) => Promise<Done>

/** All that can be done, by the last part of the path. */
export const actions: Readonly<Record<string, Action>> = {
  link: giveLink,
  upload: openUpload,
  request: askForFiles,
  close: closeRequest,
  revoke: revokeSlot,
}

async function giveLink(desk: Desk, visit: Visit, form: URLSearchParams): Promise<Done> {
  const told: ToldLink = await makeLink(desk, visit, {
    name: form.get('name') ?? '',
    lifeSeconds: Number(form.get('life') ?? NaN),
    isDownload: form.get('download') === 'yes',
  })
  return { told, goTo: './' }
}

/** How long the page may take to begin, of many files that wait for each other. */
const uploadSeconds = 3600
const mostBytes = Number.MAX_SAFE_INTEGER
/** Of a file whose size nobody has said: a terabyte. */
const mostUnknownBytes = 1_000_000_000_000

/** A slot for one file of the script's, or for all that are chosen in the slot's own page. */
async function openUpload(desk: Desk, _: Visit, form: URLSearchParams): Promise<Done> {
  const { files } = desk
  if (desk.inbox === null) throw noUploads()
  const prefix = readFolder(desk, form)
  const size = form.get('size')
  const sizeBytes = size !== null && /^\d{1,15}$/.test(size) ? Number(size) : null
  const ticket = await files.slots.mint(
    'save',
    { prefix, sha256: false },
    {
      maxFiles: sizeBytes === null ? 1000 : 1,
      minBytes: 0,
      // Who uploads is who serves: what it may be, the disk decides.
      maxBytes: Math.max(1, sizeBytes ?? mostUnknownBytes),
      expiresIn: uploadSeconds,
    },
  )
  const told: ToldSlot = { url: ticket.url }
  return { told, goTo: ticket.url }
}

async function askForFiles(desk: Desk, visit: Visit, form: URLSearchParams): Promise<Done> {
  const { inbox, now } = desk
  if (inbox === null) throw noUploads()
  const prefix = readFolder(desk, form)
  const lifeSeconds = readNumber(form, 'life', 315_360_000)
  const kind = form.get('kinds') ?? 'any'
  const accept = Object.hasOwn(requestKinds, kind)
    ? requestKinds[kind as keyof typeof requestKinds][1]
    : null
  const text = (name: string): string | undefined => form.get(name)?.trim() || undefined
  const [title, message, password] = [text('title'), text('message'), text('password')]
  const options: RequestOptions = {
    until: new Date(now() + lifeSeconds * 1000),
    maxUploads: readNumber(form, 'count', 1000),
    maxBytes: readNumber(form, 'size', mostBytes),
    maxFiles: 20,
    perPersonName: form.get('named') === 'yes',
    ...(accept !== null && { accept }),
    ...(title !== undefined && { title }),
    ...(message !== undefined && { message }),
    ...(password !== undefined && { password }),
  }
  const request = await inbox.request({ prefix }, options).catch((error: unknown) => {
    throw isOptionError(error) && !isTitofistoError(error)
      ? new OwnerRefusal(400, `That can’t be: ${error.option} ${error.reason}.`, { cause: error })
      : error
  })
  const told = { id: request.id, url: toSharedUrl(desk, visit, request.url) }
  return { told, goTo: `requests?${new URLSearchParams({ made: request.id }).toString()}` }
}

async function closeRequest(
  { files, inbox }: Desk,
  _: Visit,
  form: URLSearchParams,
): Promise<Done> {
  if (inbox === null) throw noUploads()
  const request = await files.requests.find(form.get('id') ?? '')
  if (request === null || !(await request.close()))
    throw new OwnerRefusal(409, 'This request is over already.')
  return { told: {}, goTo: 'requests' }
}

async function revokeSlot({ files, inbox }: Desk, _: Visit, form: URLSearchParams): Promise<Done> {
  if (inbox === null) throw noUploads()
  if (!(await files.slots.revoke(form.get('id') ?? '')))
    throw new OwnerRefusal(409, 'This slot can’t be taken back any more.')
  return { told: {}, goTo: 'now' }
}

/** The folder that files go to, as what their names begin with. */
function readFolder({ isShown }: Desk, form: URLSearchParams): string {
  const text = (form.get('folder') ?? '').trim().replace(/^\/+/, '')
  if (text === '') return ''
  const folder = text.endsWith('/') ? text : `${text}/`
  if (!isShown(folder)) throw new OwnerRefusal(400, 'No folder can have this name.')
  return folder
}

function readNumber(form: URLSearchParams, name: string, most: number): number {
  const text = form.get(name) ?? ''
  const number = /^\d{1,16}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > most)
    throw new OwnerRefusal(400, `“${name}” is no number that can be.`)
  return number
}

function noUploads(): OwnerRefusal {
  return new OwnerRefusal(409, 'This folder can’t be written to.')
}
