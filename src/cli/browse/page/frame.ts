// What stands around each part of the owner's page.

import { markup, type Html } from '../../../pages/html.ts'
import type { PageContent } from '../../../pages/document.ts'
import { ownerScript } from './script.ts'
import { ownerStyle } from './style.ts'
import type { ToldPage } from './told.ts'

/** A part of the owner's page. */
export interface Part {
  readonly tab: 'files' | 'requests' | 'now'
  readonly title: string
  readonly body: Html
  readonly told: ToldPage
  /** Origins that pictures come from and files are sent to, where they are not the page's own. */
  readonly sources: readonly string[]
}

const tabs = [
  ['files', './', 'Files'],
  ['requests', 'requests', 'Requests'],
  ['now', 'now', 'Open now'],
] as const

/** Puts a part into the page. */
export function framePart({ tab, title, body, told, sources }: Part): PageContent {
  const main = markup`<div class="top">
      <strong>titofisto</strong>
      <nav aria-label="Parts of this page">
        <ul class="tabs">
          ${tabs.map(([name, href, text]) => markup`<li><a href="${name === 'requests' ? requestsLink(told) : href}"${name === tab ? markup` aria-current="page"` : null}>${text}</a></li> `)}
        </ul>
      </nav>
    </div>
    <div id="owner" data-told="${JSON.stringify(told)}">${body}</div>
    <p class="quiet" role="status"></p>`
  return {
    title: `${title} · titofisto`,
    main,
    script: ownerScript,
    style: ownerStyle,
    sources: ["'self'", ...sources],
  }
}

/** A page that only says something, and leads back. */
export function formatNotice(title: string, text: string): PageContent {
  const main = markup`<h1>${title}</h1>
    <p>${text}</p>
    <div class="actions"><a class="button main" href="./">To the files</a></div>`
  return { title, main }
}

/** Who asks for files while looking at a folder mostly wants them there. */
function requestsLink({ folder }: ToldPage): string {
  return folder === '' ? 'requests' : `requests?${new URLSearchParams({ folder }).toString()}`
}
