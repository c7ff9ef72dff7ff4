// Files that are dropped onto the page, or chosen, go into the folder that is shown: a few at once, each
// by a slot of its own, so that a large one goes on where it stopped.

import { upload, type UploadProgress } from '../../../client/index.ts'
import { make, makeButton, setText } from '../../../pages/browser/elements.ts'
import { formatSize } from '../../byte-size.ts'
import { showName } from '../page/shown-name.ts'
import type { ToldPage, ToldSlot } from '../page/told.ts'
import { ask, sayFault } from './ask.ts'
import { say } from './copy.ts'

const mostAtOnce = 3
/** What is said once the page has been loaded again. */
const saidKey = 'titofisto-browse-said'

/** Takes files. */
export function takeUploads(owner: HTMLElement, { folder }: ToldPage): void {
  const list = owner.querySelector<HTMLElement>('#sends')
  const form = owner.querySelector<HTMLFormElement>('#upload')
  if (list === null || form === null) return
  const rows = list
  const waiting: Send[] = []
  let runningCount = 0
  let sentCount = 0
  let failedCount = 0

  function add(files: readonly File[], folderCount = 0): void {
    if (files.length + folderCount === 0) return
    if (runningCount === 0 && waiting.length === 0) {
      // What is over makes place for what begins.
      rows.replaceChildren()
      sentCount = 0
      failedCount = 0
    }
    rows.hidden = false
    if (folderCount > 0) tellFolders()
    for (const file of files) waiting.push(makeSend(rows, file, folder))
    say(files.length === 1 ? 'One file is being sent.' : `${files.length} files are being sent.`)
    goOn()
  }

  function tellFolders(): void {
    failedCount++
    const text = 'Folders can’t be uploaded. Open them, and drop what is in them.'
    rows.append(make('li', '', make('span', 'state bad', text)))
  }

  function goOn(): void {
    while (runningCount < mostAtOnce) {
      const next = waiting.shift()
      if (next === undefined) break
      runningCount++
      void follow(next)
    }
    if (runningCount === 0 && waiting.length === 0 && sentCount + failedCount > 0) end()
  }

  async function follow(send: Send): Promise<void> {
    const isSent = await send.run()
    runningCount--
    if (isSent) sentCount++
    else failedCount++
    goOn()
  }

  function end(): void {
    const sent =
      sentCount === 1 ? 'One file is here now.' : `${sentCount || 'No'} files are here now.`
    say(failedCount === 0 ? sent : `${sent} ${failedCount} did not arrive.`)
    // What failed stays to be seen; what is there now is shown by the page itself.
    if (failedCount > 0 || document.querySelector('dialog[open]') !== null) return
    sessionStorage.setItem(saidKey, sent)
    location.reload()
  }

  addEventListener('beforeunload', (event) => {
    if (runningCount > 0) event.preventDefault()
  })
  takeChosen(form, add)
  takeDropped(add)
  const hint = owner.querySelector<HTMLElement>('#drop-hint')
  if (hint !== null) hint.hidden = false
  const said = sessionStorage.getItem(saidKey)
  if (said !== null) {
    sessionStorage.removeItem(saidKey)
    const note = make('p', 'note', said)
    rows.after(note)
    say(said)
  }
}

/** The button opens the browser's own dialog, in the place of the slot's page. */
function takeChosen(form: HTMLFormElement, add: (files: readonly File[]) => void): void {
  const input = make('input', '')
  input.type = 'file'
  input.multiple = true
  input.hidden = true
  input.setAttribute('aria-label', 'Files to upload')
  input.addEventListener('change', () => {
    add([...(input.files ?? [])])
    input.value = ''
  })
  form.append(input)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    input.click()
  })
}

function takeDropped(add: (files: readonly File[], folderCount: number) => void): void {
  const root = document.documentElement
  const hasFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes('Files') === true
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    root.classList.add('over')
  })
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) root.classList.remove('over')
  })
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    root.classList.remove('over')
    const { files, folderCount } = filesOf(event.dataTransfer)
    add(files, folderCount)
  })
}

/** Those that are files: of a folder browsers give a name and nothing to read. */
function filesOf(dropped: DataTransfer | null): {
  readonly files: readonly File[]
  readonly folderCount: number
} {
  const files: File[] = []
  let folderCount = 0
  for (const item of dropped?.items ?? []) {
    const file = item.kind === 'file' ? item.getAsFile() : null
    if (file === null) continue
    if (item.webkitGetAsEntry()?.isDirectory === true) folderCount++
    else files.push(file)
  }
  return { files, folderCount }
}

/** A file on its way. */
interface Send {
  /** Sends it, and gives whether it has arrived. Never rejects. */
  run(): Promise<boolean>
}

function makeSend(list: HTMLElement, file: File, folder: string): Send {
  const state = make('span', 'state', `${formatSize(file.size)} · waits`)
  const bar = make('progress', '')
  bar.max = 1
  bar.value = 0
  bar.setAttribute('aria-label', file.name)
  const ending = new AbortController()
  const cancel = makeButton('button small', 'Cancel', () => ending.abort())
  cancel.setAttribute('aria-label', `Cancel ${file.name}`)
  list.append(make('li', '', make('bdi', 'name', showName(file.name)), state, cancel, bar))

  function fail(text: string): false {
    state.classList.add('bad')
    setText(state, text)
    bar.remove()
    cancel.remove()
    return false
  }

  async function run(): Promise<boolean> {
    if (ending.signal.aborted) return fail('Cancelled')
    try {
      const fields = new URLSearchParams({ folder, size: String(file.size) })
      const slot = await ask<ToldSlot>('upload', fields)
      await upload(slot.url, file, {
        signal: ending.signal,
        onProgress: (progress) => {
          bar.value = progress.totalBytes === 0 ? 1 : progress.sentBytes / progress.totalBytes
          setText(state, sayProgress(progress))
        },
      })
    } catch (cause) {
      if (ending.signal.aborted) return fail('Cancelled')
      // The client's errors are in words for people.
      return fail(
        cause instanceof Error && cause.name === 'UploadError' ? cause.message : sayFault(cause),
      )
    }
    setText(state, `${formatSize(file.size)} · sent`)
    bar.remove()
    cancel.remove()
    return true
  }

  return { run }
}

function sayProgress({
  state,
  sentBytes,
  totalBytes,
  bytesPerSecond,
  secondsLeft,
}: UploadProgress): string {
  const amount = `${formatSize(sentBytes)} of ${formatSize(totalBytes)}`
  if (state === 'waiting') return `${amount} · the connection was lost, and is tried again`
  if (state === 'handling') return `${formatSize(totalBytes)} · is being saved`
  const speed = bytesPerSecond === null ? '' : ` · ${formatSize(bytesPerSecond)}/s`
  const left = secondsLeft === null ? '' : ` · ${sayLeft(secondsLeft)} left`
  return amount + speed + left
}

function sayLeft(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`
}
