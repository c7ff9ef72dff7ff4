// What a request's target asks for: a file, a slot, or nothing of ours. Needs no clock, keys or disk.

import { cutMountPlaces, decodePath, findQueryParameter, splitTarget } from '../http/target.ts'
import { parseFileName, type FileName } from '../storage/names/file-name.ts'
import type { MountPlaces } from '../http/target.ts'

/** A target, understood. */
export type Question =
  /** Not under our prefix: somebody else's. */
  | { readonly kind: 'foreign' }
  /** Under our prefix, but without a valid name or token; `reason` ends a sentence. */
  | { readonly kind: 'malformed'; readonly reason: string; readonly hasToken: boolean }
  | { readonly kind: 'public'; readonly name: FileName }
  | { readonly kind: 'token'; readonly name: FileName; readonly token: string }
  /** Under the upload namespace; `rest` is what follows it, decoded. */
  | { readonly kind: 'slot'; readonly rest: string }

/** A question about a file, of whatever path below our prefix but a slot's. */
export type FileQuestion = Exclude<Question, { kind: 'foreign' | 'slot' }>

/** Where things are below a server's root. */
export interface Layout extends MountPlaces {
  /** The query parameter with the token. */
  readonly param: string
  /** Names that need no token begin so, with a `/` at the end; `null`: none. */
  readonly publicNamespace: string | null
  /** Slots are below this, with a `/` at the end; `null`: there are none. */
  readonly uploadNamespace: string | null
}

/** Reads a target. The public namespace is decided on the parsed name, never on raw text. */
export function readQuestion(target: string, layout: Layout): Question {
  const split = splitTarget(target)
  const rest = split === null ? null : cutMountPlaces(split.path, layout)
  if (split === null || rest === null) return { kind: 'foreign' }
  const decoded = decodePath(rest)
  if (decoded === null)
    return malformed('the path is not percent-encoded UTF-8', split.query, layout)
  if (layout.uploadNamespace !== null && decoded.startsWith(layout.uploadNamespace))
    return { kind: 'slot', rest: decoded.slice(layout.uploadNamespace.length) }

  const name = parseFileName(decoded)
  if (name === null) return malformed('the path is no file name', split.query, layout)
  if (isPublic(name, layout)) return { kind: 'public', name }
  const parameter = findQueryParameter(split.query, layout.param)
  if (parameter === null)
    return malformed(`there is no parameter ${layout.param}`, split.query, layout)
  if (parameter === 'repeated')
    return malformed(`parameter ${layout.param} stands there twice`, split.query, layout)
  return { kind: 'token', name, token: parameter.value }
}

function malformed(reason: string, query: string, { param }: Layout): Question {
  return { kind: 'malformed', reason, hasToken: findQueryParameter(query, param) !== null }
}

/** Whether a name is in the public namespace, which ends at a segment's border. */
export function isPublic(name: FileName, layout: Layout): boolean {
  return layout.publicNamespace !== null && name.startsWith(layout.publicNamespace)
}
