// @ts-check
// Markdown as far as pages are rewritten: what is code stays as it is.

/**
 * A piece of a page; all of them together are the page.
 * @typedef {object} Part
 * @property {'fence' | 'code' | 'link' | 'text'} kind
 * @property {string} text
 * @property {string} [label] Of a link: what is shown.
 * @property {string} [target] Of a link: where it leads.
 */

const pieces =
  /(?<fence>^ *(?<mark>`{3,}|~{3,})[^]*?^ *\k<mark>[^\n]*$)|(?<code>(?<ticks>`+)[^\n]*?[^`\n]\k<ticks>(?!`))|(?<link>(?<!!)\[(?<label>(?:`[^`\n]*`|[^[\]`\n])*)\]\((?<target>[^)\s]+)\))/gm

/**
 * Takes a page apart.
 * @param {string} markdown
 * @returns {readonly Part[]}
 */
export function splitMarkdown(markdown) {
  /** @type {Part[]} */
  const parts = []
  let end = 0
  for (const match of markdown.matchAll(pieces)) {
    if (match.index > end) parts.push({ kind: 'text', text: markdown.slice(end, match.index) })
    const { fence, code, label, target } = match.groups ?? {}
    const [text] = match
    if (fence !== undefined) parts.push({ kind: 'fence', text })
    else if (code !== undefined) parts.push({ kind: 'code', text })
    else parts.push({ kind: 'link', text, label: label ?? '', target: target ?? '' })
    end = match.index + text.length
  }
  if (end < markdown.length) parts.push({ kind: 'text', text: markdown.slice(end) })
  return parts
}

/**
 * Headings' anchors as GitHub makes them, so that a link works here and there: lower case, no
 * punctuation, dashes for spaces.
 * @param {string} heading
 */
export function slugify(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * Text that stands in Markdown or HTML as it is.
 * @param {string} text
 */
export function escapeText(text) {
  return text.replaceAll(/[&<>"'`*_[\]{}|\\]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
