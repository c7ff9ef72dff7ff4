// The order of listings: that of the names' UTF-8 bytes, as object stores list them.

/** Compares two names for sorting, by UTF-8 bytes, without encoding them. */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    const difference = unitRank(left.charCodeAt(i)) - unitRank(right.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** UTF-8 puts what UTF-16 writes as surrogates (U+10000 and above) behind U+E000 to U+FFFF. */
function unitRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
