// The pages that only tell: that a link does not work, what was wrong with an upload, what arrived.
// None runs a script.

import { markup, type Html } from './html.ts'
import type { PageContent } from './document.ts'
import type { Language } from './words/choose-language.ts'
import { sayProblem, type ToldProblem } from './words/problem-words.ts'
import { baseOf, sayBytes, type Speech } from './words/speech.ts'

/** A file, as a receipt tells of it. */
export interface ReceiptFile {
  readonly name: string
  readonly sizeBytes: number
}

/** The one page of every link that does not work: why, it does not know. */
export function formatGonePage({ texts }: Language): PageContent {
  const main = markup`${markOf('off', closed)}
    <h1>${texts.goneTitle}</h1>
    <p>${texts.gone}</p>`
  return { title: texts.goneTitle, main }
}

/** What was wrong with an upload, and the way back. */
export function formatProblemPage({ lang, texts }: Language, problem: ToldProblem): PageContent {
  const limit = typeof problem.limit === 'number' ? problem.limit : 0
  const speech: Speech = { lang, texts, base: baseOf(limit) }
  const main = markup`<h1>${texts.problemTitle}</h1>
    <p class="error" dir="auto">${sayProblem(speech, problem, null)}</p>
    <div class="actions"><a class="button main" href="">${texts.again}</a></div>`
  return { title: texts.problemTitle, main }
}

/** What arrived. */
export function formatReceiptPage(
  { lang, texts }: Language,
  files: readonly ReceiptFile[],
): PageContent {
  const speech: Speech = { lang, texts, base: 1024 }
  const sumBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const row = (name: Html, bytes: number, kind: Html | null = null): Html =>
    markup`<li${kind}><span>${name}</span><span>${sayBytes(speech, bytes)}</span></li>\n`
  const main = markup`${markOf('on', tick)}
    <h1>${texts.receiptTitle}</h1>
    <p>${files.length === 1 ? texts.receipt : texts.receiptMany}</p>
    <ul class="done">
      ${files.map(({ name, sizeBytes }) => row(markup`<bdi>${name}</bdi>`, sizeBytes))}${
        files.length > 1 ? row(markup`${texts.total}`, sumBytes, markup` class="sum"`) : null
      }
    </ul>
    <p class="soft">${texts.close}</p>`
  return { title: texts.receiptTitle, main }
}

function markOf(kind: 'on' | 'off', path: string): Html {
  return markup`<div class="${kind === 'on' ? 'mark' : 'mark off'}" aria-hidden="true">
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2.5"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d="${path}" />
    </svg>
  </div> `
}

const tick = 'M5 12.5l4.5 4.5L19 7.5'
const closed = 'M6 6l12 12M18 6L6 18'
