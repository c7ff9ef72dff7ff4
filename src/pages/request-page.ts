// The page of a file request: what is asked for, and what to give before one can send. It has no
// script: the files are sent by the page of the slot that its form leads to.

import type { PageContent } from './document.ts'
import { markup, type Html } from './html.ts'
import { formatLimits, paragraphsOf, type ToldLimits } from './upload-page.ts'
import type { Language } from './words/choose-language.ts'
import { baseOf, type Speech } from './words/speech.ts'
import type { PageTexts } from './words/page-texts.ts'

/** What was wrong with what a person gave. */
export type RequestFault = 'name' | 'password' | 'full' | 'busy' | 'unreadable'

/** A request, as its page tells of it. */
export interface RequestPageValues extends ToldLimits {
  readonly title: string | null
  readonly message: string | null
  /** Names the try that the form makes, so that sending it twice takes one place. */
  readonly key: string
  readonly needsName: boolean
  readonly needsPassword: boolean
  /** The name as it was given before; `''` at first. */
  readonly name: string
  /** `null` at first. */
  readonly fault: RequestFault | null
}

/** Makes the page. */
export function formatRequestPage(
  { lang, texts }: Language,
  values: RequestPageValues,
): PageContent {
  const speech: Speech = { lang, texts, base: baseOf(values.maxBytes) }
  const title = values.title ?? (values.maxFiles > 1 ? texts.uploadTitleMany : texts.uploadTitle)
  const { fault } = values
  const alert =
    fault === null
      ? null
      : markup`<p class="error" id="fault" role="alert">${texts[faultTexts[fault]]}</p>`
  // The time zone of who reads is not known without a script; the server's is said with the time.
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const main = markup`<h1 dir="auto">${title}</h1>
    ${paragraphsOf(values.message ?? '')}
    <ul class="limits">
      ${formatLimits(speech, values, timeZone).map((limit) => markup`<li>${limit}</li> `)}
    </ul>
    ${alert}
    <form method="post">
      <input type="hidden" name="key" value="${values.key}" />
      ${values.needsName ? formatName(texts, values) : null}
      ${values.needsPassword ? formatPassword(texts, fault) : null}
      <div class="actions"><button class="button main">${texts.goOn}</button></div>
    </form>`
  return { title, main, hasForm: true }
}

function formatName(texts: PageTexts, { name, fault }: RequestPageValues): Html {
  const rules = fault === 'name' ? markup` aria-invalid="true"` : null
  const describedBy = fault === 'name' ? 'fault name-hint' : 'name-hint'
  return markup`<div class="field">
      <label for="name">${texts.personName}</label>
      <input id="name" name="name" autocomplete="name" maxlength="100" required dir="auto" value="${name}" aria-describedby="${describedBy}"${rules} />
      <p class="soft" id="name-hint">${texts.personNameHint}</p>
    </div>`
}

function formatPassword(texts: PageTexts, fault: RequestFault | null): Html {
  const rules = fault === 'password' ? markup` aria-invalid="true" aria-describedby="fault"` : null
  return markup`<div class="field">
      <label for="password">${texts.password}</label>
      <input id="password" name="password" type="password" autocomplete="off" maxlength="200" required${rules} />
    </div>`
}

const faultTexts = {
  name: 'personNameMissing',
  password: 'passwordWrong',
  full: 'requestFull',
  busy: 'requestBusy',
  unreadable: 'requestUnreadable',
} as const satisfies Record<RequestFault, keyof PageTexts>
