// What is open now, looked at every other second: by one request after the other, and only while
// somebody sees the page.

import { make, setText } from '../../../pages/browser/elements.ts'
import type { OpenRow, ToldNow } from '../page/told.ts'
import { look, sayFault } from './ask.ts'

const everyMs = 2000
/** A server that does not answer is asked less often. */
const afterFaultMs = 10_000

/** Keeps the lists fresh, where they are. */
export function watchNow(within: HTMLElement): void {
  const transfers = within.querySelector<HTMLElement>('#transfers')
  const slots = within.querySelector<HTMLElement>('#slots')
  const more = within.querySelector<HTMLElement>('#more')
  const fault = within.querySelector<HTMLElement>('#fault')
  if (transfers === null || slots === null) return

  function tellFault(text: string): void {
    if (fault === null) return
    setText(fault, text)
    fault.hidden = text === ''
  }

  async function renew(): Promise<number> {
    if (document.hidden) return everyMs
    try {
      const now = await look<ToldNow>('now.json')
      show(within, transfers, now.transfers)
      show(within, slots, now.slots)
      if (more !== null) more.hidden = !now.hasMore
      tellFault('')
      return everyMs
    } catch (cause) {
      tellFault(sayFault(cause))
      return afterFaultMs
    }
  }

  async function goOn(): Promise<void> {
    const pauseMs = await renew()
    setTimeout(() => void goOn(), pauseMs)
  }
  setTimeout(() => void goOn(), everyMs)
}

/** Rows that stay keep their elements: a button that has the focus keeps it. */
function show(within: HTMLElement, list: HTMLElement | null, rows: readonly OpenRow[]): void {
  if (list === null) return
  const known = new Map<string, HTMLElement>()
  for (const element of list.querySelectorAll<HTMLElement>(':scope > li'))
    known.set(element.dataset['key'] ?? '', element)
  const shown = rows.map((row) => {
    const element = known.get(row.key) ?? makeRow(row)
    known.delete(row.key)
    update(element, row)
    return element
  })
  for (const gone of known.values()) gone.remove()
  for (const [at, element] of shown.entries())
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null)
  const empty = within.querySelector<HTMLElement>(`[data-for="${list.id}"]`)
  if (empty !== null) empty.hidden = rows.length > 0
}

function makeRow({ key, title }: OpenRow): HTMLElement {
  const element = make('li', '', make('strong', '', make('bdi', '', title)), make('span', 'state'))
  element.dataset['key'] = key
  return element
}

function update(element: HTMLElement, { title, detail, share, slotId }: OpenRow): void {
  const state = element.querySelector('.state')
  if (state !== null) setText(state, detail)
  const bar = element.querySelector('progress')
  if (share === null) bar?.remove()
  else if (bar === null) element.append(makeBar(title, share))
  else bar.value = share
  const form = element.querySelector('form')
  if (slotId === null) form?.remove()
  else if (form === null) element.append(makeRevoke(slotId))
}

function makeBar(title: string, share: number): HTMLProgressElement {
  const bar = make('progress', '')
  bar.max = 1
  bar.value = share
  bar.setAttribute('aria-label', title)
  return bar
}

function makeRevoke(slotId: string): HTMLFormElement {
  const id = make('input', '')
  id.type = 'hidden'
  id.name = 'id'
  id.value = slotId
  const button = make('button', 'button small', 'Take back')
  const form = make('form', '', id, button)
  form.method = 'post'
  form.action = 'revoke'
  return form
}
