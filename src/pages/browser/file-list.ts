// The files that were chosen, as a list that people see: what each is, how far it is, what is wrong.

import { fill, sayBytes, type Speech } from '../words/speech.ts'
import { make, makeButton, setText } from './elements.ts'

/** One file of the list. */
export interface FileRow {
  readonly file: File
  readonly element: HTMLLIElement
  /** What is wrong with it; `null`: nothing. */
  readonly fault: string | null
  /** Says how it is going; a share is 0 to 1, `null` shows no bar. */
  show(state: string, share: number | null): void
  /** Whether it can be taken out. */
  setRemovable(isRemovable: boolean): void
}

/** Makes a row. */
export function makeRow(
  speech: Speech,
  file: File,
  fault: string | null,
  onRemove: () => void,
): FileRow {
  const { texts } = speech
  const { name } = file
  const size = sayBytes(speech, file.size)
  const label = make('bdi', '', name)
  const state = make('div', 'state', fault ?? `${size} · ${texts.ready}`)
  const bar = make('progress', '')
  bar.max = 1
  bar.hidden = true
  bar.setAttribute('aria-label', name)
  const remove = makeButton('button small', texts.remove, onRemove)
  remove.setAttribute('aria-label', fill(texts.removeNamed, { name }))
  const element = make(
    'li',
    fault === null ? '' : 'wrong',
    makeThumbnail(file),
    make('div', 'name', label),
    state,
    remove,
    bar,
  )
  return {
    file,
    element,
    fault,
    show(text, share) {
      setText(state, `${size} · ${text}`)
      bar.hidden = share === null
      if (share !== null) bar.value = share
    },
    setRemovable(isRemovable) {
      remove.hidden = !isRemovable
    },
  }
}

/** Formats that browsers draw; of the others the suffix stands there. */
const drawn = /^image\/(?:jpeg|png|gif|webp|avif|bmp|heic|heif)$/

function makeThumbnail(file: File): HTMLElement {
  const suffix = /\.([A-Za-z0-9]{1,4})$/.exec(file.name)?.[1] ?? ''
  const thumb = make('div', 'thumb', suffix)
  thumb.setAttribute('aria-hidden', 'true')
  if (!drawn.test(file.type)) return thumb
  const image = make('img', '')
  image.alt = ''
  image.decoding = 'async'
  const url = URL.createObjectURL(file)
  image.addEventListener('load', () => {
    thumb.replaceChildren(image)
    URL.revokeObjectURL(url)
  })
  image.addEventListener('error', () => URL.revokeObjectURL(url))
  image.src = url
  return thumb
}
