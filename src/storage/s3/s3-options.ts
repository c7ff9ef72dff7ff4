// What createS3Storage() may be told.

import {
  aFunction,
  fitting,
  oneOf,
  wholeNumber,
  withMethods,
  type OptionRules,
} from '../../options.ts'
import type { Log } from '../../log.ts'
import type { Delivery } from '../delivery.ts'
import { whyNotAFileName } from '../names/file-name.ts'
import { isReservedName } from '../names/reserved-name.ts'

type SendCommand = (
  command: never,
  options?: { readonly abortSignal?: AbortSignal },
) => Promise<unknown>

/** What is used of a client, as `new S3Client({ … })` of `@aws-sdk/client-s3` makes it. */
export interface S3ClientLike {
  readonly send: SendCommand
  readonly config: object
}

/** How files are kept in a bucket of S3, or of what speaks S3's protocol. */
export interface S3StorageOptions {
  /** A client of `@aws-sdk/client-s3`, with its region, endpoint and credentials. Required. */
  readonly client: S3ClientLike
  /** The bucket. It must exist. Required. */
  readonly bucket: string
  /** What the keys of all files begin with, such as `media/`; ends with `/`. Default: none, the bucket is all ours. */
  readonly prefix?: string
  /**
   * Who sends the bytes of files whose links say nothing of it: this server (`'proxy'`), or S3, to
   * which the client is sent by a redirect once its token was found good. Default `'proxy'`.
   */
  readonly delivery?: Delivery
  /** For how long the URL of a redirect works, in whole seconds, 10 to 604,800. Default 300. */
  readonly redirectSeconds?: number
  /**
   * A client that the URLs of redirects are signed with, where browsers reach S3 by another endpoint
   * than this server. Default: `client`.
   */
  readonly redirectClient?: S3ClientLike
  /**
   * A private folder of this machine: uploads that are not whole yet are in it, and slots too unless
   * `slotStore` says where they are. Made at the first upload. Not to be served, not in memory, with
   * room for all uploads under way. Default `.titofisto` in the folder that the process was started in.
   */
  readonly stateFolder?: string
  /**
   * How long S3 may take to answer, or to pause within an answer, in whole seconds, 1 to 600; after
   * that it counts as gone. Sending and copying get as much more as their bytes need. Default 10.
   */
  readonly timeoutSeconds?: number
  /**
   * The size of the parts that larger files are sent in, in bytes, 5 MiB to 256 MiB. A file has at most
   * 10,000 parts: larger ones get larger parts. Default 5,242,880 (5 MiB).
   */
  readonly partBytes?: number
  /** How many parts are sent at once, of all uploads together, 1 to 64: each takes `partBytes` of memory. Default 3. */
  readonly maxPartsAtOnce?: number
  /** Makes the name to save under of the name that was asked for. Default: the name as it is. */
  readonly generateName?: (name: string) => string
  /** Gives what stands between `_` and the suffixes of a name that was taken. Default: seven random letters and digits. */
  readonly randomSuffix?: () => string
  /** Hears once what this S3 can't do. Default: stderr. */
  readonly log?: Log
}

const mebibyte = 1024 * 1024

const aClient = withMethods(['send'], 'an S3Client of @aws-sdk/client-s3')

/** The longest prefix: names need room in a key's 1,024 bytes. */
const maxPrefixBytes = 512

/** What each may be. */
export const s3Rules: OptionRules<S3StorageOptions> = {
  client: aClient,
  bucket: fitting(
    (bucket) => typeof bucket === 'string' && bucket !== '',
    'must be the name of a bucket',
  ),
  prefix: fitting(
    isPrefix,
    `must be "" or the name of a folder, end with "/", and have at most ${maxPrefixBytes} bytes`,
  ),
  delivery: oneOf('proxy', 'redirect'),
  redirectSeconds: wholeNumber(10, 604_800, 'seconds'),
  redirectClient: aClient,
  stateFolder: fitting(
    (folder) => typeof folder === 'string' && folder !== '',
    'must be the path of a folder',
  ),
  timeoutSeconds: wholeNumber(1, 600, 'seconds'),
  partBytes: wholeNumber(5 * mebibyte, 256 * mebibyte, 'bytes'),
  maxPartsAtOnce: wholeNumber(1, 64, ''),
  generateName: aFunction,
  randomSuffix: aFunction,
  log: aFunction,
}

function isPrefix(prefix: unknown): boolean {
  if (prefix === '') return true
  if (typeof prefix !== 'string' || !prefix.endsWith('/')) return false
  const folder = prefix.slice(0, -1)
  return (
    whyNotAFileName(folder) === null &&
    !isReservedName(folder) &&
    Buffer.byteLength(prefix) <= maxPrefixBytes
  )
}
