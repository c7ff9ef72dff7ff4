// Whole numbers in base 62, as Django's signing module writes its time stamps: 0-9A-Za-z.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Formats a safe integer; `0` for zero, a leading `-` for a negative one. */
export function formatBase62(value: number): string {
  if (value === 0) return '0'
  let rest = Math.abs(value)
  let text = ''
  while (rest > 0) {
    text = alphabet.charAt(rest % 62) + text
    rest = Math.floor(rest / 62)
  }
  return value < 0 ? `-${text}` : text
}

/** Parses a number from 0 up to the largest safe integer; `null` for all but its one spelling. */
export function parseBase62(text: string): number | null {
  if (text.length === 0 || text.length > 9) return null
  if (text.length > 1 && text.charCodeAt(0) === 48) return null
  let value = 0
  for (let index = 0; index < text.length; index++) {
    const digit = digitOf(text.charCodeAt(index))
    if (digit < 0) return null
    value = value * 62 + digit
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : null
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 65 && code <= 90) return code - 55
  if (code >= 97 && code <= 122) return code - 61
  return -1
}
