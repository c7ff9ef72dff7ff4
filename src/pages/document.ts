// A page as an answer: the document around what it says, and the headers that keep it harmless. No
// page loads anything from anywhere: style and script stand in it, and the policy names them by their
// hashes (CSP 3, 6.7.3.2), so that nothing else can run, whatever else should get into it.

import { hash } from 'node:crypto'
import type { Reply } from '../http/exchange.ts'
import { Html, markup, ownMarkup } from './html.ts'
import { pageVary } from './navigation.ts'
import { formatStyle } from './style.ts'
import type { PageOptions } from './page-options.ts'
import type { Language } from './words/choose-language.ts'

/** What stands in a document. */
export interface PageContent {
  readonly title: string
  readonly main: Html
  /** A script of ours, which may send to where the page came from; missing: none runs. */
  readonly script?: string
  /** Whether a form is sent to where the page came from, without a script. */
  readonly hasForm?: true
  /** Rules that come after those of all pages. */
  readonly style?: string
  /** Origins, or `'self'`, that its pictures come from and its script sends to besides. */
  readonly sources?: readonly string[]
}

/** An answer that is a page. To the door, a reply like any other. */
export interface PageReply extends Reply {
  readonly isPage: true
}

/** Whether an answer is a page. */
export function isPage(reply: Reply): reply is PageReply {
  return 'isPage' in reply
}

/** Makes an answer of a page. */
export type ToPageReply = (status: number, language: Language, content: PageContent) => PageReply

/** Makes the frame of all pages of an application; its options are right. */
export function createDocument(options: PageOptions): ToPageReply {
  const commonStyle = formatStyle(options.accentColor)
  const brand = formatBrand(options)
  const ancestors = (options.frameAncestors ?? []).map((origin) =>
    origin === 'self' ? "'self'" : origin,
  )
  const policyOf = ({ script, hasForm, sources: besides = [] }: PageContent, style: string) =>
    [
      "default-src 'none'",
      `style-src ${sourceOf(style)}`,
      ...(script === undefined
        ? []
        : [`script-src ${sourceOf(script)}`, ["connect-src 'self'", ...besides].join(' ')]),
      // Thumbnails are made of what was chosen; the logo stands in the page.
      [`img-src data:${script === undefined ? '' : ' blob:'}`, ...besides].join(' '),
      `form-action ${script === undefined && hasForm !== true ? "'none'" : "'self'"}`,
      "base-uri 'none'",
      `frame-ancestors ${ancestors.length === 0 ? "'none'" : ancestors.join(' ')}`,
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; ')
  return (status, { lang, direction }, content) => {
    const { title, main, script } = content
    const style = commonStyle + (content.style ?? '')
    const page = markup`<!doctype html>
      <html lang="${lang}" dir="${direction}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex, nofollow" />
          <link rel="icon" href="data:," />
          <title>${title}</title>
          <style>${ownMarkup(style)}</style>
        </head>
        <body>
          <main>${brand}${main}</main>
          ${script === undefined ? null : ownMarkup(`<script>${script}</script>`)}
        </body>
      </html>\n`
    const bytes = Buffer.from(page.toString())
    return {
      isPage: true,
      status,
      headers: [...headersFor(policyOf(content, style)), 'Content-Length', String(bytes.length)],
      body: { kind: 'bytes', bytes },
    }
  }
}

function headersFor(policy: string): readonly string[] {
  return [
    'Content-Type',
    'text/html; charset=utf-8',
    'Content-Security-Policy',
    policy,
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
    // The page's URL is what opens the slot.
    'Referrer-Policy',
    'no-referrer',
    'Cross-Origin-Opener-Policy',
    'same-origin',
    'Cross-Origin-Resource-Policy',
    'same-origin',
    'Vary',
    pageVary,
  ]
}

function formatBrand({ name, logo }: PageOptions): Html | null {
  if (name === undefined && logo === undefined) return null
  // Where the name stands beside it, a picture of it says nothing more.
  const picture = logo === undefined ? null : markup`<img src="${logo}" alt="" />`
  const text = name === undefined ? null : markup`<span dir="auto">${name}</span>`
  return markup`<header class="brand">${picture}${text}</header>`
}

const sources = new Map<string, string>()

/** A hash as a policy writes it; kept, since all pages share a style and a script. */
function sourceOf(text: string): string {
  const known = sources.get(text)
  if (known !== undefined) return known
  const source = `'sha256-${hash('sha256', text, 'base64')}'`
  if (sources.size < 100) sources.set(text, source)
  return source
}
