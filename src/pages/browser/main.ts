// The script of the upload page: makes more of the form that stands there.

import { createUploadForm } from './upload-form.ts'
import type { ScriptData } from '../script-data.ts'
import { fill, sayTime } from '../words/speech.ts'

const form = document.querySelector<HTMLFormElement>('form[data-page]')
if (form?.dataset['page'] !== undefined) {
  // The server wrote it; upload-page.ts has the same type.
  const told = JSON.parse(form.dataset['page']) as ScriptData
  // Numbers and dates as they are written where the reader is: `en-GB`, where the page is in `en`.
  const lang = navigator.languages.find((own) => isOfLanguage(own, told.lang)) ?? told.lang
  const data = { ...told, lang }
  const time = form.querySelector('time')
  if (time?.parentElement) {
    const until = sayTime(data, new Date(time.dateTime))
    time.parentElement.textContent = fill(data.texts.until, { time: until })
  }
  createUploadForm(form, data)
}

/** Browsers take from their system what is no language to Intl, such as `en-US@posix`. */
function isOfLanguage(own: string, lang: string): boolean {
  try {
    return new Intl.Locale(own).language === lang
  } catch {
    return false
  }
}
