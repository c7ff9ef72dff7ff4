// The page that a person sees who opens a request's link, and the plain form that follows where slots
// have no page of their own. Pure: values in, HTML out. No script, no outside resource, one style that
// the page's policy names by its digest; every text of others is escaped.

import { hash } from 'node:crypto'
import { pageWords, type PageFault, type PageLanguage } from './page-words.ts'

/** What a page tells. */
export interface RequestPageValues {
  readonly language: PageLanguage
  readonly title: string | null
  readonly message: string | null
  readonly until: Date
  /** The zone that `until` is told in, as `Intl` names it. */
  readonly timeZone: string
  readonly maxBytes: number
  readonly maxFiles: number
  readonly accept: readonly string[] | null
  /** Names the try that the form makes, so that sending it twice takes one place. */
  readonly key: string
  readonly needsName: boolean
  readonly needsPassword: boolean
  /** The name as it was given before; `''` at first. */
  readonly name: string
  /** What was wrong; `null` at first. */
  readonly fault: PageFault | null
}

/** The page of a request: what is asked for, and what to give before one can send. */
export function renderRequestPage(values: RequestPageValues): string {
  const words = pageWords[values.language]
  const { fault } = values
  const faultId = 'fault'
  const alert =
    fault === null ? '' : `<p class="fault" id="${faultId}" role="alert">${words.faults[fault]}</p>`
  const describe = (which: PageFault, hint: string): string =>
    fault === which
      ? ` aria-invalid="true" aria-describedby="${faultId}${hint}"`
      : hint === ''
        ? ''
        : ` aria-describedby="${hint.trim()}"`
  const name = values.needsName
    ? `<label for="name">${words.name}</label><p class="hint" id="hint">${words.nameHint}</p>` +
      `<input id="name" name="name" autocomplete="name" maxlength="100" required dir="auto" value="${escapeHtml(values.name)}"${describe('name', ' hint')}>`
    : ''
  const password = values.needsPassword
    ? `<label for="password">${words.password}</label>` +
      `<input id="password" name="password" type="password" autocomplete="off" maxlength="200" required${describe('password', '')}>`
    : ''
  const form =
    `<form method="post"><input type="hidden" name="key" value="${escapeHtml(values.key)}">` +
    `${name}${password}<button>${words.goOn}</button></form>`
  return renderPage(values, `${alert}${form}`)
}

/** What the plain upload form needs besides. */
export interface UploadFormValues extends Omit<
  RequestPageValues,
  'key' | 'needsName' | 'needsPassword' | 'name' | 'fault'
> {
  /** Where the form goes. */
  readonly slotUrl: string
}

/** A plain form for the files, for browsers without anything. */
export function renderUploadForm(values: UploadFormValues): string {
  const words = pageWords[values.language]
  const accept = values.accept === null ? '' : ` accept="${escapeHtml(values.accept.join(','))}"`
  const multiple = values.maxFiles > 1 ? ' multiple' : ''
  return renderPage(
    values,
    `<form method="post" enctype="multipart/form-data" action="${escapeHtml(values.slotUrl)}">` +
      `<label for="file">${words.files(values.maxFiles)}</label>` +
      `<input id="file" name="file" type="file" required${multiple}${accept}>` +
      `<button>${words.send}</button></form>`,
  )
}

type PageFrame = Omit<UploadFormValues, 'slotUrl'>

function renderPage(values: PageFrame, body: string): string {
  const { language, title, message } = values
  const heading = escapeHtml(title ?? pageWords[language].heading)
  const said = message === null ? '' : `<p class="message" dir="auto">${escapeHtml(message)}</p>`
  return (
    `<!doctype html>\n<html lang="${language}"><head><meta charset="utf-8">` +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<meta name="robots" content="noindex"><title>${heading}</title><style>${style}</style></head>` +
    `<body><main><h1 dir="auto">${heading}</h1>${said}${renderTerms(values)}${body}</main></body></html>\n`
  )
}

function renderTerms(values: PageFrame): string {
  const { language, until, timeZone, maxBytes, maxFiles, accept } = values
  const words = pageWords[language]
  const time = new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  }).format(until)
  const terms = [
    `${words.until} <time datetime="${until.toISOString()}">${escapeHtml(time)}</time>`,
    words.atMostFiles(maxFiles),
    words.atMostBytes(formatSize(maxBytes, language)),
    ...(accept === null ? [] : [words.kinds(escapeHtml(accept.join(', ')))]),
  ]
  return `<ul>${terms.map((term) => `<li>${term}</li>`).join('')}</ul>`
}

/** A size as people say it, never more than it is: `100 MB`, `1.5 GB`. */
function formatSize(bytes: number, language: PageLanguage): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  let unit = 0
  let count = bytes
  while (count >= 1000 && unit < units.length - 1) {
    count /= 1000
    unit += 1
  }
  const shown = count < 10 ? Math.floor(count * 10) / 10 : Math.floor(count)
  return `${new Intl.NumberFormat(language).format(shown)} ${units[unit] ?? 'B'}`
}

/** A text as HTML's text, or the value of an attribute between double quotes. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const style = [
  ':root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}',
  'body{margin:0;padding:1.5rem;overflow-wrap:anywhere}',
  'main{max-width:34rem;margin:0 auto}',
  'h1{font-size:1.6rem;line-height:1.25;margin:0 0 .75rem}',
  '.message{white-space:pre-line}',
  'ul{padding-inline-start:1.25rem}',
  'label{display:block;font-weight:600;margin-top:1.25rem}',
  '.hint{margin:0}',
  'input:not([type=hidden]){box-sizing:border-box;width:100%;min-height:2.75rem;padding:.5rem;font:inherit;margin-top:.25rem;border:1px solid #767676;border-radius:.25rem}',
  'button{margin-top:1.5rem;min-height:2.75rem;padding:.5rem 1.5rem;font:inherit;font-weight:600;color:#fff;background:#0b57d0;border:2px solid #0b57d0;border-radius:.25rem}',
  ':focus-visible{outline:3px solid;outline-offset:2px}',
  '.fault{padding:.75rem;border:2px solid #c5221f;border-radius:.25rem;font-weight:600}',
].join('')

/** The headers that every page of ours goes out with. */
export const requestPageHeaders: readonly string[] = [
  'Content-Type',
  'text/html; charset=utf-8',
  'Content-Security-Policy',
  `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'Cache-Control',
  'no-store',
  'Referrer-Policy',
  'no-referrer',
  'X-Content-Type-Options',
  'nosniff',
  'X-Robots-Tag',
  'noindex',
  'Vary',
  'Accept, Accept-Language',
]
