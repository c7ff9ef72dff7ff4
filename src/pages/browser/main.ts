// The script of the upload page: makes more of the form that stands there.

import { createUploadForm } from './upload-form.ts'
import type { ScriptData } from '../script-data.ts'
import { fill, sayTime } from '../words/speech.ts'

const form = document.querySelector<HTMLFormElement>('form[data-page]')
if (form?.dataset['page'] !== undefined) {
  // The server wrote it; upload-page.ts has the same type.
  const data = JSON.parse(form.dataset['page']) as ScriptData
  const time = form.querySelector('time')
  if (time?.parentElement) {
    const told = sayTime(data, new Date(time.dateTime))
    time.parentElement.textContent = fill(data.texts.until, { time: told })
  }
  createUploadForm(form, data)
}
