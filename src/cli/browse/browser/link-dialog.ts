// The dialog that makes a link: for how long, to be seen or to be saved; to copy, or as a QR code.

import { make, makeButton } from '../../../pages/browser/elements.ts'
import type { ToldLink, ToldPage, ToldQr } from '../page/told.ts'
import { lastSegmentOf, showName } from '../page/shown-name.ts'
import { ask, sayFault } from './ask.ts'
import { copy } from './copy.ts'
import { sayTime } from './times.ts'

/** Shows the buttons that open it. */
export function showLinkButtons(within: HTMLElement, told: ToldPage): void {
  for (const button of within.querySelectorAll<HTMLButtonElement>('button[data-link]')) {
    button.hidden = false
    const name = button.dataset['link'] ?? ''
    button.addEventListener('click', () => openDialog(name, told))
  }
}

function openDialog(name: string, { lives, lifeSeconds }: ToldPage): void {
  const life = make('select', '')
  for (const { seconds, text } of lives)
    life.append(new Option(text, String(seconds), false, seconds === lifeSeconds))
  const download = make('input', '')
  download.type = 'checkbox'
  const url = make('input', 'url')
  url.readOnly = true
  url.setAttribute('aria-label', 'Link')
  const until = make('p', 'soft')
  until.setAttribute('role', 'status')
  const fault = make('div', 'error')
  fault.setAttribute('role', 'alert')
  fault.hidden = true
  const code = make('div', '')
  const copyButton = makeButton('button main', 'Copy', () => void copy(copyButton, url))
  const title = make('h2', '', 'Link to ', make('bdi', '', showName(lastSegmentOf(name))))
  title.id = 'link-title'
  const lifeField = make('div', 'field', label('Works for', life, 'link-life'), life)
  const dialog = make(
    'dialog',
    'plain',
    title,
    lifeField,
    make('label', 'check', download, 'Save the file, and don’t show it'),
    url,
    until,
    fault,
    make(
      'div',
      'actions',
      copyButton,
      makeButton('button', 'Close', () => dialog.close()),
    ),
    code,
  )
  dialog.setAttribute('aria-labelledby', title.id)
  // It is made anew each time: what was opened before is gone.
  dialog.addEventListener('close', () => dialog.remove())
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close()
  })

  let asked = 0
  async function renew(): Promise<void> {
    const own = ++asked
    const fields = new URLSearchParams({ name, life: life.value })
    if (download.checked) fields.set('download', 'yes')
    copyButton.disabled = true
    try {
      const link = await ask<ToldLink>('link', fields)
      // Another life was chosen meanwhile.
      if (own !== asked) return
      url.value = link.url
      until.textContent = `${sayEnd(link.expiresAt)} ${link.note}`.trim()
      code.replaceChildren(...(link.qr === null ? [] : [drawQr(link.qr)]))
      fault.hidden = true
      copyButton.disabled = false
    } catch (cause) {
      if (own !== asked) return
      url.value = ''
      until.textContent = ''
      code.replaceChildren()
      fault.textContent = sayFault(cause)
      fault.hidden = false
    }
  }

  life.addEventListener('change', () => void renew())
  download.addEventListener('change', () => void renew())
  document.body.append(dialog)
  dialog.showModal()
  void renew()
}

function label(text: string, field: HTMLElement, id: string): HTMLLabelElement {
  field.id = id
  const element = make('label', '', text)
  element.htmlFor = id
  return element
}

const svg = 'http://www.w3.org/2000/svg'

function drawQr({ size, path }: ToldQr): SVGElement {
  const picture = document.createElementNS(svg, 'svg')
  picture.setAttribute('class', 'qr')
  picture.setAttribute('role', 'img')
  picture.setAttribute('aria-label', 'QR code of the link')
  picture.setAttribute('viewBox', `0 0 ${size} ${size}`)
  picture.setAttribute('shape-rendering', 'crispEdges')
  const drawn = document.createElementNS(svg, 'path')
  drawn.setAttribute('d', path)
  picture.append(drawn)
  return picture
}

function sayEnd(expiresAt: string | null): string {
  if (expiresAt === null) return 'Works as long as the file is there.'
  return `Works until ${sayTime(expiresAt)}, or until the file changes.`
}
