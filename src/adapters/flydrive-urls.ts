// URLs for FlyDrive: its plain disk asks for them by three hooks, and our driver for FlyDrive makes
// its own by the same.

import { originTextRule } from '../http/origin.ts'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isTitofistoError } from '../errors.ts'
import {
  checkOptions,
  fitting,
  optionError,
  orElse,
  textLike,
  type OptionRules,
} from '../options.ts'
import type { UrlOptions } from '../media/link.ts'
import { parseDisposition } from '../receive/intake/received-disposition.ts'
import type { UploadLimits } from '../receive/upload-limits.ts'
import type { SlotOverrides } from '../slots/minting/mint.ts'
import { checkUserFileName } from '../storage/names/reserved-name.ts'
import type { Titofisto } from '../titofisto-api.ts'
import { toAbsoluteUrl, type OriginOption } from './absolute-url.ts'
import { parseDriveDuration } from './flydrive-duration.ts'

/** What FlyDrive's `getSignedUrl` and `getSignedUploadUrl` are given, and pass on. */
export interface DriveUrlOptions {
  /** Seconds, or words such as `30 mins`. Default: the application's `timeoutSeconds`. */
  readonly expiresIn?: string | number
  /** Of a download the type that is sent; of an upload the one that is taken. */
  readonly contentType?: string
  /** Of a download: `attachment` or `inline`, with a file name where one is to be shown. */
  readonly contentDisposition?: string
  /** Of an upload: its exact size in bytes. */
  readonly contentSize?: number
  /** And what `files.url()`, or a slot, takes. */
  readonly [option: string]: unknown
}

/** How URLs are made. */
export interface DriveOptions extends OriginOption {
  /** The limits of signed uploads; `false`: there are none. Default: those of slots, 100 MiB. */
  readonly uploads?: UploadLimits | false
  /** The name of their slot kind, which is one for each disk. Default `flydrive`. */
  readonly kind?: string
}

/** Makes a URL; the path of the file is not looked at. */
export type DriveUrlHook = (
  key: string,
  filePath: string,
  options?: DriveUrlOptions,
) => Promise<string>

/** The hooks of FlyDrive's `FSDriver`; they may be called detached. */
export interface DriveUrlBuilder {
  /** The lasting URL of a file in the public namespace. @throws TitofistoError `name-invalid`. @throws Error for any other file. */
  readonly generateURL: (key: string, filePath?: string) => Promise<string>
  /** A URL of a file for a while. @throws TitofistoError, TypeError, RangeError as `files.url()`. */
  readonly generateSignedURL: DriveUrlHook
  /** A URL for one upload to this key; left out with `uploads: false`. */
  readonly generateSignedUploadURL?: DriveUrlHook
}

/** Whether a file of this name needs no token; it need not be there. */
export async function isPublicKey(files: Pick<Titofisto, 'url'>, key: string): Promise<boolean> {
  try {
    // All that needs a token has one.
    return !(await files.url(key)).includes('?')
  } catch (error) {
    // Only what needs a token is looked at for one.
    if (isTitofistoError(error) && error.code === 'file-missing') return false
    throw error
  }
}

/**
 * Makes the `urlBuilder` of FlyDrive's `FSDriver`, whose `location` is the storage's `root`.
 *
 * @throws TypeError, RangeError for wrong options, or where another disk has the same `kind`.
 * @example
 * import { createDriveUrls } from 'titofisto/flydrive'
 *
 * const urlBuilder = createDriveUrls(files, { origin: 'https://files.example' })
 * await urlBuilder.generateSignedURL('report.pdf', '', { expiresIn: '30 mins' })
 * //=> 'https://files.example/media/report.pdf?titofisto_token=…'
 */
export function createDriveUrls(
  files: Pick<Titofisto, 'url' | 'slot'>,
  options: DriveOptions = {},
): DriveUrlBuilder {
  const where = 'createDriveUrls()'
  checkOptions<DriveOptions>(where, options, rules)
  const { origin, uploads = {}, kind = 'flydrive' } = options
  const finish = (url: string): string =>
    origin === undefined ? url : toAbsoluteUrl(where, url, origin)
  const hooks = {
    async generateURL(key: string) {
      if (await isPublicKey(files, key)) return finish(await files.url(key))
      throw new Error(
        'This file is not public: ask for a signed URL, or keep it below publicNamespace.',
      )
    },
    generateSignedURL: async (key: string, _path: string, urlOptions: DriveUrlOptions = {}) =>
      finish(await files.url(key, toUrlOptions(urlOptions))),
  }
  if (uploads === false) return hooks
  const slots = files.slot(kind, {
    ...uploads,
    args: keySchema,
    // As a bucket does: a new upload takes the old one's place.
    handler: async ({ args, file }) => void (await file.save(args, { onTaken: 'replace' })),
  })
  return {
    ...hooks,
    generateSignedUploadURL: async (key, _path, urlOptions = {}) =>
      finish(await slots.url(key, toOverrides(urlOptions))),
  }
}

function toUrlOptions(options: DriveUrlOptions): UrlOptions {
  const { expiresIn, contentDisposition, ...rest } = options
  return {
    // What is none of its options, files.url() refuses.
    ...(rest as UrlOptions),
    ...(expiresIn !== undefined && { expiresIn: toSeconds(expiresIn) }),
    ...(contentDisposition !== undefined && toDisposition(contentDisposition)),
  }
}

function toOverrides(options: DriveUrlOptions): SlotOverrides {
  const { expiresIn, contentType, contentSize, ...rest } = options
  return {
    // What is none of its options, minting refuses.
    ...(rest as SlotOverrides),
    ...(expiresIn !== undefined && { expiresIn: toSeconds(expiresIn) }),
    ...(contentType !== undefined && { accept: [contentType] }),
    ...(contentSize !== undefined && { sizeBytes: contentSize }),
  }
}

function toSeconds(expiresIn: unknown): number {
  const seconds = parseDriveDuration(expiresIn)
  if (seconds !== null) return seconds
  throw optionError(
    'FlyDrive',
    { option: 'expiresIn', reason: 'must be a number of seconds, or words such as "30 mins"' },
    RangeError,
  )
}

function toDisposition(text: unknown): Pick<UrlOptions, 'download' | 'inline'> {
  // As it would stand in a header field: a character for each byte.
  const bytes = typeof text === 'string' ? Buffer.from(text).toString('latin1') : ''
  const disposition = parseDisposition(bytes)
  const shownName = disposition?.fileName || true
  if (disposition?.kind === 'attachment') return { download: shownName }
  if (disposition?.kind === 'inline') return { inline: shownName }
  const reason = 'must be "attachment" or "inline", with or without a filename'
  throw optionError('FlyDrive', { option: 'contentDisposition', reason })
}

/** A key is a name in the storage. */
const keySchema: StandardSchemaV1<string> = {
  '~standard': {
    version: 1,
    vendor: 'titofisto',
    validate(value) {
      if (typeof value !== 'string') return { issues: [{ message: 'must be a key' }] }
      try {
        return { value: checkUserFileName(value) }
      } catch (error) {
        return { issues: [{ message: error instanceof Error ? error.message : String(error) }] }
      }
    },
  },
}

const rules: OptionRules<DriveOptions> = {
  origin: originTextRule,
  uploads: orElse(
    false,
    fitting((uploads) => typeof uploads === 'object' && uploads !== null, 'must be limits'),
  ),
  kind: textLike(/^/, "must be a slot kind's name"),
}
