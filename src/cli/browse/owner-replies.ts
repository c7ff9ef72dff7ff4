// The answers of the owner's page that are no page of files. Nobody keeps any of them.

import { createDocument, type PageContent, type ToPageReply } from '../../pages/document.ts'
import { markup } from '../../pages/html.ts'
import type { Reply } from '../../http/exchange.ts'
import { createLanguageChoice } from '../../pages/words/choose-language.ts'

const english = createLanguageChoice({ lang: 'en' })(undefined)
const toPage: ToPageReply = createDocument({})

/** A page. */
export function pageReply(status: number, content: PageContent): Reply {
  return toPage(status, english, content)
}

const safeHeaders = [
  'Cache-Control',
  'no-store',
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
  'Cross-Origin-Resource-Policy',
  'same-origin',
] as const

/** Sends a browser on. */
export function seeOther(location: string, more: readonly string[] = []): Reply {
  return {
    status: 303,
    headers: ['Location', location, 'Content-Length', '0', ...safeHeaders, ...more],
    body: { kind: 'empty' },
  }
}

/** JSON for the page's script. */
export function jsonReply(status: number, value: object): Reply {
  const bytes = Buffer.from(JSON.stringify(value))
  const type = ['Content-Type', 'application/json', 'Content-Length', String(bytes.length)]
  return { status, headers: [...type, ...safeHeaders], body: { kind: 'bytes', bytes } }
}

/** A page that goes on by itself: what it asks for then, it asks for itself, and no foreign page. */
export function arrivalPage(goTo: string, more: readonly string[]): Reply {
  const main = markup`<h1>Your files</h1>
    <p><a href="${goTo}">Go on to your files</a></p>`
  const page = pageReply(200, { title: 'titofisto', main })
  return { ...page, headers: [...page.headers, 'Refresh', `0; url=${goTo}`, ...more] }
}
