// What `<titofisto-upload>` is made of: the native file input, which every browser, phone and screen
// reader knows, and what is said beside it.

/** The parts that change. */
export interface UploadElementView {
  readonly labelText: HTMLElement
  readonly input: HTMLInputElement
  readonly progress: HTMLProgressElement
  readonly status: HTMLElement
  readonly error: HTMLElement
  readonly toggle: HTMLButtonElement
  readonly cancel: HTMLButtonElement
  readonly retry: HTMLButtonElement
  show(view: {
    readonly state: 'idle' | 'busy' | 'done' | 'failed'
    readonly status: string
    readonly error: string
  }): void
}

/** Builds it. */
export function createView(root: ShadowRoot): UploadElementView {
  const box = make('div', 'box')
  const label = make('label', 'label')
  const labelText = make('slot', '')
  const input = make('input', 'input')
  const progress = make('progress', 'progress')
  const buttons = make('div', 'buttons')
  const [toggle, cancel, retry] = [makeButton(), makeButton(), makeButton()]
  const status = make('p', 'status')
  const error = make('p', 'error')
  input.type = 'file'
  input.id = 'input'
  label.htmlFor = 'input'
  status.id = 'status'
  error.id = 'error'
  // Changes are read out, without the focus being moved (WCAG 4.1.3); an error at once (3.3.1).
  status.setAttribute('role', 'status')
  error.setAttribute('role', 'alert')
  input.setAttribute('aria-describedby', 'status error')
  progress.max = 1
  label.append(labelText)
  buttons.append(toggle, cancel, retry)
  box.append(label, input, progress, buttons, status, error)
  root.append(box)
  const view: UploadElementView = {
    labelText,
    input,
    progress,
    status,
    error,
    toggle,
    cancel,
    retry,
    show({ state, status: said, error: wrong }) {
      const isBusy = state === 'busy'
      const focused = root.activeElement
      progress.hidden = !isBusy
      progress.value = 0
      toggle.hidden = !isBusy
      cancel.hidden = !isBusy
      retry.hidden = state !== 'failed'
      buttons.hidden = !isBusy && state !== 'failed'
      status.textContent = said
      error.textContent = wrong
      input.setAttribute('aria-invalid', String(state === 'failed'))
      // A button that goes must not take the focus with it.
      if (focused instanceof HTMLButtonElement && focused.hidden) input.focus()
    },
  }
  view.show({ state: 'idle', status: '', error: '' })
  return view
}

function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  part: string,
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  if (part !== '') {
    element.className = part
    element.setAttribute('part', part)
  }
  return element
}

function makeButton(): HTMLButtonElement {
  const button = make('button', 'button')
  button.type = 'button'
  return button
}
