// What a file is called when its name is taken, as Django 5.2 does it: `photo.tar.gz` becomes
// `photo_AbCdEf7.tar.gz`, and the root is cut where the result must not be longer than so.

import { randomInt } from 'node:crypto'
import { TitofistoError } from '../../errors.ts'
import { checkFileName, maxNameBytes, type FileName } from './file-name.ts'
import { lastPartOf } from './name-parts.ts'

/** How free names are made. */
export interface FreeNameOptions {
  /** The longest name, in UTF-16 units. Default: no limit but the rule's. */
  readonly maxLength?: number | undefined
  /** Gives the text between `_` and the suffixes. Default {@link randomSuffix}. */
  readonly randomSuffix?: (() => string) | undefined
}

/**
 * The names to try for a file, one after the other: its own first, then ever new ones. Endless.
 *
 * @throws TitofistoError `name-invalid` when `maxLength` leaves no letter of the root.
 */
export function* freeNames(name: FileName, options: FreeNameOptions = {}): Generator<FileName> {
  const { maxLength = Infinity, randomSuffix: suffix = randomSuffix } = options
  if (name.length <= maxLength) yield name

  const { folder, root: wholeRoot, suffixes } = splitName(name)
  let root = wholeRoot
  for (;;) {
    let candidate = `${folder}${root}_${suffix()}${suffixes}`
    // A cut root stays cut: the next candidate is as long.
    for (let excess = countExcess(candidate, maxLength); excess > 0;) {
      root = cutEnd(root, excess)
      if (root === '') throw noRoom(name, maxLength)
      candidate = `${folder}${root}_${suffix()}${suffixes}`
      excess = countExcess(candidate, maxLength)
    }
    yield checkFileName(candidate)
  }
}

/** Seven random characters of A-Z, a-z and 0-9. */
export function randomSuffix(): string {
  let text = ''
  for (let i = 0; i < 7; i++) text += alphabet[randomInt(alphabet.length)]
  return text
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The longest part between two slashes, in bytes, that usual file systems take. */
const maxPartBytes = 255

function splitName(name: string): { folder: string; root: string; suffixes: string } {
  const fileName = lastPartOf(name)
  const suffixes = findSuffixes(fileName)
  return {
    folder: name.slice(0, name.length - fileName.length),
    root: fileName.slice(0, fileName.length - suffixes.length),
    suffixes,
  }
}

/** All suffixes, as Python's PurePath has them: leading dots begin none, a last dot means none. */
function findSuffixes(fileName: string): string {
  if (fileName.endsWith('.')) return ''
  const start = fileName.search(/[^.]/)
  const dot = fileName.indexOf('.', start)
  return start === -1 || dot === -1 ? '' : fileName.slice(dot)
}

/** How many UTF-16 units too many a candidate has; at least one for any byte too many. */
function countExcess(candidate: string, maxLength: number): number {
  if (candidate.length > maxLength) return candidate.length - maxLength
  const lastPart = lastPartOf(candidate)
  const excessBytes = Math.max(
    Buffer.byteLength(lastPart) - maxPartBytes,
    Buffer.byteLength(candidate) - maxNameBytes,
  )
  // A unit has at most three bytes: this never cuts more than needed, and asks again if less.
  return Math.ceil(excessBytes / 3)
}

/** Drops units from the end, and the half character that may be left. */
function cutEnd(text: string, units: number): string {
  const cut = text.slice(0, Math.max(0, text.length - units))
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

function noRoom(fileName: string, maxLength: number): TitofistoError {
  const limit = Number.isFinite(maxLength)
    ? `${maxLength} characters`
    : `${maxPartBytes} bytes between slashes and ${maxNameBytes} in all`
  return new TitofistoError(
    'name-invalid',
    `This file name leaves no room for a free one within ${limit}. Shorten it, or allow more.`,
    { fileName },
  )
}
