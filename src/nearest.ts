// Finds what was meant by a name that is mistyped.

/** The name that somebody meant who wrote another one; `null` where none is near. */
export function findNearest(name: string, allowedNames: readonly string[]): string | null {
  // `timeout` means `timeoutSeconds`, though `timeZone` is fewer letters away.
  const longer = allowedNames.find(
    (allowed) => name.length > 3 && allowed.toLowerCase().startsWith(name.toLowerCase()),
  )
  if (longer !== undefined) return longer
  let nearest: string | null = null
  // Past half of its letters, a word is another word rather than a misspelled one.
  let fewest = Math.ceil(name.length / 2) + 1
  for (const allowed of allowedNames) {
    const distance = editDistance(name.toLowerCase(), allowed.toLowerCase())
    if (distance < fewest) {
      nearest = allowed
      fewest = distance
    }
  }
  return nearest
}

/**
 * How many letters to insert, drop, change, or swap with the next one, to get from one word to the
 * other (optimal string alignment).
 */
function editDistance(from: string, to: string): number {
  let before: readonly number[] = []
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Infinity
      next.push(Math.min(changed, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[to.length] ?? 0
}
