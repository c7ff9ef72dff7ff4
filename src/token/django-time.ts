// A file's mtime as Django's storage and Python's isoformat() write it (CPython's stat and
// datetime.fromtimestamp). Rounded in doubles, because Python does so: exact rounding of the
// nanoseconds gives other microseconds for one file in five.

import type { OptionRule } from '../options.ts'

/**
 * `'UTC'` for Django's USE_TZ=True, whatever its TIME_ZONE is: `2023-07-22T04:26:40+00:00`. Else the
 * IANA name of a zone, for USE_TZ=False with that TIME_ZONE: local time without an offset. For
 * USE_TZ=False in UTC it is `'Etc/UTC'`; {@link toDjangoZone} makes it of the two settings.
 */
export type DjangoZone = string

/**
 * Formats an mtime; `null` outside of the years 1 to 9999, where Python gives up.
 *
 * @throws RangeError where it is no zone that this Node.js knows.
 */
export function formatDjangoTime(mtimeNs: bigint, zone: DjangoZone): string | null {
  const instant = toInstant(mtimeNs)
  if (zone === 'UTC') return formatInstant(instant, 0, '+00:00')
  if (!isInPythonsYears(instant.seconds)) return null
  return formatInstant(instant, offsetsOf(zone)(instant.seconds), '')
}

/** What the `timeZone` option must be: `'UTC'`, or a zone that this Node.js knows. */
export const djangoZoneRule: OptionRule = (zone) => {
  const reason = 'must be "UTC" or the IANA name of a time zone, such as "Europe/Berlin"'
  if (typeof zone !== 'string') return { reason }
  // `utc` would mean naive time, which nobody means who writes it so.
  const isMeant = zone === 'UTC' || zone.toUpperCase() !== 'UTC'
  return isMeant && isZone(zone) ? null : { reason, outOfRange: true }
}

function isZone(zone: string): boolean {
  try {
    offsetsOf(zone)
    return true
  } catch {
    return false
  }
}

/** Makes a zone of Django's TIME_ZONE and USE_TZ. */
export function toDjangoZone(timeZone: string, useTz: boolean): DjangoZone {
  if (useTz) return 'UTC'
  return timeZone === 'UTC' ? 'Etc/UTC' : timeZone
}

interface Instant {
  /** Whole seconds since 1970, rounded down. */
  readonly seconds: number
  /** 0 to 999,999. */
  readonly microseconds: number
}

/** stat()'s seconds + 1e-9 * nanoseconds, then modf, rounding half to even, and carry. */
function toInstant(mtimeNs: bigint): Instant {
  let seconds = Number(mtimeNs / nanosecondsPerSecond)
  let nanoseconds = Number(mtimeNs % nanosecondsPerSecond)
  if (nanoseconds < 0) {
    seconds -= 1
    nanoseconds += 1e9
  }
  const float = seconds + 1e-9 * nanoseconds
  const whole = Math.trunc(float)
  const microseconds = roundHalfToEven((float - whole) * 1e6)
  if (microseconds >= 1e6) return { seconds: whole + 1, microseconds: microseconds - 1e6 }
  if (microseconds < 0) return { seconds: whole - 1, microseconds: microseconds + 1e6 }
  return { seconds: whole, microseconds }
}

const nanosecondsPerSecond = 1_000_000_000n

function roundHalfToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1
  return rest < 0.5 ? below : below + 1
}

function formatInstant(instant: Instant, offsetSeconds: number, suffix: string): string | null {
  const localSeconds = instant.seconds + offsetSeconds
  if (!isInPythonsYears(localSeconds)) return null
  const text = new Date(localSeconds * 1000).toISOString().slice(0, 19)
  if (instant.microseconds === 0) return text + suffix
  return `${text}.${String(instant.microseconds).padStart(6, '0')}${suffix}`
}

/** From 0001-01-01T00:00:00 through 9999-12-31T23:59:59. */
function isInPythonsYears(seconds: number): boolean {
  return seconds >= -62_135_596_800 && seconds <= 253_402_300_799
}

/** How far a zone's clocks are ahead of UTC, in seconds, at a second since 1970. */
type Offsets = (seconds: number) => number

const offsetsByZone = new Map<string, Offsets>()

/** One per zone: making an Intl.DateTimeFormat takes tens of microseconds. */
function offsetsOf(zone: string): Offsets {
  const known = offsetsByZone.get(zone)
  if (known !== undefined) return known
  const offsets = createOffsets(createZoneFormat(zone))
  offsetsByZone.set(zone, offsets)
  return offsets
}

function createZoneFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
}

function createOffsets(format: Intl.DateTimeFormat): Offsets {
  // Asking Intl costs more than 1 µs, about as much as a signature. Within an hour that starts and
  // ends on one offset nothing changes: no zone has moved its clocks there and back in an hour.
  const offsetOfHour = new Map<number, number>()
  return (seconds) => {
    const hour = Math.floor(seconds / 3600)
    const known = offsetOfHour.get(hour)
    if (known !== undefined) return known
    const offset = readOffset(format, hour * 3600)
    if (offset !== readOffset(format, hour * 3600 + 3599)) return readOffset(format, seconds)
    if (offsetOfHour.size >= mostHours) offsetOfHour.clear()
    offsetOfHour.set(hour, offset)
    return offset
  }
}

/** A bound on memory (about 1 MiB), well above the hours in which a site's hot files were saved. */
const mostHours = 16_384

function readOffset(format: Intl.DateTimeFormat, seconds: number): number {
  const text = format.format(seconds * 1000)
  const [month = 1, day = 1, year = 1, hour = 0, minute = 0, sec = 0] = (
    text.match(/\d+/g) ?? []
  ).map(Number)
  const local = new Date(0)
  // West of Greenwich the year 1 begins in the year 1 BC, which is 0 here.
  local.setUTCFullYear(text.includes('B') ? 1 - year : year, month - 1, day)
  local.setUTCHours(hour, minute, sec)
  return local.getTime() / 1000 - seconds
}
