// HTML made of values: what is put into a template is escaped, unless it came out of a template. So a
// name, a title or a refusal can't become an element, whatever it says.

/** Markup that a template made. Nothing else is one: what looks like it is escaped like any text. */
export class Html {
  readonly #markup: string

  constructor(text: string) {
    this.#markup = text
  }

  toString(): string {
    return this.#markup
  }
}

/** What a template takes: text is escaped, `null` is nothing. */
export type HtmlValue = Html | string | number | null | readonly HtmlValue[]

/**
 * Makes markup: `markup`<p title="${text}">${text}</p>``. Attributes stand in double quotes. Not called
 * `html`: formatters would move what stands in it, and a style's hash is of each of its blanks.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.map((part, index) => part + toMarkup(values[index] ?? null)).join(''))
}

/** Markup of our own: a style, a script. Never what anybody else has said. */
export function ownMarkup(text: string): Html {
  return new Html(text)
}

function toMarkup(value: HtmlValue): string {
  if (value instanceof Html) return value.toString()
  if (value === null) return ''
  return isList(value) ? value.map(toMarkup).join('') : escapeHtml(String(value))
}

function isList(value: HtmlValue): value is readonly HtmlValue[] {
  return Array.isArray(value)
}

/** Escapes text for content and for attributes in quotes. What no document may hold becomes U+FFFD. */
function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\x20-\x7e\u00a0-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}
