// The name that a person gives: data, shown to the owner and handed to the handler, and never a path.

/** The most characters of a name. */
export const maxPersonLength = 100

/**
 * A name without what steers terminals, turns the direction of text or can't be seen, composed (NFC),
 * with single blanks; `null` where nothing is left, or too much.
 */
export function parsePersonName(text: string): string | null {
  // Looked at first: composing and replacing cost what the length costs.
  if (text.length > 8 * maxPersonLength) return null
  const name = text
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(hidden, '')
    .replaceAll(/\s+/gu, ' ')
    .trim()
  const isSeen = /[^\s\u200c\u200d]/u.test(name)
  return isSeen && Array.from(name).length <= maxPersonLength ? name : null
}

/** Controls but white space, and what formats text but the joiners of Persian, Hindi and emoji. */
const hidden = /(?![\s\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
