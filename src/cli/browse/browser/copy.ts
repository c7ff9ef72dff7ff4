// Copying, and what screen readers hear of it.

import { setText } from '../../../pages/browser/elements.ts'

/** Says something to those who do not see it. */
export function say(text: string): void {
  const live = document.querySelector('main > [role=status]')
  if (live !== null) setText(live, text)
}

/** Shows the buttons that copy a link. */
export function showCopyButtons(within: HTMLElement): void {
  for (const button of within.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    const field = button.parentElement?.querySelector<HTMLInputElement>('input.url') ?? null
    button.hidden = false
    button.addEventListener('click', () => void copy(button, field))
  }
}

const showsMs = 2000

/** Copies what is in a field, and says so on the button. */
export async function copy(
  button: HTMLButtonElement,
  field: HTMLInputElement | null,
): Promise<void> {
  if (field === null) return
  const isCopied = await copyText(field)
  const text = isCopied ? 'Copied' : 'Press Ctrl+C'
  button.textContent = text
  say(isCopied ? 'The link is copied.' : 'The link is selected: copy it.')
  setTimeout(() => (button.textContent = 'Copy'), showsMs)
}

/** Over plain HTTP to a network's address there is no clipboard: the old way does it there. */
async function copyText(field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(field.value)
    return true
  } catch {
    field.focus()
    field.select()
    // oxlint-disable-next-line typescript/no-deprecated -- nothing else is left there
    return document.execCommand('copy')
  }
}
