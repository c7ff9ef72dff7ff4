// How the time of reading a text grows with its length, told without a clock's help: what one long
// text costs is compared with what its length costs in short ones, in the same process and in CPU
// time, so that neither a slow machine nor a busy one matters.

/** A text of about this length. */
export type Shape = (length: number) => string

/** Five doublings: a reader whose time grows with the square costs 32 times more for each character. */
const doublings = 5
const shortTexts = 2 ** doublings

/** Linear is 1 and some; what lies between is caches, garbage and sorting: up to 5, once 8.3 was seen. */
export const mostGrowth = 12

/** A measurement can be spoiled by what else the process does, and then only to look slower. */
const mostTries = 12

/**
 * How many times more a character costs in a text of the whole length than in one of a 32nd. Looks
 * again while that is more than {@link mostGrowth}, and keeps the best figures.
 */
export async function growthOf(
  read: (text: string) => unknown,
  shape: Shape,
  length: number,
): Promise<number> {
  const long = flat(shape(length))
  const short = flat(shape(Math.ceil(length / shortTexts)))
  let longCost = Infinity
  let shortCost = Infinity
  for (let count = 0; count < mostTries; count += 1) {
    shortCost = Math.min(shortCost, await costOf(read, short, shortTexts))
    longCost = Math.min(longCost, await costOf(read, long, 1))
    const growth = longCost / shortCost
    // Found good; or so bad six times that looking on would take minutes.
    if (growth <= mostGrowth || (count >= 5 && growth > 2 * mostGrowth)) break
  }
  return longCost / shortCost
}

/** In microseconds of this process's CPU time; never 0, so that it can be divided by. */
async function costOf(
  read: (text: string) => unknown,
  text: string,
  times: number,
): Promise<number> {
  const before = process.cpuUsage()
  for (let count = 0; count < times; count += 1) {
    try {
      const result = read(text)
      if (result instanceof Promise) await result
    } catch {
      // A refusal is an answer like any other.
    }
  }
  const { user, system } = process.cpuUsage(before)
  return Math.max(1, user + system)
}

/** V8 joins strings only once they are looked at: not in what is measured. */
function flat(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}

/** What texts are made of: something in front, something over and over, something behind. */
export interface Pieces {
  readonly fronts?: readonly string[]
  /** A number stands for `#`, so that each is another. */
  readonly units?: readonly string[]
  readonly ends?: readonly string[]
}

const everywhere = {
  fronts: [''],
  units: [...Array.from(' \t,;="/\\.%&:-a0(\u00e9'), '%41', '../', '", "'],
  ends: ['', '!', '"', '\n'],
}

/** Every text that can be made of a reader's own pieces and of those that trouble many. */
export function shapesOf(pieces: Pieces): { readonly name: string; readonly shape: Shape }[] {
  const fronts = [...everywhere.fronts, ...(pieces.fronts ?? [])]
  const units = [...everywhere.units, ...(pieces.units ?? [])]
  const ends = [...everywhere.ends, ...(pieces.ends ?? [])]
  return fronts.flatMap((front) =>
    units.flatMap((unit) =>
      ends.map((end) => ({
        name: JSON.stringify([front, `${unit} ...`, end]),
        shape: (length: number) => front + repeated(unit, length) + end,
      })),
    ),
  )
}

function repeated(unit: string, length: number): string {
  const count = Math.ceil(length / unit.length)
  if (!unit.includes('#')) return unit.repeat(count)
  return Array.from({ length: count }, (_, index) => unit.replace('#', String(index))).join('')
}
