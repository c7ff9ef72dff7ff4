// Whether a file's type is taken (docs/types.md has the table). Three witnesses are heard: what the
// client declares, what the bytes show, and what the name ends in. None is proof; together they
// keep a script from passing as a picture.

import { unknownType } from '../../http/media-type.ts'
import {
  isListed,
  isSuffix,
  isTaken,
  limitsOf,
  sayWhatIsTaken,
  suffixMeansText,
  suffixTaken,
  takesFromZip,
  typeClaimed,
  typeNamed,
  typesMeant,
} from './accept-list.ts'
import type { Accept, ClaimedType } from './accept-list.ts'
import { alwaysShows, isActive, isBinaryType, isSignedText } from './format-facts.ts'
import { TitofistoError } from '../../errors.ts'
import type { ShownType } from './sniff.ts'
import { isJsonType, isRelatedType, isSameType, isTextType } from './type-names.ts'

const token = "[!#$%&'*+.^_`|~A-Za-z0-9-]+"
const typeWithParameters = new RegExp(`^[ \\t]*(${token}/${token})[ \\t]*(?:;.*)?$`, 's')

/**
 * The media type a client declares, lower case, without parameters. What is missing, no media type, or
 * a family (`image/*`, as apps on Android that ask for one declare what they get) says as little as
 * `application/octet-stream`, and is taken as that.
 */
export function parseDeclaredType(contentType: string | undefined): string {
  return typeThatSays(readMediaType(contentType))
}

/** The same of a media type that was read already. */
export function typeThatSays(type: string | null): string {
  return type === null || type.includes('*') || unsaying.has(type) ? unknownType : type
}

/** The media type in a field's value, lower case, without parameters; `null` where there is none. */
export function readMediaType(contentType: string | undefined): string | null {
  return typeWithParameters.exec(contentType ?? '')?.[1]?.toLowerCase() ?? null
}

/** What else clients call bytes of which they know nothing; the last is a form's, put on each of its parts. */
const unsaying: ReadonlySet<string> = new Set(
  `binary/octet-stream application/binary application/x-binary application/x-octet-stream
application/unknown application/x-unknown unknown/unknown application/download application/x-download
application/force-download application/x-force-download multipart/form-data`.split(/\s/),
)

/**
 * Takes what a client says of a file, where the bytes may decide.
 *
 * @throws TitofistoError `upload-type-refused`
 */
export function checkClaimedType(accept: Accept, claim: ClaimedType): void {
  const limits = limitsOf(accept)
  const reason = limits === null ? null : whyClaimRefused(limits, claim)
  if (limits !== null && reason !== null) throw refuse(limits, reason, { declaredType: claim.type })
}

/**
 * Hears all witnesses of a file, and gives the type that its bytes show, after all; `null` where
 * they show none.
 *
 * @throws TitofistoError `upload-type-refused`
 */
export function checkShownType(
  accept: Accept,
  claim: ClaimedType,
  shown: ShownType,
): string | null {
  const limits = limitsOf(accept)
  const meant = [typeClaimed(claim), ...(limits === null ? [] : typesMeant(limits, claim))]
  const sniffedType = typeShown(meant, shown)
  if (limits === null) return sniffedType
  const hearing = { accept: limits, claim, shown, sniffedType }
  const reason = whyClaimRefused(limits, claim) ?? whyBytesRefused(hearing)
  if (reason !== null) throw refuse(limits, reason, { declaredType: claim.type, sniffedType })
  return sniffedType
}

/**
 * Refuses a file whose bytes so far show that it will be refused.
 *
 * @throws TitofistoError `upload-type-refused`
 */
export function checkShownSoFar(accept: Accept, claim: ClaimedType, shown: ShownType): void {
  const limits = limitsOf(accept)
  if (limits === null || (shown.type === 'application/zip' && takesFromZip(limits))) return
  checkShownType(accept, claim, shown)
}

interface Hearing {
  readonly accept: readonly string[]
  readonly claim: ClaimedType
  readonly shown: ShownType
  /** As {@link typeShown} gives it. */
  readonly sniffedType: string | null
}

function refuse(
  accept: readonly string[],
  reason: string,
  seen: { readonly declaredType: string; readonly sniffedType?: string | null },
): TitofistoError {
  const message = `${reason} ${sayWhatIsTaken(accept)}`
  return new TitofistoError('upload-type-refused', message, { accept, ...seen })
}

function whyClaimRefused(accept: readonly string[], claim: ClaimedType): string | null {
  const meant = typesMeant(accept, claim)
  const named = typeNamed(claim)
  const isActiveAlien = (type: string): boolean =>
    isActive(type) && !meant.some((one) => isRelatedType(type, one))
  if (claim.type !== unknownType && (meant.length === 0 || isActiveAlien(claim.type)))
    return accept.every(isSuffix)
      ? 'The file has no name with a suffix that is taken here.'
      : `The declared type ${claim.type} is not taken here.`
  // Saved under its name, it would be sent as what that means.
  if (isActiveAlien(named)) return `The file's name means ${named}, which is not taken here.`
  return null
}

function whyBytesRefused(hearing: Hearing): string | null {
  const { accept, claim, sniffedType } = hearing
  if (typesMeant(accept, claim).some((type) => mayBe(hearing, type))) return null
  const claimed = typeClaimed(claim)
  if (sniffedType === null)
    return claimed === unknownType
      ? "The file's type is not declared, and its first bytes show none."
      : `The file is called ${claimed}, but its bytes don't show that, or it is not taken here.`
  if (!isTaken(accept, sniffedType))
    return `The file's first bytes show ${sniffedType}, which is not taken here.`
  return isActive(sniffedType) && claimed !== unknownType
    ? `The file's first bytes show ${sniffedType}, but it is called ${claimed}.`
    : null
}

/** Whether a file may be of a type that is taken, and that the client may mean. */
function mayBe({ accept, claim, shown, sniffedType }: Hearing, type: string): boolean {
  const isText = shown.text !== 'binary'
  if (isTextType(type) && !isText) return false
  const isBySuffix = type === suffixTaken(accept, claim)
  // A family is taken by what is shown; only a full name or a suffix is taken on the client's word.
  const isOnWord = isBySuffix || isListed(accept, type) || !showing.test(type)
  if (sniffedType !== null) {
    // Of a format that nobody knows, the bytes may be any.
    if (type === unknownType) return isOnWord && isNamed(accept, claim) && !isActive(sniffedType)
    if (isRelatedType(sniffedType, type))
      return isOnWord || isSameType(sniffedType, type) || mediaContainer.test(sniffedType)
    return isTextType(type) && !isFirm(sniffedType, type)
  }
  if (isBySuffix && isText && suffixMeansText(accept, claim)) return true
  if (!isOnWord || alwaysShows(type)) return false
  if (isJsonType(type)) return shown.text === 'utf-8'
  return !isText || !isBinaryType(type)
}

/** Whether unknown bytes are taken by their full name or suffix, and not as one of a family. */
function isNamed(accept: readonly string[], claim: ClaimedType): boolean {
  return isListed(accept, unknownType) || suffixTaken(accept, claim) === unknownType
}

/**
 * The type that bytes show. Where they are text from first to last, the signature of a picture or a
 * program in them is chance ("BMW;Audi"), if the file is called a text; and with markup in it, such
 * a file is no picture either, but a script that begins like one.
 */
function typeShown(meant: readonly string[], shown: ShownType): string | null {
  const { type, text, hasMarkup, hasPdfHeader } = shown
  if (type === null)
    return hasPdfHeader && meant.some((one) => isSameType(one, 'application/pdf'))
      ? 'application/pdf'
      : null
  if (text === 'binary' || isActive(type) || isSignedText(type)) return type
  return hasMarkup || meant.some(isTextType) ? null : type
}

/** Whether what the bytes show can't pass as another text. */
function isFirm(sniffedType: string, type: string): boolean {
  // Markdown may begin with any element of HTML, and is never sent as HTML.
  if (sniffedType === 'text/html' && isSameType(type, 'text/markdown')) return false
  return isActive(sniffedType) || /^application\/(?:pdf|rtf)$/.test(sniffedType)
}

/** Families whose files show what they are; texts and most documents don't. */
const showing = /^(?:audio|font|image|video)\//

/** What pictures, sound and films come in; a family takes no archive that calls itself one of it. */
const mediaContainer = /^(?:audio|image|video)\/|^application\/(?:ogg|vnd\.ms-asf)$/
