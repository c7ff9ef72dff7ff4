// A link with what a client wants to know of the file before it fetches it.

import { isTitofistoError, TitofistoError } from '../errors.ts'
import { typeOfName } from '../http/media-type.ts'
import { originTextRule } from '../http/origin.ts'
import { checkOption } from '../options.ts'
import type { UrlOptions } from '../media/link.ts'
import type { Titofisto } from '../titofisto-api.ts'
import { toAbsoluteUrl, type OriginOption } from './absolute-url.ts'

/** A link to a file, as plain JSON. */
export interface FileLink {
  /** Absolute. Whoever has it can fetch the file, until it ends. */
  readonly url: string
  /** The file's name in the storage. */
  readonly name: string
  /** The media type that it is sent with. */
  readonly type: string
  readonly sizeBytes: number
  /** ISO 8601, in UTC; `null`: it does not end by time. */
  readonly expiresAt: string | null
}

/** The terms of a link: those of `files.url()`, and where it leads. */
export interface FileLinkOptions extends Omit<UrlOptions, 'origin'>, OriginOption {}

/**
 * Makes a link to a file, and tells what it leads to.
 *
 * @throws TitofistoError `name-invalid`, `file-missing`, `storage-failed`.
 * @throws TypeError, RangeError for wrong options.
 * @example
 * import { fileLink } from 'titofisto/graphql'
 *
 * await fileLink(files, 'report.pdf', { origin: 'https://files.example', expiresIn: 600 })
 * //=> { url: 'https://files.example/media/report.pdf?titofisto_token=…', name: 'report.pdf', type: 'application/pdf', sizeBytes: 8, expiresAt: '2…Z' }
 */
export async function fileLink(
  files: Pick<Titofisto, 'url' | 'explain' | 'storage'>,
  name: string,
  options: FileLinkOptions = {},
): Promise<FileLink> {
  const { origin, ...urlOptions } = options
  if (origin !== undefined) checkOption(where, 'origin', origin, originTextRule)
  const url = await files.url(name, urlOptions)
  const facts = await files.storage.stat(name)
  if (facts === null)
    throw new TitofistoError('file-missing', 'There is no regular file of this name to link to.', {
      fileName: name,
    })
  // What `expiresIn`, `timeoutSeconds` and `stableSeconds` come to, the token says.
  const { bind } = urlOptions
  const { expiresAt } = await files.explain(url, bind === undefined ? {} : { bind })
  return {
    url: toAbsoluteUrl(where, url, origin),
    name,
    type: urlOptions.contentType ?? facts.contentType ?? typeOfName(name),
    sizeBytes: facts.sizeBytes,
    expiresAt: expiresAt?.toISOString() ?? null,
  }
}

/**
 * Whether {@link fileLink} says that nobody can have a file of this name: it is none, as that of a
 * slot's URL, or there is no such file, or none that we may read.
 */
export function isAboutNoFile(error: unknown): boolean {
  return isTitofistoError(error) && withoutFile.has(error.code)
}

const withoutFile: ReadonlySet<string> = new Set([
  'file-missing',
  'file-unreadable',
  'name-invalid',
])

const where = 'fileLink()'
