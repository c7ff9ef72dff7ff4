// Sizes as people write them: 1048576, 500kB, 100MB, 2GiB.

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1000,
  kib: 1024,
  m: 1000 ** 2,
  mb: 1000 ** 2,
  mib: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1000 ** 3,
  gib: 1024 ** 3,
  t: 1000 ** 4,
  tb: 1000 ** 4,
  tib: 1024 ** 4,
}

/** Parses a size to whole bytes, fractions of units allowed; `null` for anything that is no size. */
export function parseByteSize(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-z]{0,3})$/i.exec(text)
  const unit = unitBytes[match?.[2]?.toLowerCase() ?? ''] ?? null
  if (match === null || unit === null) return null
  const bytes = Math.round(Number(match[1]) * unit)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** A size as people read it, to about three digits: `512 B`, `1.2 MB`, `34 GB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  let unit = 0
  let count = bytes
  // What would be shown as 1000 of one unit is 1 of the next.
  while (count >= 999.5 && unit < units.length - 1) {
    count /= 1000
    unit += 1
  }
  const shown = unit === 0 || count >= 9.95 ? Math.round(count) : Math.round(count * 10) / 10
  return `${shown} ${units[unit] ?? 'B'}`
}
