// The page of a slot that takes an upload: a form that works as it is, and that the script makes more
// of. What the script needs to know stands in the form.

import { markup, type Html } from './html.ts'
import type { PageContent } from './document.ts'
import type { PageField, UploadPageOptions } from './page-options.ts'
import type { ScriptData } from './script-data.ts'
import { pageScript } from './script.ts'
import type { Language } from './words/choose-language.ts'
import { sayKinds } from './words/kinds.ts'
import { baseOf, fill, sayBytes, sayNumber, sayTime, type Speech } from './words/speech.ts'

/** A slot, as its page tells of it. */
export interface UploadPageSlot extends UploadPageOptions, Omit<ScriptData, keyof Speech> {
  readonly expiresMs: number
}

/** Makes the page. */
export function formatUploadPage({ lang, texts }: Language, slot: UploadPageSlot): PageContent {
  const speech: Speech = { lang, texts, base: baseOf(slot.maxBytes) }
  // The reader's time zone is known to the script alone, which says the time again in that.
  const limits = formatLimits(speech, slot, 'UTC')
  const isMany = slot.maxFiles > 1
  const title = slot.title ?? (isMany ? texts.uploadTitleMany : texts.uploadTitle)
  const { maxBytes, minBytes, maxFiles, maxTotalBytes, accept, isFormOnly } = slot
  const checked = { maxBytes, minBytes, maxFiles, maxTotalBytes, accept, isFormOnly }
  const data = JSON.stringify({ ...speech, ...checked } satisfies ScriptData)
  const main = markup`<h1 dir="auto">${title}</h1>
    ${paragraphsOf(slot.message ?? '')}
    <form method="post" enctype="multipart/form-data" data-page="${data}">
      ${(slot.fields ?? []).map((field) => formatField(field, speech))}
      <div class="drop">
        <label for="files">${isMany ? texts.chooseMany : texts.choose}</label>
        <input
          type="file"
          id="files"
          name="file"
          required
          aria-describedby="limits"
          ${isMany ? markup` multiple` : null}${accept === null ? null : markup` accept="${accept.join(',')}"`}
        />
      </div>
      <ul class="limits" id="limits">
        ${limits.map((limit) => markup`<li>${limit}</li> `)}
      </ul>
      <div class="actions"><button type="submit" class="button main">${texts.send}</button></div>
    </form>
    <p class="quiet" role="status"></p>`
  return { title, main, script: pageScript }
}

/** What a page tells of what is taken. */
export interface ToldLimits {
  readonly maxBytes: number
  readonly maxFiles: number
  readonly maxTotalBytes: number
  readonly accept: readonly string[] | null
  readonly expiresMs: number
}

/** What is taken, until when, in words; the time in `timeZone`, which is said with it. */
export function formatLimits(
  speech: Speech,
  slot: ToldLimits,
  timeZone: string,
): readonly (Html | string)[] {
  const { texts } = speech
  const { maxFiles, maxBytes, maxTotalBytes } = slot
  const kinds = sayKinds(speech, slot.accept)
  const size = sayBytes(speech, maxBytes)
  const until = new Date(slot.expiresMs)
  const time = markup`<time datetime="${until.toISOString()}">${sayTime(speech, until, timeZone)}</time>`
  const [before = '', after = ''] = texts.until.split('{time}')
  return [
    ...(kinds === null ? [] : [fill(texts.kinds, { kinds })]),
    ...(maxFiles > 1 ? [fill(texts.maxFiles, { count: sayNumber(speech, maxFiles) })] : []),
    fill(maxFiles > 1 ? texts.maxSizeEach : texts.maxSize, { size }),
    ...(maxFiles > 1 && maxTotalBytes < maxFiles * maxBytes
      ? [fill(texts.maxTotal, { size: sayBytes(speech, maxTotalBytes) })]
      : []),
    markup`${before}${time}${after}`,
  ]
}

function formatField(field: PageField, { texts }: Speech): Html {
  const { name, label, type = 'text', required = false, maxLength } = field
  const id = `field-${name}`
  const rules = markup`${required ? markup` required` : null}${maxLength === undefined ? null : markup` maxlength="${maxLength}"`}`
  const input =
    type === 'textarea'
      ? markup`<textarea id="${id}" name="${name}" dir="auto" ${rules}></textarea>`
      : markup`<input type="${type}" id="${id}" name="${name}" dir="auto" ${rules} />`
  const optional = required ? null : markup` <span>(${texts.optional})</span>`
  return markup`<div class="field"><label for="${id}">${label}${optional}</label>${input}</div> `
}

/** Paragraphs, which an empty line parts. */
export function paragraphsOf(message: string): readonly Html[] {
  return message
    .trim()
    .split(/\n[ \t\r]*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => markup`<p class="message" dir="auto">${paragraph}</p> `)
}
