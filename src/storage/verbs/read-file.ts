// A file's bytes, all at once, and never more of them than somebody has room for.

import { TitofistoError } from '../../errors.ts'
import { checkOptions, optionError, wholeNumber, type OptionRules } from '../../options.ts'
import type { ReadAhead } from '../delivery.ts'
import { readInto } from '../read-into.ts'
import type { OpenedFile, Storage } from '../storage.ts'

/** Which of a file's bytes are wanted. */
export interface FileSpan {
  /** The first byte. Default 0. One behind the file's end gives no bytes. */
  readonly startByte?: number
  /** The byte before which it ends. Default: the file's end, and no later than that. */
  readonly endByte?: number
}

/** How a file, or a span of it, is read. */
export interface ReadOptions extends FileSpan {
  /** The most bytes taken into memory. Default 16,777,216 (16 MiB). */
  readonly maxBytes?: number
}

/** How a file of text is read. */
export type ReadTextOptions = Pick<ReadOptions, 'maxBytes'>

/** See `FileVerbs.read`. */
export async function readFile(
  storage: Storage,
  name: string,
  options: ReadOptions,
): Promise<Uint8Array | null> {
  checkOptions('read()', options, readingRules)
  checkSpan('read()', options)
  return readWithin(storage, name, options)
}

/** See `FileVerbs.readText`. */
export async function readText(
  storage: Storage,
  name: string,
  options: ReadTextOptions,
): Promise<string | null> {
  checkOptions('readText()', options, textRules)
  const bytes = await readWithin(storage, name, options)
  return bytes === null ? null : new TextDecoder().decode(bytes)
}

/** Where the wanted span begins and ends in a file of so many bytes. */
export function clipSpan(
  { startByte = 0, endByte = Infinity }: FileSpan,
  sizeBytes: number,
): Required<FileSpan> {
  const end = Math.min(endByte, sizeBytes)
  return { startByte: Math.min(startByte, end), endByte: end }
}

/** What of a span the storage may ask for as it opens the file. */
export function toAhead({ startByte = 0, endByte }: FileSpan): ReadAhead | undefined {
  // Of nothing there is nothing to ask for.
  if (endByte !== undefined && endByte <= startByte) return undefined
  return endByte === undefined ? { startByte } : { startByte, endByte }
}

/** The rules of a span. */
export const spanRules: OptionRules<FileSpan> = {
  startByte: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  endByte: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
}

/** @throws RangeError for a span that ends before it begins. */
export function checkSpan(where: string, { startByte = 0, endByte = Infinity }: FileSpan): void {
  if (endByte < startByte)
    throw optionError(
      where,
      { option: 'endByte', reason: 'must not be less than', other: 'startByte' },
      RangeError,
    )
}

const textRules: OptionRules<ReadTextOptions> = {
  maxBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
}

const readingRules: OptionRules<ReadOptions> = { ...spanRules, ...textRules }

async function readWithin(
  storage: Storage,
  name: string,
  options: ReadOptions,
): Promise<Uint8Array | null> {
  const opened = await storage.open(name, toAhead(options))
  if (opened === null) return null
  try {
    return await readSpan(opened, options)
  } finally {
    await opened.close()
  }
}

async function readSpan(opened: OpenedFile, options: ReadOptions): Promise<Uint8Array> {
  const { name, sizeBytes } = opened.facts
  const { startByte, endByte } = clipSpan(options, sizeBytes)
  const limit = options.maxBytes ?? maxBytesAtOnce
  const actual = endByte - startByte
  if (actual > limit)
    throw new TitofistoError(
      'file-too-large',
      `These are ${actual} bytes, more than the ${limit} that are read at once. Raise maxBytes, read a span, or use stream().`,
      { fileName: name, limit, actual },
    )
  const bytes = Buffer.allocUnsafeSlow(actual)
  await readInto(opened, bytes, startByte)
  return bytes
}

const maxBytesAtOnce = 16 * 1024 * 1024
