// `<titofisto-upload url="...">`: a file input that sends what is chosen to a slot, shows how far it is,
// and takes part in a form with what the handler returned. Importing this file defines it.

import { fill, textsOf, type UploadElementTexts } from './element-texts.ts'
import { uploadSheet } from './element-style.ts'
import { createView, type UploadElementView } from './element-view.ts'
import type { UploadProgress } from './progress.ts'
import { upload, type Upload } from './upload.ts'
import type { UploadOptions, UploadTarget } from './upload-options.ts'
import { formatBytes } from './words.ts'

export type { UploadElementTexts } from './element-texts.ts'

// A server that renders pages has no elements, and may import this all the same.
const Base = globalThis.HTMLElement ?? (Object as unknown as typeof HTMLElement)

/**
 * The element. Attributes: `url` (a slot's), `name`, `required`, `disabled`, `accept`; its language is
 * that of the nearest `lang`. Events: `progress` (`detail`: an {@link UploadProgress}), `done`
 * (`detail`: what the handler returned), `failed` (`detail`: why), which bubble. Parts: `box`, `label`,
 * `input`, `progress`, `status`, `error`, `buttons`, `button`.
 */
export class TitofistoUpload extends Base {
  static readonly formAssociated = true
  static readonly observedAttributes = ['accept', 'disabled', 'required']

  /** Where to send: in the place of the attribute `url`, all that `kind.create()` gave, or what makes a slot when a file was chosen. */
  target: UploadTarget | (() => UploadTarget | Promise<UploadTarget>) | null = null
  /** Options of {@link upload}. */
  options: UploadOptions = {}
  /** Texts in the place of ours. */
  texts: Partial<UploadElementTexts> = {}
  /** What the handler returned; `undefined` before that. */
  result: unknown = undefined
  /** Why the upload failed; `null` where it did not. */
  error: unknown = null

  readonly #internals: ElementInternals = this.attachInternals()
  readonly #view: UploadElementView
  #sending: Upload<unknown> | null = null
  #ending: AbortController | null = null
  #file: File | null = null
  #isPaused = false
  #quarter = 0

  constructor() {
    super()
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true })
    root.adoptedStyleSheets = [uploadSheet()]
    this.#view = createView(root)
    const { input, toggle, cancel, retry } = this.#view
    input.addEventListener('change', () => this.#choose(input.files?.[0] ?? null))
    toggle.addEventListener('click', () => this.#toggle())
    cancel.addEventListener('click', () => this.abort())
    retry.addEventListener('click', () => this.#choose(this.#file))
    this.addEventListener('dragover', (event) => this.#hover(event, true))
    this.addEventListener('dragleave', (event) => this.#hover(event, false))
    this.addEventListener('drop', (event) => {
      this.#hover(event, false)
      const file = event.dataTransfer?.files[0]
      if (file !== undefined && !input.disabled) this.#choose(file)
    })
  }

  get form(): HTMLFormElement | null {
    return this.#internals.form
  }

  connectedCallback(): void {
    this.#say('choose', this.#view.labelText)
    this.#say('cancel', this.#view.cancel)
    this.#say('retry', this.#view.retry)
    this.#say('pause', this.#view.toggle)
    this.#judge()
  }

  disconnectedCallback(): void {
    this.#ending?.abort()
  }

  attributeChangedCallback(): void {
    const { input } = this.#view
    input.accept = this.getAttribute('accept') ?? ''
    input.required = this.hasAttribute('required')
    input.disabled = this.hasAttribute('disabled')
    this.#judge()
  }

  formDisabledCallback(isDisabled: boolean): void {
    this.#view.input.disabled = isDisabled
  }

  formResetCallback(): void {
    this.#clear()
  }

  /** Ends the upload, or takes away why it failed; the slot stays usable. What is done stays done. */
  abort(): void {
    if (this.#ending !== null || this.error !== null) this.#clear()
  }

  /** As it was at first, with nothing chosen. */
  #clear(): void {
    this.#ending?.abort()
    this.#ending = null
    this.#sending = null
    this.#file = null
    this.result = undefined
    this.error = null
    this.#internals.setFormValue(null)
    this.#view.input.value = ''
    this.#view.show({ state: 'idle', status: '', error: '' })
    this.#judge()
  }

  #choose(file: File | null): void {
    this.#ending?.abort()
    if (file === null) this.#clear()
    else void this.#send(file)
  }

  async #send(file: File): Promise<void> {
    const ending = new AbortController()
    this.#ending = ending
    this.#file = file
    this.#isPaused = false
    this.#quarter = 0
    this.result = undefined
    this.error = null
    // Of the file before, nothing goes with the form.
    this.#internals.setFormValue(null)
    this.#say('pause', this.#view.toggle)
    this.#view.progress.setAttribute('aria-label', this.#text('progress', { name: file.name }))
    this.#view.show({ state: 'busy', status: '', error: '' })
    this.#judge()
    try {
      const { target } = this
      const found = typeof target === 'function' ? await target() : target
      ending.signal.throwIfAborted()
      this.#sending = upload(found ?? this.getAttribute('url') ?? '', file, {
        language: this.#language(),
        ...this.options,
        signal: ending.signal,
        onProgress: (progress) => this.#onProgress(progress, ending.signal),
      })
      // By a button that was there while the slot was asked for.
      if (this.#isPaused) this.#sending.pause()
      const result = await this.#sending
      if (this.#ending === ending) this.#finish(file, result)
    } catch (error) {
      if (this.#ending === ending) this.#fail(error)
    }
  }

  #onProgress(progress: UploadProgress, signal: AbortSignal): void {
    this.options.onProgress?.(progress)
    if (signal.aborted) return
    const { state, sentBytes, totalBytes } = progress
    const bar = this.#view.progress
    bar.value = totalBytes === 0 ? 1 : sentBytes / totalBytes
    const language = this.#language()
    const [sent, total] = [sentBytes, totalBytes].map((bytes) => formatBytes(bytes, language))
    const text = this.#text(state, { sent: sent ?? '', total: total ?? '' })
    // Who hears it hears quarters, and not each step.
    const quarter = Math.floor(bar.value * 4)
    if (state !== 'sending' || quarter > this.#quarter) {
      this.#quarter = quarter
      const why = progress.error?.message ?? ''
      this.#view.status.textContent = state === 'waiting' ? `${why} ${text}` : text
    }
    this.#emit('progress', progress)
  }

  #finish(file: File, result: unknown): void {
    this.#ending = null
    this.#sending = null
    this.result = result
    const value = typeof result === 'string' ? result : JSON.stringify(result ?? null)
    this.#internals.setFormValue(value)
    this.#view.show({ state: 'done', status: this.#text('done', { name: file.name }), error: '' })
    this.#judge()
    this.#emit('done', result)
  }

  #fail(error: unknown): void {
    this.#ending = null
    this.#sending = null
    this.error = error
    // A form control that is invalid must say why.
    const message = (error instanceof Error && error.message) || String(error) || 'Error'
    this.#view.show({ state: 'failed', status: '', error: message })
    this.#judge()
    this.#emit('failed', error)
  }

  #toggle(): void {
    this.#isPaused = !this.#isPaused
    if (this.#isPaused) this.#sending?.pause()
    else this.#sending?.resume()
    this.#say(this.#isPaused ? 'resume' : 'pause', this.#view.toggle)
  }

  #hover(event: DragEvent, isOver: boolean): void {
    if (event.type !== 'dragleave') event.preventDefault()
    const states = this.#internals.states
    if (isOver && !this.#view.input.disabled) states.add('over')
    else states.delete('over')
  }

  /** Whether its form may be sent. */
  #judge(): void {
    const { input } = this.#view
    const isMissing = this.hasAttribute('required') && this.result === undefined
    if (this.#ending !== null)
      this.#internals.setValidity({ customError: true }, this.#text('unfinished'), input)
    else if (this.error !== null)
      this.#internals.setValidity({ customError: true }, this.#view.error.textContent ?? '', input)
    else if (isMissing && this.#file === null)
      this.#internals.setValidity({ valueMissing: true }, this.#text('missing'), input)
    else this.#internals.setValidity({})
  }

  #language(): string {
    return this.closest<HTMLElement>('[lang]')?.lang || navigator.language
  }

  #text(name: keyof UploadElementTexts, values: Readonly<Record<string, string>> = {}): string {
    return fill(textsOf(this.#language(), this.texts)[name], values)
  }

  #say(name: keyof UploadElementTexts, place: HTMLElement): void {
    place.textContent = this.#text(name)
  }

  #emit(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'titofisto-upload': TitofistoUpload
  }
}

if (globalThis.customElements?.get('titofisto-upload') === undefined)
  globalThis.customElements?.define('titofisto-upload', TitofistoUpload)
