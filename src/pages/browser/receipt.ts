// What arrived, in the place of the form.

import { fill, sayBytes, type Speech } from '../words/speech.ts'
import { make } from './elements.ts'

/** Shows what arrived, and takes the reader there. */
export function showReceipt(main: Element, speech: Speech, files: readonly File[]): void {
  const { texts } = speech
  const sumBytes = files.reduce((sum, { size }) => sum + size, 0)
  const list = make('ul', 'done')
  for (const { name, size } of files) list.append(makeLine(make('bdi', '', name), speech, size))
  if (files.length > 1) {
    const sum = makeLine(texts.total, speech, sumBytes)
    sum.className = 'sum'
    list.append(sum)
  }
  const mark = makeMark('M5 12.5l4.5 4.5L19 7.5')
  show(main, mark, texts.receiptTitle, [
    make('p', '', files.length === 1 ? texts.receipt : texts.receiptMany),
    list,
    make('p', 'soft', texts.close),
  ])
}

/** Says that the link works no more. */
export function showGone(main: Element, { texts }: Speech): void {
  const mark = makeMark('M6 6l12 12M18 6L6 18')
  mark.classList.add('off')
  show(main, mark, texts.goneTitle, [make('p', '', fill(texts.gone, {}))])
}

function show(main: Element, mark: Element, title: string, content: readonly Node[]): void {
  const brand = main.querySelector('.brand')
  const heading = make('h1', '', title)
  heading.tabIndex = -1
  main.replaceChildren(...(brand === null ? [] : [brand]), mark, heading, ...content)
  document.title = title
  scrollTo(0, 0)
  // A screen reader begins to read here.
  heading.focus()
}

function makeLine(name: Node | string, speech: Speech, bytes: number): HTMLLIElement {
  return make('li', '', make('span', '', name), make('span', '', sayBytes(speech, bytes)))
}

function makeMark(path: string): Element {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  const line = document.createElementNS(space, 'path')
  const attributes = {
    viewBox: '0 0 24 24',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '2.5',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  }
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value)
  line.setAttribute('d', path)
  svg.append(line)
  const mark = make('div', 'mark', svg)
  mark.setAttribute('aria-hidden', 'true')
  return mark
}
