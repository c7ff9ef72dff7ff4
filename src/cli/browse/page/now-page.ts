// What is open now: what is on its way, and which slots wait for an upload. The script asks for it again
// and again, and shows what has changed.

import { markup, type Html } from '../../../pages/html.ts'
import type { OpenRow, ToldNow } from './told.ts'

/** Shows it. */
export function formatNow({ transfers, slots, hasMore }: ToldNow): Html {
  return markup`<h1>Open now</h1>
    <p class="error" role="alert" id="fault" hidden></p>
    <h2>On the way</h2>
    <ul class="open" id="transfers">
      ${transfers.map(formatRow)}
    </ul>
    <p class="empty" data-for="transfers"${transfers.length > 0 ? markup` hidden` : null}>Nothing is on its way.</p>
    <h2>Upload slots</h2>
    <ul class="open" id="slots">
      ${slots.map(formatRow)}
    </ul>
    <p class="empty" data-for="slots"${slots.length > 0 ? markup` hidden` : null}>No slot waits for an upload. “titofisto slot” makes one.</p>
    <p class="soft" id="more"${hasMore ? null : markup` hidden`}>There are more; “titofisto slots” lists all.</p>
    <noscript><p><a href="now">Look again</a></p></noscript>`
}

function formatRow({ key, title, detail, share, slotId }: OpenRow): Html {
  return markup`<li data-key="${key}">
      <strong><bdi>${title}</bdi></strong>
      <span class="state">${detail}</span>
      ${slotId === null ? null : formatRevoke(slotId)}
      ${share === null ? null : markup`<progress max="1" value="${share}" aria-label="${title}"></progress>`}
    </li> `
}

function formatRevoke(slotId: string): Html {
  return markup`<form method="post" action="revoke">
      <input type="hidden" name="id" value="${slotId}" /><button class="button small">Take back</button>
    </form>`
}
