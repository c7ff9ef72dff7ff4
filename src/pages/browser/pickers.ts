// How files are chosen: the form's own input, which stays what it is to keyboards and screen readers;
// a camera, where the device has one to hand; and by drawing them onto the page.

import type { ScriptData } from '../script-data.ts'
import { make } from './elements.ts'

/** The ways of choosing. */
export interface Pickers {
  /** The form's own input. */
  readonly input: HTMLInputElement
  /** Says what choosing does now: another file, or more of them. */
  setLabel(text: string): void
  setDisabled(isDisabled: boolean): void
}

/** Makes more of the form's own input. */
export function createPickers(
  form: HTMLFormElement,
  input: HTMLInputElement,
  data: ScriptData,
  onFiles: (files: readonly File[]) => void,
): Pickers {
  const { texts } = data
  const zone = input.parentElement ?? form
  const label = zone.querySelector('label')
  const button = make('span', 'button', label?.textContent ?? '')
  button.setAttribute('aria-hidden', 'true')
  const picks = make('div', 'picks')
  label?.classList.add('quiet')
  input.before(picks)
  picks.append(make('span', 'pick', input, button))
  const inputs = [input]
  const isTouched = matchMedia('(pointer: coarse)').matches
  if (isTouched && takesPictures(data.accept)) {
    const camera = make('input', '')
    camera.type = 'file'
    camera.accept = 'image/*'
    camera.setAttribute('capture', 'environment')
    camera.setAttribute('aria-label', texts.camera)
    const shown = make('span', 'button', texts.camera)
    shown.setAttribute('aria-hidden', 'true')
    picks.append(make('span', 'pick', camera, shown))
    inputs.push(camera)
  }
  if (!isTouched) zone.append(make('p', 'hint', data.maxFiles > 1 ? texts.dropMany : texts.drop))

  let isDisabled = false
  for (const each of inputs)
    each.addEventListener('change', () => {
      const files = [...(each.files ?? [])]
      // So that the same file can be chosen once more.
      each.value = ''
      if (files.length > 0) onFiles(files)
    })
  listenForDrops(zone, (files) => {
    if (!isDisabled) onFiles(files)
  })
  return {
    input,
    setLabel(text) {
      button.textContent = text
      if (label !== null) label.textContent = text
    },
    setDisabled(wanted) {
      isDisabled = wanted
      zone.hidden = wanted
    },
  }
}

function takesPictures(accept: readonly string[] | null): boolean {
  return (
    accept === null ||
    accept.some((entry) => /^(?:image\/(?:\*|jpe?g)|\*\/\*|\.jpe?g)$/.test(entry))
  )
}

/** Drops count anywhere on the page: beside the zone the browser would leave the page for the file. */
function listenForDrops(zone: Element, onFiles: (files: readonly File[]) => void): void {
  let depth = 0
  const mark = (): void => void zone.classList.toggle('over', depth > 0)
  const hasFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes('Files') === true
  addEventListener('dragenter', (event) => {
    if (hasFiles(event)) depth += 1
    mark()
  })
  addEventListener('dragleave', (event) => {
    if (hasFiles(event)) depth = Math.max(0, depth - 1)
    mark()
  })
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault()
  })
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    depth = 0
    mark()
    onFiles([...(event.dataTransfer?.files ?? [])])
  })
}
