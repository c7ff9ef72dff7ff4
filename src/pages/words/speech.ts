// How a page says numbers, sizes and lists. Runs in browsers, too: the page's script says what it
// sees in the words that the server gave it.

import type { PageTexts } from './page-texts.ts'

/** A page's language and words, as plain JSON. */
export interface Speech {
  /** As in HTML's `lang` (BCP 47). */
  readonly lang: string
  readonly texts: PageTexts
  /** Whether a megabyte is 1,000,000 bytes here, as the limits are told, or 1,048,576. */
  readonly base: 1000 | 1024
}

/** Puts values into a text. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (all, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? all) : all,
  )
}

/** The base in which a limit is a round number. */
export function baseOf(limitBytes: number): Speech['base'] {
  return limitBytes % 1000 === 0 && limitBytes % 1024 !== 0 ? 1000 : 1024
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const

/** A number of bytes: `4.8 MB`. */
export function sayBytes({ lang, base }: Speech, bytes: number): string {
  const { value, unit } = scale(bytes, base)
  return sayUnit(lang, value, unit, unit === 'byte' ? 'long' : 'short')
}

/** The same for two numbers that are not equal: in bytes where they would look so. */
export function sayBytesApart(speech: Speech, one: number, other: number): [string, string] {
  const [a, b] = [sayBytes(speech, one), sayBytes(speech, other)]
  if (a !== b || one === other) return [a, b]
  const exact = (bytes: number): string => sayUnit(speech.lang, bytes, 'byte', 'long')
  return [exact(one), exact(other)]
}

/** A speed: `1.2 MB/s`. */
export function saySpeed({ lang, base }: Speech, bytesPerSecond: number): string {
  const { value, unit } = scale(bytesPerSecond, base)
  return sayUnit(lang, value, `${unit}-per-second`, 'short')
}

/** A time, roughly: `40 seconds`, `3 minutes`. */
export function sayDuration({ lang }: Speech, seconds: number): string {
  if (seconds < 59.5) return sayUnit(lang, Math.max(1, Math.round(seconds)), 'second', 'long')
  if (seconds < 3570) return sayUnit(lang, Math.round(seconds / 60), 'minute', 'long')
  return sayUnit(lang, Math.round(seconds / 360) / 10, 'hour', 'long')
}

/** `45%`. */
export function sayShare({ lang }: Speech, share: number): string {
  // What is not all must not look so.
  const told = share < 1 ? Math.min(share, 0.99) : 1
  return new Intl.NumberFormat(lang, { style: 'percent' }).format(told)
}

/** A whole number. */
export function sayNumber({ lang }: Speech, value: number): string {
  return new Intl.NumberFormat(lang).format(value)
}

/** A moment; in the browser's own time zone where none is given. */
export function sayTime({ lang }: Speech, moment: Date, timeZone?: string): string {
  const format = {
    ...({ year: 'numeric', month: 'long', day: 'numeric' } as const),
    ...({ hour: 'numeric', minute: '2-digit' } as const),
    ...(timeZone !== undefined && ({ timeZone, timeZoneName: 'short' } as const)),
  }
  return new Intl.DateTimeFormat(lang, format).format(moment)
}

/** `JPEG, PNG or PDF`. */
export function sayList({ lang }: Speech, entries: readonly string[]): string {
  return new Intl.ListFormat(lang, { type: 'disjunction' }).format(entries)
}

function scale(bytes: number, base: number): { value: number; unit: (typeof units)[number] } {
  let value = bytes
  let step = 0
  // What would be rounded to a whole unit is told in that unit.
  while (value >= base - 0.5 && step < units.length - 1) {
    value /= base
    step += 1
  }
  return { value, unit: units[step] ?? 'byte' }
}

function sayUnit(lang: string, value: number, unit: string, unitDisplay: 'long' | 'short'): string {
  const maximumFractionDigits = value < 10 ? 1 : 0
  const options = { style: 'unit', unit, unitDisplay, maximumFractionDigits } as const
  return new Intl.NumberFormat(lang, options).format(value)
}
