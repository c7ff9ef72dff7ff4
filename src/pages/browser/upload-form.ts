// The form with a script: files are chosen, checked, sent, and shown on their way.

import { isUploadError, type UploadFields } from '../../client/index.ts'
import type { ScriptData } from '../script-data.ts'
import { sayProblem } from '../words/problem-words.ts'
import { fill } from '../words/speech.ts'
import { recallBegun } from './begun-file.ts'
import { checkFile, checkFiles } from './check-files.ts'
import { make, makeButton } from './elements.ts'
import { makeRow, type FileRow } from './file-list.ts'
import { createPickers } from './pickers.ts'
import { createProgressView, type ProgressView } from './progress-view.ts'
import { showGone, showReceipt } from './receipt.ts'
import { sendFiles, type Sending } from './send-files.ts'

/** Brings a form to life. */
export function createUploadForm(form: HTMLFormElement, data: ScriptData): void {
  const { texts } = data
  const main = form.parentElement ?? form
  const live = main.querySelector('[role=status]') ?? main.appendChild(make('p', 'quiet'))
  const submit = form.querySelector<HTMLButtonElement>('button[type=submit]')
  const input = form.querySelector<HTMLInputElement>('input[type=file]')
  if (submit === null || input === null) return

  const url = location.href.replace(/#.*$/s, '')
  const list = make('ul', 'files')
  list.setAttribute('aria-label', texts.list)
  const error = make('div', 'error')
  error.id = 'error'
  error.hidden = true
  // What is put into it is read out at once (WCAG 2.2, 4.1.3).
  error.setAttribute('role', 'alert')
  const note = make('p', 'note')
  note.hidden = true
  const pause = makeButton('button', texts.pause, () => togglePause())
  const cancel = makeButton('button', texts.cancel, () => sending?.cancel())
  const pickers = createPickers(form, input, data, addFiles)
  const limits = form.querySelector('#limits')
  ;(limits ?? submit).after(note, error, list)
  submit.after(pause, cancel)
  form.noValidate = true
  input.required = false

  let rows: readonly FileRow[] = []
  let sending: Sending | null = null
  let view: ProgressView | null = null
  let isPaused = false

  const begun = recallBegun(url)
  if (begun !== null && data.maxFiles === 1) {
    note.textContent = fill(texts.begun, { name: begun })
    note.hidden = false
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send()
  })
  addEventListener('beforeunload', (event) => {
    if (sending !== null) event.preventDefault()
  })
  // A network that is gone shows late, or never, on the connection itself.
  addEventListener('offline', () => sending?.pause())
  addEventListener('online', () => {
    if (isPaused || sending === null) return
    sending.resume()
    view?.say(texts.sending)
  })
  update()

  function addFiles(files: readonly File[]): void {
    // A file that is chosen twice is meant once.
    const fresh = files.filter((file) => !rows.some((row) => isSame(row.file, file)))
    const kept = data.maxFiles === 1 ? [] : rows
    const added = (data.maxFiles === 1 ? files.slice(0, 1) : fresh).map((file) => {
      const row = makeRow(data, file, checkFile(data, file), () => removeRow(row))
      return row
    })
    setRows([...kept, ...added])
    const isTooMany = data.maxFiles === 1 && files.length > 1
    showError(isTooMany ? checkFiles(data, files) : whatIsWrong(true))
    if (added.some(({ file }) => file.name === begun)) note.hidden = true
  }

  function removeRow(row: FileRow): void {
    const at = rows.indexOf(row)
    setRows(rows.filter((other) => other !== row))
    showError(whatIsWrong(true))
    // The button that had the focus is gone.
    const next =
      rows[Math.min(at, rows.length - 1)]?.element.querySelector('button') ?? pickers.input
    next.focus()
  }

  function setRows(next: readonly FileRow[]): void {
    rows = next
    list.replaceChildren(...rows.map(({ element }) => element))
    update()
  }

  /** What keeps the files from being sent; not that there are none, where nobody has asked for it yet. */
  function whatIsWrong(isEarly = false): string | null {
    const faults = rows.flatMap(({ fault }) => fault ?? [])
    if (faults.length > 0) return faults.join('\n')
    if (rows.length === 0 && isEarly) return null
    return checkFiles(
      data,
      rows.map(({ file }) => file),
    )
  }

  function showError(text: string | null, about: HTMLElement = pickers.input): void {
    form.querySelectorAll('[aria-invalid]').forEach((element) => {
      element.removeAttribute('aria-invalid')
      element.removeAttribute('aria-errormessage')
    })
    pickers.input.setAttribute('aria-describedby', text === null ? 'limits' : 'error limits')
    error.hidden = text === null
    if (text === null) return error.replaceChildren()
    about.setAttribute('aria-invalid', 'true')
    about.setAttribute('aria-errormessage', 'error')
    error.replaceChildren(...text.split('\n').map((line) => make('p', '', make('bdi', '', line))))
  }

  /** The first field that must be filled in and is not. */
  function findMissing(): HTMLInputElement | HTMLTextAreaElement | null {
    const fields = form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
      '.field input, .field textarea',
    )
    return [...fields].find((field) => !field.validity.valid) ?? null
  }

  async function send(): Promise<void> {
    if (sending !== null) return
    const missing = findMissing()
    if (missing !== null) {
      const name = missing.labels?.[0]?.textContent ?? missing.name
      showError(fill(texts.fieldMissing, { name }), missing)
      return missing.focus()
    }
    const wrong = whatIsWrong()
    showError(wrong)
    if (wrong !== null) return pickers.input.focus()
    const files = rows.map(({ file }) => file)
    const fields = data.isFormOnly ? readFields(form) : null
    view = createProgressView(data, rows, live)
    sending = sendFiles(url, files, fields, (progress) => view?.show(progress))
    isPaused = false
    note.hidden = true
    update()
    try {
      await sending.ended
      sending = null
      showReceipt(main, data, files)
    } catch (cause) {
      sending = null
      view?.stop()
      fail(cause)
    }
  }

  function fail(cause: unknown): void {
    const problem = isUploadError(cause) ? cause : { code: 'unknown' }
    if (overCodes.has(problem.code)) return showGone(main, data)
    update()
    // It was cancelled, by whoever sees the page.
    if (cause instanceof DOMException && cause.name === 'AbortError') return submit?.focus()
    const [row, ...others] = rows
    const name = others.length === 0 ? (row?.file.name ?? null) : null
    showError(sayProblem(data, problem, name))
    if (submit !== null) submit.textContent = texts.retry
    submit?.focus()
  }

  function togglePause(): void {
    isPaused = !isPaused
    if (isPaused) sending?.pause()
    else sending?.resume()
    view?.say(isPaused ? texts.paused : texts.sending)
    update()
  }

  /** Shows what can be done now. */
  function update(): void {
    const isSending = sending !== null
    pickers.setDisabled(isSending)
    for (const row of rows) row.setRemovable(!isSending)
    for (const field of form.querySelectorAll<HTMLElement>('.field')) field.inert = isSending
    const canPause = isSending && sending?.canPause === true
    const hadFocus = document.activeElement === submit
    if (submit !== null) {
      submit.hidden = isSending
      submit.textContent = texts.send
    }
    pause.hidden = !canPause
    pause.textContent = isPaused ? texts.resume : texts.pause
    cancel.hidden = !isSending
    // The button that had the focus makes place for these.
    if (isSending && hadFocus) (canPause ? pause : cancel).focus()
    const isMany = data.maxFiles > 1
    if (rows.length > 0) pickers.setLabel(isMany ? texts.chooseMore : texts.chooseOther)
    else pickers.setLabel(isMany ? texts.chooseMany : texts.choose)
  }
}

/** The link has been used, by this file or another. */
const overCodes: ReadonlySet<string> = new Set(['slot-missing', 'answer-lost'])

function readFields(form: HTMLFormElement): UploadFields {
  const entries = [...new FormData(form)].filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(entries)
}

function isSame(one: File, other: File): boolean {
  return (
    one.name === other.name && one.size === other.size && one.lastModified === other.lastModified
  )
}
