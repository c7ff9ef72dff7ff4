// Ranges of bytes, as FlyDrive 2 counts them: both ends included.

/** Bytes of a file from `start` to `end`, both of them included, as FlyDrive 2 counts. */
export interface DriveReadOptions {
  /** Which bytes. Default: all. */
  readonly range?: { readonly start?: number; readonly end?: number }
}

/** The span of a file that a range is. @throws RangeError where the range is none, or not in the file. */
export function toSpan(
  { start = 0, end }: NonNullable<DriveReadOptions['range']> = {},
  sizeBytes: number,
): { readonly startByte: number; readonly endByte: number } {
  const span = { startByte: start, endByte: end === undefined ? sizeBytes : end + 1 }
  const isWhole = Number.isSafeInteger(span.startByte) && Number.isSafeInteger(span.endByte)
  // Of an empty file, no range is asked.
  const isEmpty = span.startByte === 0 && end === undefined
  if (isWhole && start >= 0 && span.endByte <= sizeBytes && (start < span.endByte || isEmpty))
    return span
  throw new RangeError(`The range is not one of bytes in this file, which has ${sizeBytes}.`)
}
