// Stretches of time as FlyDrive takes them: seconds, or words such as `30 mins`, `1.5h`, `2 days`.

/**
 * Reads a duration as whole seconds, at least 1; `null` for what is none. Words without a unit are
 * none: FlyDrive's other drivers take them for milliseconds, and nobody means that.
 */
export function parseDriveDuration(duration: unknown): number | null {
  if (typeof duration === 'number') return duration > 0 ? toWholeSeconds(duration) : null
  const [, count = '', unit = ''] =
    typeof duration === 'string' ? (words.exec(duration.trim().toLowerCase()) ?? []) : []
  const seconds = units.find(([names]) => names.includes(unit))?.[1]
  return seconds === undefined ? null : toWholeSeconds(Number(count) * seconds)
}

/** No link ends before it began, nor sooner than it was asked for. */
function toWholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds))
}

const words = /^(\d{1,12}(?:\.\d{1,6})?) *([a-z]+)$/

const units: readonly (readonly [names: readonly string[], seconds: number])[] = [
  [['ms', 'msec', 'msecs', 'millisecond', 'milliseconds'], 0.001],
  [['s', 'sec', 'secs', 'second', 'seconds'], 1],
  [['m', 'min', 'mins', 'minute', 'minutes'], 60],
  [['h', 'hr', 'hrs', 'hour', 'hours'], 3600],
  [['d', 'day', 'days'], 86_400],
  [['w', 'wk', 'wks', 'week', 'weeks'], 604_800],
  [['y', 'yr', 'yrs', 'year', 'years'], 31_557_600],
]
