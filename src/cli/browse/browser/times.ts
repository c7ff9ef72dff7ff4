// Times, as they are said where the reader is.

const format = new Intl.DateTimeFormat(navigator.language, {
  dateStyle: 'medium',
  timeStyle: 'short',
})

/** A moment, given as ISO 8601. */
export function sayTime(moment: string): string {
  return format.format(new Date(moment))
}
