// Options objects, checked at the border: an option that nothing reads is a mistake, so it is said.

/**
 * Checks that a value is an options object with known names only.
 *
 * @throws TypeError naming the unknown option, and the nearest right one.
 */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`${where} takes an object of options.`)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = nearestName(name, known)
    const hint = near === null ? '' : ` Did you mean "${near}"?`
    throw new TypeError(`${where} has no option "${name}".${hint}`)
  }
}

/** The known name with the fewest edits to a wrong one; `null` where none is near. */
export function nearestName(wrong: string, known: readonly string[]): string | null {
  let nearest: string | null = null
  let fewest = Math.max(2, Math.floor(wrong.length / 3)) + 1
  for (const name of known) {
    const edits = countEdits(wrong.toLowerCase(), name.toLowerCase())
    if (edits < fewest) [nearest, fewest] = [name, edits]
  }
  return nearest
}

/** Levenshtein's distance, one row at a time. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
