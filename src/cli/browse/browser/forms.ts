// Forms that change something are sent by the script, which says by `Origin` where it is from; a
// browser's own form says nothing of it where the page has no referrer, and over plain HTTP nothing else
// does.

import { ask, sayFault } from './ask.ts'
import { make } from '../../../pages/browser/elements.ts'

/** Takes the forms over. */
export function enliven(within: HTMLElement): void {
  within.addEventListener('submit', (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || form.method !== 'post' || form.id === 'upload') return
    event.preventDefault()
    void send(form)
  })
}

const whereTo: Readonly<Record<string, (told: { readonly id?: string }) => string>> = {
  request: ({ id = '' }) => `requests?${new URLSearchParams({ made: id }).toString()}`,
}

async function send(form: HTMLFormElement): Promise<void> {
  const button = form.querySelector('button')
  const fault = form.querySelector<HTMLElement>('[role=alert]') ?? makeFault(form)
  const fields = new URLSearchParams()
  for (const [name, value] of new FormData(form))
    if (typeof value === 'string') fields.append(name, value)
  if (button !== null) button.disabled = true
  try {
    const action = form.getAttribute('action') ?? ''
    const told = await ask<{ readonly id?: string }>(action, fields)
    const next = whereTo[action]?.(told)
    if (next === undefined) location.reload()
    else location.assign(next)
  } catch (cause) {
    if (button !== null) button.disabled = false
    fault.textContent = sayFault(cause)
    fault.hidden = false
  }
}

function makeFault(form: HTMLFormElement): HTMLElement {
  const fault = make('p', 'error')
  fault.setAttribute('role', 'alert')
  fault.hidden = true
  form.append(fault)
  return fault
}
