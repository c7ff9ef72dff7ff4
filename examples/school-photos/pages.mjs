// What teachers see. Text made of values: `html` escapes all that is put into it.

import { renderSVG } from 'uqr'

/** Markup that `html` made, or that is our own: nothing else goes into a page as it is. */
const ours = new WeakSet()

function asItIs(text) {
  const markup = { text }
  ours.add(markup)
  return markup
}

function html(strings, ...values) {
  return asItIs(strings.map((piece, at) => piece + toText(values[at])).join(''))
}

function toText(value) {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(toText).join('')
  if (ours.has(value)) return value.text
  return `${value}`.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

function page(title, body) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/public/app.css" />
        <script type="module" src="/public/app.js"></script>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`.text
}

/** All trips, and a form for a new one. */
export function homePage(trips) {
  return page(
    'Class trips',
    html`<h1>Class trips</h1>
      <form class="new" method="post" action="/trips">
        <label for="title">A new trip</label>
        <div class="row">
          <input id="title" name="title" required maxlength="200" placeholder="Rome, class 7b" />
          <button>Ask for photos</button>
        </div>
      </form>
      <ul class="trips">
        ${trips.map(
          ({ id, title, pictures }) =>
            html`<li><a href="/trips/${id}">${title}</a> <span>${countOf(pictures)}</span></li>`,
        )}
      </ul>`,
  )
}

/** One trip: its link for pupils, and what came. */
export function tripPage({ trip, requestUrl, state, pictures, links }) {
  return page(
    trip.title,
    html`<p><a href="/">All trips</a></p>
      <h1>${trip.title}</h1>
      ${requestUrl !== null && (state === 'open' || state === 'full') ? invitation(trip, requestUrl) : html`<p>No more photos are taken.</p>`}
      <h2>${countOf(pictures.length)}</h2>
      <ul class="pictures">
        ${pictures.map((picture, at) => html`<li>${tileOf(picture, links[at])}</li>`)}
      </ul>`,
  )
}

function invitation(trip, requestUrl) {
  return html`<section class="invitation">
    <div class="code">${asItIs(renderSVG(requestUrl))}</div>
    <div>
      <h2>For the pupils</h2>
      <p>They scan this, or open <a class="request" href="${requestUrl}">the link</a>.</p>
      <form method="post" action="/trips/${trip.id}/close"><button>Take no more</button></form>
    </div>
  </section>`
}

function countOf(count) {
  return count === 1 ? '1 file' : `${count} files`
}

function tileOf({ name, sender, type }, url) {
  const shortName = name.split('/').at(-1)
  return html`<figure>
    ${url === null ? html`<p>Gone</p>` : mediaOf(type, name, url)}
    <figcaption>
      <a class="open" href="${url ?? ''}" data-name="${name}" target="_blank">${shortName}</a>
      <span>from ${sender}</span>
      <button type="button" class="parents" data-name="${name}">Link for parents</button>
    </figcaption>
  </figure>`
}

function mediaOf(type, name, url) {
  if (type.startsWith('image/'))
    return html`<img src="${url}" data-name="${name}" alt="" loading="lazy" />`
  if (type.startsWith('video/'))
    return html`<video src="${url}" data-name="${name}" controls preload="metadata"></video>`
  return html`<p class="paper">PDF</p>`
}
