// What stands in a kind's `accept`: media types, families (`image/*`) and suffixes (`.csv`), lower
// case; and which of it a file may mean.

import { typeOfName, unknownType } from '../../http/media-type.ts'
import { isActive } from './format-facts.ts'
import { canonicalType, isKindOf, isRelatedType, isSameType, isTextType } from './type-names.ts'

/** What is taken; `null` takes all. */
export type Accept = readonly string[] | null

/** What a client says of a file. */
export interface ClaimedType {
  /** The media type that it declares, lower case, without parameters; `application/octet-stream` says nothing. */
  readonly type: string
  /** As it will be kept; `null` where the client gave none. */
  readonly name: string | null
}

/** What limits; `null` where all is taken. */
export function limitsOf(accept: Accept): readonly string[] | null {
  return accept === null || accept.includes('*/*') ? null : accept
}

/** Whether a type is taken, by itself or as one of a family. */
export function isTaken(accept: readonly string[], type: string): boolean {
  if (isListed(accept, type)) return true
  const plain = canonicalType(type)
  return accept.some((entry) => {
    if (isSuffix(entry)) return false
    if (!entry.endsWith('/*')) return isKindOf(type, entry)
    const family = entry.slice(0, -1)
    return plain.startsWith(family) || type.startsWith(family)
  })
}

/** Whether a type is taken by its full name. */
export function isListed(accept: readonly string[], type: string): boolean {
  return accept.some((entry) => !isSuffix(entry) && isSameType(entry, type))
}

/** Whether an entry is a suffix. */
export function isSuffix(entry: string): boolean {
  return entry.startsWith('.')
}

/** The declared type, or where there is none, the name's. */
export function typeClaimed(claim: ClaimedType): string {
  return claim.type === unknownType ? typeNamed(claim) : claim.type
}

/** The type that a name's suffix means. */
export function typeNamed({ name }: ClaimedType): string {
  // `.html` alone is a suffix, too, once something is put before it.
  return name === null ? unknownType : typeOfSuffix(name)
}

/** The type of the suffix that a name has, and that is taken; `null` where it has none. */
export function suffixTaken(accept: readonly string[], claim: ClaimedType): string | null {
  const suffix = findSuffix(accept, claim)
  return suffix === null ? null : typeOfSuffix(suffix)
}

/** Whether that suffix means a text as well, whatever the table has: TypeScript's is that of films. */
export function suffixMeansText(accept: readonly string[], claim: ClaimedType): boolean {
  return /\.(?:[cm]?ts|asx|bat|com|msg)$/.test(findSuffix(accept, claim) ?? '')
}

function findSuffix(accept: readonly string[], { name }: ClaimedType): string | null {
  const plain = name?.toLowerCase() ?? ''
  return accept.find((entry) => isSuffix(entry) && plain.endsWith(entry)) ?? null
}

/** The types that are taken, and that the client may mean. */
export function typesMeant(accept: readonly string[], claim: ClaimedType): readonly string[] {
  const { type, name } = claim
  const meant: string[] = []
  const bySuffix = suffixTaken(accept, claim)
  if (bySuffix !== null) meant.push(bySuffix)
  if (type !== unknownType) {
    // A file without a name is judged by its type, also where suffixes are taken.
    const isMeant = (one: string): boolean =>
      isTaken(accept, one) || (name === null && isMeantBySuffix(accept, one))
    if (isMeant(type)) meant.push(type)
    // `fetch` calls every string so, unasked; which text it is, the name says.
    const named = typeNamed(claim)
    const isPlain = isSameType(type, 'text/plain')
    if (isPlain && isTextType(named) && !isActive(named) && isTaken(accept, named))
      meant.push(named)
    // Windows with Excel calls every .csv so.
    if (isSameType(type, 'application/vnd.ms-excel') && isMeant('text/csv')) meant.push('text/csv')
    // Any bytes, whatever they are called.
    if (isListed(accept, unknownType)) meant.push(unknownType)
    return meant
  }
  const named = typeNamed(claim)
  if (isTaken(accept, named)) meant.push(named)
  if (isTaken(accept, unknownType)) meant.push(unknownType)
  // A text that has no suffix either is plain text.
  if (named === unknownType && isTaken(accept, 'text/plain')) meant.push('text/plain')
  return meant
}

function isMeantBySuffix(accept: readonly string[], type: string): boolean {
  return accept.some((entry) => isSuffix(entry) && isSameType(typeOfSuffix(entry), type))
}

/** Whether something that is taken may turn out to be in a ZIP file, once its directory can be read. */
export function takesFromZip(accept: readonly string[]): boolean {
  const zip = 'application/zip'
  return accept.some(
    (entry) =>
      isSuffix(entry) || /^(?:application|model)\/\*$/.test(entry) || isRelatedType(zip, entry),
  )
}

/** What is taken, for people. */
export function sayWhatIsTaken(accept: readonly string[]): string {
  return `Taken: ${accept.join(', ')}.`
}

/** What is taken, as an Accept field says it (RFC 9110 12.5.1): suffixes by the types they mean. */
export function formatAccept(accept: readonly string[]): string {
  return [...new Set(accept.map((entry) => (isSuffix(entry) ? typeOfSuffix(entry) : entry)))].join(
    ', ',
  )
}

function typeOfSuffix(suffix: string): string {
  return typeOfFileName(`file${suffix}`)
}

function typeOfFileName(name: string): string {
  const suffix = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return suffixTypes.get(suffix) ?? typeOfName(name).replace(/;.*$/s, '')
}

/** What the table of suffixes doesn't have, or has for another format that is never met. */
const suffixTypes: ReadonlyMap<string, string> = new Map([
  ['arw', 'image/x-sony-arw'],
  ['cr2', 'image/x-canon-cr2'],
  ['cr3', 'image/x-canon-cr3'],
  ['nef', 'image/x-nikon-nef'],
  ['orf', 'image/x-olympus-orf'],
  ['raf', 'image/x-fujifilm-raf'],
  ['rw2', 'image/x-panasonic-rw2'],
  ['mpc', 'audio/x-musepack'],
  ['mpp', 'application/vnd.ms-project'],
  ['skp', 'application/vnd.sketchup.skp'],
])
