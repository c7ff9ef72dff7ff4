// Stretches of time as people write them: 3600, 90s, 30m, 1h30m, 7d, never.

const parts = /^(?:(\d{1,8})d)?(?:(\d{1,8})h)?(?:(\d{1,8})m)?(?:(\d{1,11})s?)?$/

/** Parses a duration to whole seconds; `Infinity` for `never`, `null` for anything else. */
export function parseDuration(text: string): number | null {
  if (text === 'never') return Infinity
  const match = parts.exec(text)
  if (match === null || text === '') return null
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0))
  return (days ?? 0) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)
}

/** Formats seconds for people, exactly: `1 h`, `1 h 30 min`, `45 s`. */
export function formatDuration(totalSeconds: number): string {
  if (totalSeconds === Infinity) return 'ever'
  const parted: readonly (readonly [number, string])[] = [
    [Math.floor(totalSeconds / 86_400), totalSeconds < 172_800 ? 'day' : 'days'],
    [Math.floor(totalSeconds / 3600) % 24, 'h'],
    [Math.floor(totalSeconds / 60) % 60, 'min'],
    [totalSeconds % 60, 's'],
  ]
  const shown = parted.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`)
  return shown.length === 0 ? '0 s' : shown.join(' ')
}
