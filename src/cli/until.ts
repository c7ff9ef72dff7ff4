// Ends as people say them: `18:00`, `friday 18:00`, `tomorrow`, `2026-12-24`, `in 3 days`, `2h`.
// Pure but for the local time zone, in which they are meant. A day is a day of the calendar, so `in 3
// days` is the same time of day where the clocks change in between; hours and less are as long as they
// are. A time of day that the clocks leave out is as much later as they jump.

/** What an end is: a time, or one that is over, or nothing that we understand. */
export type ParsedUntil =
  | { readonly kind: 'time'; readonly untilMs: number }
  | { readonly kind: 'past' }
  | { readonly kind: 'unclear' }

/** Examples for messages and help. */
export const untilExamples =
  "'18:00', 'friday 18:00', 'tomorrow', '2026-12-24', 'in 3 days' or '2h'"

/** Reads an end, as it is meant at a time. */
export function parseUntil(text: string, nowMs: number): ParsedUntil {
  const words = text.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  // Longer than anything that is meant.
  const untilMs = words.length > 100 ? null : (readSpan(words, nowMs) ?? readMoment(words, nowMs))
  if (untilMs === null || Number.isNaN(untilMs)) return { kind: 'unclear' }
  return untilMs > nowMs ? { kind: 'time', untilMs } : { kind: 'past' }
}

const spanUnits: Readonly<Record<string, number>> = {
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
}
const dayUnits: Readonly<Record<string, number>> = { d: 1, day: 1, w: 7, week: 7 }

/** `2h`, `1h30m`, `in 3 days`, `2 weeks`; `null` for what is no stretch of time. */
function readSpan(words: string, nowMs: number): number | null {
  const rest = words.replace(/^in /, '').replaceAll(/ (?:and )?/g, '')
  if (!/^(?:\d{1,6}[a-z]+)+$/.test(rest)) return null
  const end = new Date(nowMs)
  let days = 0
  let ms = 0
  for (const [, count = '', word = ''] of rest.matchAll(/(\d+)([a-z]+)/g)) {
    const unit = word in spanUnits || word in dayUnits ? word : word.replace(/s$/, '')
    if (Object.hasOwn(spanUnits, unit)) ms += Number(count) * (spanUnits[unit] ?? 0)
    else if (Object.hasOwn(dayUnits, unit)) days += Number(count) * (dayUnits[unit] ?? 0)
    else return null
  }
  if (days > 0) end.setDate(end.getDate() + days)
  return end.getTime() + ms
}

/** A day, a time of day, or both. */
function readMoment(words: string, nowMs: number): number | null {
  const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d):(\d\d)(?::(\d\d))?(z|[+-]\d\d:\d\d)?)?$/.exec(
    words,
  )
  if (iso !== null) return readIso(iso)
  const clock = readClock(words)
  if (clock !== null) {
    const today = atClock(new Date(nowMs), 0, clock)
    return today > nowMs ? today : atClock(new Date(nowMs), 1, clock)
  }
  const [day = '', ...rest] = words.split(' ')
  const timeWords = rest.join(' ').replace(/^at /, '')
  const time = timeWords === '' ? endOfDay : readClock(timeWords)
  if (time === null) return null
  const now = new Date(nowMs)
  if (day === 'today') return atClock(now, 0, time)
  if (day === 'tomorrow') return atClock(now, 1, time)
  const weekday = weekdays.findIndex((name) => day === name || day === name.slice(0, 3))
  if (weekday < 0) return null
  const ahead = (weekday - now.getDay() + 7) % 7
  const first = atClock(now, ahead, time)
  return first > nowMs ? first : atClock(now, ahead + 7, time)
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

interface Clock {
  readonly hours: number
  readonly minutes: number
}

/** A day without a time lasts to its end. */
const endOfDay: Clock = { hours: 24, minutes: 0 }

/** `18:00`, `9:30`, `6pm`, `6:30 pm`. */
function readClock(words: string): Clock | null {
  const match = /^(\d{1,2})(?::(\d\d))? ?(am|pm)?$/.exec(words)
  const [, hourText = '', minuteText, half] = match ?? []
  if (match === null || (minuteText === undefined && half === undefined)) return null
  const hour = Number(hourText)
  const minutes = Number(minuteText ?? 0)
  if (minutes > 59 || hour > (half === undefined ? 23 : 12) || (half !== undefined && hour === 0))
    return null
  return { hours: half === undefined ? hour : (hour % 12) + (half === 'pm' ? 12 : 0), minutes }
}

function atClock(now: Date, daysAhead: number, { hours, minutes }: Clock): number {
  const date = now.getDate() + daysAhead
  return new Date(now.getFullYear(), now.getMonth(), date, hours, minutes).getTime()
}

function readIso(match: RegExpExecArray): number | null {
  const [, year, month, day, hours, minutes, seconds = '00', zone] = match
  const date = new Date(Number(year), Number(month) - 1, Number(day))
  // The 31st of a month that has none is another month's.
  if (date.getMonth() !== Number(month) - 1 || date.getDate() !== Number(day)) return null
  if (hours === undefined) return atClock(date, 0, endOfDay)
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null
  const text = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}${zone?.toUpperCase() ?? ''}`
  return Date.parse(text)
}

/** An end as people read it, in local time: `Fri, 27 Nov, 18:00`. */
export function formatUntil(untilMs: number): string {
  const parts: Intl.DateTimeFormatOptions = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }
  return new Intl.DateTimeFormat('en-GB', parts).format(new Date(untilMs))
}
