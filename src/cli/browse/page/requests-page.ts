// File requests: a form that makes one, all that are remembered, and one of them with who sent what.

import { markup, type Html } from '../../../pages/html.ts'
import { formatTime } from './folder-page.ts'
import { formatQr } from './qr.ts'
import { showName } from './shown-name.ts'

/** A request, as its owner sees it. */
export interface ShownRequest {
  readonly id: string
  /** The whole link to give away. */
  readonly url: string
  readonly state: 'open' | 'full' | 'complete' | 'closed' | 'expired'
  readonly title: string | null
  readonly uploadCount: number
  readonly waitingCount: number
  readonly maxUploads: number
  readonly createdMs: number
  readonly untilMs: number
  readonly perPersonName: boolean
  readonly hasPassword: boolean
}

/** Who sent what. */
export interface ShownUpload {
  readonly person: string | null
  readonly state: string
  readonly savedNames: readonly string[]
  readonly handledMs: number | null
}

/** All of them. */
export interface RequestsFacts {
  readonly requests: readonly ShownRequest[]
  readonly hasMore: boolean
  readonly takesUploads: boolean
  /** The folder that files of a new one go to, first of all. */
  readonly folder: string
  /** The one that was just made; `''` for none. */
  readonly madeId: string
}

/** How long a request may be open, in seconds. */
export const requestLives = [
  [3600, '1 hour'],
  [86_400, '1 day'],
  [259_200, '3 days'],
  [604_800, '7 days'],
  [2_592_000, '30 days'],
] as const

/** The largest file of a request, in bytes. */
export const requestSizes = [
  [10_000_000, '10 MB'],
  [100_000_000, '100 MB'],
  [1_000_000_000, '1 GB'],
  [10_000_000_000, '10 GB'],
] as const

/** What a request takes. */
export const requestKinds = {
  any: ['Any files', null],
  pictures: ['Pictures', ['image/*']],
  media: ['Pictures, videos and sound', ['image/*', 'video/*', 'audio/*']],
  papers: [
    'PDF and office documents',
    ['.pdf', '.doc', '.docx', '.xls', '.xlsx', '.ppt', '.pptx', '.odt', '.ods', '.odp'],
  ],
} as const satisfies Record<string, readonly [string, readonly string[] | null]>

/** Shows all. */
export function formatRequests(facts: RequestsFacts): Html {
  const { requests, hasMore, takesUploads, madeId } = facts
  const made = requests.find(({ id }) => id === madeId)
  return markup`<h1>File requests</h1>
    ${made === undefined ? null : formatMade(made)}
    ${takesUploads ? formatForm(facts, made !== undefined) : markup`<p class="note">This folder can’t be written to, so no files can be asked for.</p>`}
    <h2>All requests</h2>
    ${
      requests.length === 0
        ? markup`<p class="empty">There are none. A request is one link by which many people send you files.</p>`
        : markup`<ul class="asked">
            ${requests.map(formatOne)}
          </ul>`
    }
    ${hasMore ? markup`<p class="soft">There are more; “titofisto requests” lists all.</p>` : null}`
}

function formatMade(request: ShownRequest): Html {
  return markup`<div class="note">
      <p><strong>Whoever has this link can send files:</strong></p>
      ${formatLink(request)}
      ${formatQr(request.url, 'QR code of the link')}
    </div>`
}

/** The link, as text that can be copied with or without a script. */
function formatLink({ url, title }: ShownRequest): Html {
  const label = title === null ? 'Link of the request' : `Link of the request ${showName(title)}`
  return markup`<div class="row">
      <input class="url" readonly value="${url}" aria-label="${label}" />
      <button type="button" class="button small" data-copy="${url}" hidden>Copy</button>
    </div>`
}

function formatForm({ folder }: RequestsFacts, isDone: boolean): Html {
  const options = (values: readonly (readonly [number, string])[], chosen: number): Html[] =>
    values.map(
      ([value, text]) =>
        markup`<option value="${value}"${value === chosen ? markup` selected` : null}>${text}</option>`,
    )
  const kinds = Object.entries(requestKinds).map(
    ([name, [text]]) => markup`<option value="${name}">${text}</option>`,
  )
  return markup`<details${isDone ? null : markup` open`}>
      <summary>Ask for files</summary>
      <form method="post" action="request" class="plain" id="request" autocomplete="off">
        <div class="field">
          <label for="title">What you ask for <span>(optional)</span></label>
          <input id="title" name="title" maxlength="200" dir="auto" />
        </div>
        <div class="field">
          <label for="message">What else there is to say <span>(optional)</span></label>
          <textarea id="message" name="message" maxlength="2000" rows="3" dir="auto"></textarea>
        </div>
        <div class="two">
          <div class="field">
            <label for="folder">Into the folder</label>
            <input id="folder" name="folder" maxlength="900" dir="auto" value="${folder}" aria-describedby="folder-hint" />
            <p class="soft" id="folder-hint">Empty: all that is served.</p>
          </div>
          <div class="field">
            <label for="life">Open for</label>
            <select id="life" name="life">${options(requestLives, 604_800)}</select>
          </div>
          <div class="field">
            <label for="count">How many people at most</label>
            <input id="count" name="count" type="number" min="1" max="1000" value="30" required />
          </div>
          <div class="field">
            <label for="size">Largest file</label>
            <select id="size" name="size">${options(requestSizes, 100_000_000)}</select>
          </div>
          <div class="field">
            <label for="kinds">What is taken</label>
            <select id="kinds" name="kinds">${kinds}</select>
          </div>
          <div class="field">
            <label for="password">Password <span>(optional)</span></label>
            <input id="password" name="password" maxlength="200" autocomplete="off" />
          </div>
        </div>
        <label class="check"><input type="checkbox" name="named" value="yes" checked />Each person gives a name, and gets a folder of that name</label>
        <p class="error" role="alert" hidden></p>
        <div class="actions"><button class="button main">Make the link</button></div>
      </form>
    </details>`
}

const stateWords = {
  open: 'Open',
  full: 'All places are given',
  complete: 'Complete',
  closed: 'Closed',
  expired: 'Over',
} as const

function formatState(request: ShownRequest): Html {
  const { state, uploadCount, waitingCount, maxUploads, untilMs, hasPassword } = request
  const waiting = waitingCount === 0 ? '' : `, ${waitingCount} on the way`
  return markup`${stateWords[state]}: ${uploadCount} of ${maxUploads} sent${waiting} · until ${formatTime(untilMs)}${hasPassword ? ' · with a password' : ''}`
}

function formatOne(request: ShownRequest): Html {
  const { id, title } = request
  const query = new URLSearchParams({ id }).toString()
  return markup`<li id="request-${id}">
      <h3><a href="request?${query}"><bdi>${title === null ? 'Files' : showName(title)}</bdi></a></h3>
      <p class="soft">${formatState(request)}</p>
      ${isRunning(request) ? markup`${formatLink(request)}${formatClose(id)}` : null}
    </li> `
}

function isRunning({ state }: ShownRequest): boolean {
  return state === 'open' || state === 'full'
}

function formatClose(id: string): Html {
  return markup`<form method="post" action="close">
      <input type="hidden" name="id" value="${id}" /><button class="button small">Close it</button>
    </form>`
}

/** Shows one of them, with who sent what. */
export function formatRequest(request: ShownRequest, uploads: readonly ShownUpload[]): Html {
  return markup`<nav class="crumbs" aria-label="Pages above"><ol><li><a href="requests">File requests</a></li></ol></nav>
    <h1><bdi>${request.title === null ? 'Files' : showName(request.title)}</bdi></h1>
    <p class="soft">${formatState(request)}</p>
    ${isRunning(request) ? markup`${formatLink(request)}${formatQr(request.url, 'QR code of the link')}${formatClose(request.id)}` : null}
    <h2>Who sent what</h2>
    ${
      uploads.length === 0
        ? markup`<p class="empty">Nobody has sent anything yet.</p>`
        : markup`<ul class="open">
            ${uploads.map(formatUpload)}
          </ul>`
    }`
}

function formatUpload({ person, state, savedNames, handledMs }: ShownUpload): Html {
  const who = person === null ? 'Somebody' : showName(person)
  const what =
    savedNames.length === 0
      ? markup`${uploadWords[state] ?? state}`
      : markup`${savedNames.map((name, at) => markup`${at === 0 ? '' : ', '}<a href="file?${new URLSearchParams({ name }).toString()}"><bdi>${showName(name)}</bdi></a>`)}`
  return markup`<li>
      <strong><bdi>${who}</bdi></strong>
      <span class="state">${what}${handledMs === null ? null : markup` · ${formatTime(handledMs)}`}</span>
    </li> `
}

const uploadWords: Readonly<Record<string, string>> = {
  open: 'Has a place, and has not begun',
  receiving: 'Sends just now',
  received: 'Has sent; it is being saved',
  handling: 'Has sent; it is being saved',
  expired: 'Had a place, and did not use it',
  revoked: 'Was taken back',
  rejected: 'Was refused',
  interrupted: 'Was interrupted: look at “titofisto slots”',
}
