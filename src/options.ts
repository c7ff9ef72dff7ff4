// Options that nothing reads are mistakes: they are refused, with the name that was likely meant.

/**
 * Checks that an options object is one and has no name but the allowed ones.
 *
 * `where` begins the sentence: `createLocalStorage()`.
 * @throws TypeError naming the unknown option and the nearest right one.
 */
export function checkOptions(
  where: string,
  options: unknown,
  allowedNames: readonly string[],
): asserts options is object {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`${where} takes an object of options.`)
  for (const name of Object.keys(options)) {
    if (allowedNames.includes(name)) continue
    const nearest = findNearest(name, allowedNames)
    const hint =
      nearest === null ? `It has: ${allowedNames.join(', ')}.` : `Did you mean "${nearest}"?`
    throw new TypeError(`${where} has no option "${name}". ${hint}`)
  }
}

/**
 * Checks that an option, where it is given, is one of a few words.
 *
 * @throws TypeError naming the option and the words.
 */
export function checkChoice(
  where: string,
  option: string,
  value: unknown,
  choices: readonly string[],
) {
  if (value === undefined || choices.some((choice) => choice === value)) return
  const words = choices.map((choice) => `"${choice}"`).join(', ')
  throw new TypeError(`${where}: option "${option}" must be one of ${words}.`)
}

/**
 * Checks that an option, where it is given, is of a type.
 *
 * @throws TypeError naming the option and the type.
 */
export function checkType(
  where: string,
  option: string,
  value: unknown,
  type: 'boolean' | 'function' | 'string',
): void {
  if (value === undefined || typeof value === type) return
  throw new TypeError(`${where}: option "${option}" must be a ${type}.`)
}

/**
 * Checks that an option, where it is given, is a whole number from `min` to `max`.
 *
 * @throws TypeError where it is no number, RangeError where it is another one; both name the option.
 */
export function checkWholeNumber(
  where: string,
  option: string,
  value: unknown,
  min: number,
  max: number,
): void {
  if (value === undefined) return
  if (typeof value !== 'number')
    throw new TypeError(`${where}: option "${option}" must be a number.`)
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${where}: option "${option}" must be a whole number, ${min} to ${max}.`)
}

function findNearest(name: string, allowedNames: readonly string[]): string | null {
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

/** How many letters to insert, drop or change to get from one word to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
