// Reads dictionaries and items of structured fields (RFC 9651 4.2.2, 4.2.3) strictly: one mistake
// spoils it all. Values stay text; who wants a number or a boolean asks for it.

const key = '[a-z*][a-z0-9_.*-]*'
const bareItem = [
  ':[A-Za-z0-9+/=]*:', // byte sequence
  '"(?:[ !#-\\[\\]-~]|\\\\["\\\\])*"', // string
  '%"(?:[ !#-$&-~]|%[0-9a-f]{2})*"', // display string
  '@-?[0-9]{1,15}', // date
  '-?[0-9]{1,12}\\.[0-9]{1,3}', // decimal
  '-?[0-9]{1,15}', // integer
  '\\?[01]', // boolean
  "[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*", // token
].join('|')
const parameters = `(?:; *${key}(?:=(?:${bareItem}))?)*`
const innerList = `\\( *(?:(?:${bareItem})${parameters}(?: +(?:${bareItem})${parameters})* *)?\\)`
// Every alternative begins with its own character, so that nothing is ever tried twice at length.
const member = new RegExp(`(${key})(?:=(${innerList}|${bareItem}))?${parameters}`, 'y')
const comma = /[ \t]*,[ \t]*/y

/**
 * The members of a dictionary, each with the text of its value without parameters; `?1` where it
 * has none. A later member replaces an earlier one of the same key. `null` where it is malformed.
 */
export function parseDictionary(text: string): ReadonlyMap<string, string> | null {
  const members = new Map<string, string>()
  const trimmed = text.trim()
  let position = 0
  while (position < trimmed.length) {
    member.lastIndex = position
    const found = member.exec(trimmed)
    if (found === null) return null
    members.set(found[1] ?? '', found[2] ?? '?1')
    position = member.lastIndex
    if (position === trimmed.length) break
    comma.lastIndex = position
    // A comma must separate two members: none before the next, none at the end.
    if (!comma.test(trimmed) || comma.lastIndex === trimmed.length) return null
    position = comma.lastIndex
  }
  return members
}

const item = new RegExp(`^ *(${bareItem})${parameters} *$`)

/** An item's value as text, without its parameters; `null` where it is malformed, or several. */
function parseItem(text: string): string | null {
  return item.exec(text)?.[1] ?? null
}

/** A field's count: an integer that is not negative. `null` where it was not sent, or is anything else. */
export function parseCount(text: string | undefined): number | null {
  const value = text === undefined ? null : parseItem(text)
  return value !== null && /^[0-9]+$/.test(value) ? Number(value) : null
}

/** A field's boolean; `null` where it was not sent, or is anything else. */
export function parseBoolean(text: string | undefined): boolean | null {
  const value = text === undefined ? null : parseItem(text)
  return value === '?1' || value === '?0' ? value === '?1' : null
}
