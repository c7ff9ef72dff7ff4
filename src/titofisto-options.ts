// The options of createTitofisto: their meaning, their defaults, and what is wrong with them.

import { finishEncoding, formatPath } from './http/percent.ts'
import { checkSeconds } from './media/link.ts'
import { checkOptions, checkWholeNumber } from './options.ts'
import { maxSweepSeconds } from './slots/kinds/check-limits.ts'
import { whyNotAFileName } from './storage/names/file-name.ts'
import { checkDjangoZone, toDjangoZone } from './token/django.ts'
import type { Log } from './log.ts'
import type { Layout } from './media/question.ts'
import type { SlotStore } from './slots/stores/store.ts'
import type { FileFacts, Storage } from './storage/storage.ts'
import type { DjangoZone } from './token/django.ts'

/** How files are put behind time tokens. */
export interface TitofistoOptions {
  /** At least 32 bytes of text; an array for rotation: the first signs, all verify. Required. */
  readonly secret: string | readonly string[]
  /** Where the files are. Required. */
  readonly storage: Storage
  /** Where the files are for clients: a path from `/` to `/`, or an absolute URL that ends with `/`. Default `/media/`. */
  readonly mediaUrl?: string
  /** Where the handler answers, where that differs from the path of `mediaUrl`, as behind a proxy that cuts a prefix. From `/` to `/`. */
  readonly mountPath?: string
  /** Life of a link in whole seconds, or `Infinity`. Default 3,600. */
  readonly timeoutSeconds?: number
  /** The query parameter with the token. Default `titofisto_token`. */
  readonly param?: string
  /** Files below this folder need no token; `false` for none. Default `public/`. */
  readonly publicNamespace?: string | false
  /** Upload slots are below this folder of `mediaUrl`, once one is defined. Default `titofisto/upload/`. */
  readonly uploadNamespace?: string
  /** Where slots are remembered. Default: files beside the storage's `spoolFolder`, safe for several processes. */
  readonly slotStore?: SlotStore
  /** Whether uploads and slots are flushed to the disk before they count. Default true. */
  readonly durable?: boolean
  /**
   * How often expired and broken-off uploads are looked for, in whole seconds up to 86,400 (a day);
   * 0 leaves it to `slots.sweep()`. With more slots than 1,000 for each of these seconds it is less
   * often, but never less than a tenth as often. Default 60.
   */
  readonly sweepSeconds?: number
  /**
   * How long a claim on a slot survives without renewal, in whole seconds, 1 to 3,600. Shorter: a
   * slot whose process died is free sooner. It must be longer than any stall of a living process, or
   * that process may lose its uploads. Default 30.
   */
  readonly leaseSeconds?: number
  /** Gives a file the same URL for about so many seconds; 0 for a new one every second. Default 0. */
  readonly stableSeconds?: number
  /**
   * The value that a bound token must be bound to for this request: a session's or user's id, a
   * counter. `null` refuses the request. Without this option every bound token is refused.
   */
  readonly bindOf?: (
    request: unknown,
    name: string,
  ) => string | null | undefined | Promise<string | null | undefined>
  /** What a token binds besides the name. Default: the storage's version, mtime and size. */
  readonly versionOf?: (facts: FileFacts) => string
  /** `'django'`: mint and take the tokens of django-titofisto too. Default: off. */
  readonly interop?: 'django'
  /** With interop: Django's USE_TZ. Default: true where `timeZone` is `'UTC'`, else false. */
  readonly useTz?: boolean
  /** With interop: Django's TIME_ZONE, which counts where its USE_TZ is false. Default `'UTC'`. */
  readonly timeZone?: DjangoZone
  /** Memory for small files that are asked for often, in bytes; 0 turns it off. Default 32 MiB. */
  readonly cacheBytes?: number
  /** Cache-Control of files that need no token. Default `public, max-age=3600`. */
  readonly publicCacheControl?: string
  /** Cross-Origin-Resource-Policy of every file: who may embed it. Default `same-site`. */
  readonly crossOriginResourcePolicy?: 'same-origin' | 'same-site' | 'cross-origin'
  /** Takes log entries. Default: our own failures go to stderr, refusals nowhere. */
  readonly log?: Log
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/** Every option's name. */
const optionNames = [
  'secret',
  'storage',
  'mediaUrl',
  'mountPath',
  'timeoutSeconds',
  'param',
  'publicNamespace',
  'uploadNamespace',
  'slotStore',
  'durable',
  'sweepSeconds',
  'leaseSeconds',
  'stableSeconds',
  'bindOf',
  'versionOf',
  'interop',
  'useTz',
  'timeZone',
  'cacheBytes',
  'publicCacheControl',
  'crossOriginResourcePolicy',
  'log',
  'now',
] as const satisfies readonly (keyof TitofistoOptions)[]

/** The options, checked and with their defaults. */
export interface TitofistoSettings {
  readonly layout: Omit<Layout, 'uploadNamespace'>
  /** With a `/` at the end. */
  readonly uploadNamespace: string
  /** What slots' URLs begin with. */
  readonly slotUrlBase: string
  readonly durable: boolean
  /** 0: never. */
  readonly sweepSeconds: number
  readonly leaseSeconds: number
  readonly mediaUrl: string
  readonly timeoutSeconds: number
  readonly stableSeconds: number
  /** `null`: Django's tokens are not taken. */
  readonly djangoZone: DjangoZone | null
  readonly cacheBytes: number
  readonly publicCacheControl: string
  readonly crossOriginResourcePolicy: string
}

/**
 * Checks the options, but not the secret, and fills in the defaults.
 *
 * @throws TypeError, RangeError naming the option.
 */
export function checkTitofistoOptions(options: TitofistoOptions): TitofistoSettings {
  checkOptions('createTitofisto()', options, optionNames)
  // In other places null says "none" or "never": it must not quietly mean the default here.
  for (const name of optionNames)
    if (options[name] === null)
      throw new TypeError(`Option "${name}" can't be null; leave it out to get its default.`)
  checkStorage(options.storage)
  for (const name of ['bindOf', 'versionOf', 'log', 'now'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`Option "${name}" must be a function.`)
  const timeoutSeconds = options.timeoutSeconds ?? 3600
  if (timeoutSeconds !== Infinity) checkSeconds('timeoutSeconds', timeoutSeconds, 1)
  const stableSeconds = options.stableSeconds ?? 0
  checkSeconds('stableSeconds', stableSeconds, 0)
  const sweepSeconds = options.sweepSeconds ?? 60
  checkWholeNumber('createTitofisto()', 'sweepSeconds', sweepSeconds, 0, maxSweepSeconds)
  checkSlotStore(options.slotStore)
  const mediaUrl = checkMediaUrl(options.mediaUrl ?? '/media/')
  const publicNamespace =
    options.publicNamespace === false
      ? null
      : checkNamespace('publicNamespace', options.publicNamespace ?? 'public/')
  const uploadNamespace = checkNamespace(
    'uploadNamespace',
    options.uploadNamespace ?? 'titofisto/upload/',
  )
  if (publicNamespace?.startsWith(uploadNamespace))
    throw new RangeError(
      'Option "uploadNamespace" must not be "publicNamespace" or hold it: nobody could reach the public files.',
    )
  // Django's links keep the spelling of its MEDIA_URL.
  const shownMediaUrl = options.interop === undefined ? finishPath(mediaUrl) : mediaUrl
  return {
    layout: {
      mountPath: checkMountPath(
        options.mountPath ?? new URL(mediaUrl, 'http://localhost').pathname,
      ),
      param: checkParam(options.param ?? 'titofisto_token'),
      publicNamespace,
    },
    uploadNamespace,
    // As it stands in requests: nobody has to encode it.
    slotUrlBase: shownMediaUrl + formatPath(uploadNamespace),
    durable: checkBoolean('durable', options.durable ?? true),
    sweepSeconds,
    leaseSeconds: checkLeaseSeconds(options.leaseSeconds ?? 30),
    mediaUrl: shownMediaUrl,
    timeoutSeconds,
    stableSeconds,
    djangoZone: checkInterop(options),
    cacheBytes: checkCacheBytes(options.cacheBytes ?? 32 * 1024 * 1024),
    publicCacheControl: checkHeaderText(
      'publicCacheControl',
      options.publicCacheControl ?? 'public, max-age=3600',
    ),
    crossOriginResourcePolicy: checkOneOf(
      'crossOriginResourcePolicy',
      options.crossOriginResourcePolicy ?? 'same-site',
      ['same-origin', 'same-site', 'cross-origin'],
    ),
  }
}

function checkStorage(storage: unknown): void {
  const missing = findMissing(storage, storageMethods)
  if (missing !== null)
    throw new TypeError(
      `Option "storage" must be a storage, such as createLocalStorage({ root }) gives: it has no ${missing}().`,
    )
  // Not its value: a storage may make the folder when it is asked for, and who has no slots needs none.
  if (!('spoolFolder' in (storage as object)))
    throw new TypeError('Option "storage" must have a "spoolFolder", the path of a folder.')
}

const storageMethods = [
  'open',
  'stat',
  'exists',
  'save',
  'adopt',
  'delete',
  'list',
  'copy',
  'move',
] as const satisfies readonly (keyof Storage)[]

function checkSlotStore(store: unknown): void {
  if (store === undefined) return
  const missing = findMissing(store, slotStoreMethods)
  if (missing !== null)
    throw new TypeError(
      `Option "slotStore" must be a slot store, such as createFileSlotStore({ folder }) gives: it has no ${missing}().`,
    )
}

const slotStoreMethods = [
  'create',
  'read',
  'replace',
  'remove',
  'list',
] as const satisfies readonly (keyof SlotStore)[]

/** The first of some methods that a value does not have. */
function findMissing(value: unknown, methods: readonly string[]): string | null {
  const isObject = typeof value === 'object' && value !== null
  return methods.find((name) => !isObject || typeof Reflect.get(value, name) !== 'function') ?? null
}

function checkMediaUrl(mediaUrl: unknown): string {
  const isText =
    typeof mediaUrl === 'string' &&
    mediaUrl.endsWith('/') &&
    mediaUrl.isWellFormed() &&
    !/[?#\s\\]/.test(mediaUrl)
  const isPath = isText && /^\/(?!\/)/.test(mediaUrl)
  const isAbsolute = isText && /^https?:\/\/[^/]+\//i.test(mediaUrl) && URL.canParse(mediaUrl)
  if (!isPath && !isAbsolute)
    throw new TypeError(
      'Option "mediaUrl" must be a path such as "/media/", or an absolute URL, and end with "/".',
    )
  if (isVisibleAscii(mediaUrl)) return mediaUrl
  // As it stands in requests: not every program that gets a link encodes it.
  return isPath ? toVisibleAscii(mediaUrl) : new URL(mediaUrl).href
}

function checkMountPath(path: unknown): string {
  if (typeof path !== 'string' || !/^\/(?:[^?#\s\\]*\/)?$/.test(path) || !path.isWellFormed())
    throw new TypeError('Option "mountPath" must begin and end with "/".')
  return toVisibleAscii(path)
}

/** Encodes what may not stand in every text, in the path of a URL. */
function finishPath(mediaUrl: string): string {
  const [authority = ''] = /^https?:\/\/[^/]+/i.exec(mediaUrl) ?? []
  return authority + finishEncoding(mediaUrl.slice(authority.length))
}

/** Percent-encodes all but visible ASCII; what is encoded stays as it is. */
function toVisibleAscii(path: string): string {
  return path.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent)
}

function isVisibleAscii(text: string): boolean {
  return /^[\x21-\x7e]*$/.test(text)
}

function checkParam(param: unknown): string {
  if (typeof param !== 'string' || !/^[A-Za-z0-9_.~-]{1,64}$/.test(param))
    throw new TypeError('Option "param" must be 1 to 64 of the characters A-Z a-z 0-9 _ . ~ -')
  return param
}

/** A folder's name; it gets its `/`, so that `pub` never means `publicity.pdf`. */
function checkNamespace(option: string, namespace: unknown): string {
  if (typeof namespace !== 'string')
    throw new TypeError(`Option "${option}" must be a folder's name.`)
  const name = namespace.replace(/\/$/, '')
  const reason = whyNotAFileName(name)
  if (reason !== null) throw new RangeError(`Option "${option}" ${reason}.`)
  return `${name}/`
}

function checkInterop({ interop, timeZone, useTz }: TitofistoOptions): DjangoZone | null {
  if (interop === undefined) {
    if (timeZone !== undefined) throw new TypeError('Option "timeZone" needs interop: "django".')
    if (useTz !== undefined) throw new TypeError('Option "useTz" needs interop: "django".')
    return null
  }
  checkOneOf('interop', interop, ['django'])
  const zone = checkDjangoZone(timeZone ?? 'UTC')
  return toDjangoZone(zone, checkBoolean('useTz', useTz ?? zone === 'UTC'))
}

function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`Option "${option}" must be true or false.`)
  return value
}

function checkLeaseSeconds(seconds: unknown): number {
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > 3600)
    throw new RangeError('Option "leaseSeconds" must be a whole number of seconds from 1 to 3600.')
  return seconds
}

function checkCacheBytes(bytes: unknown): number {
  if (typeof bytes !== 'number' || !Number.isInteger(bytes) || bytes < 0)
    throw new RangeError('Option "cacheBytes" must be a whole number of bytes, 0 or more.')
  return bytes
}

function checkHeaderText(option: string, text: unknown): string {
  if (typeof text !== 'string' || !/^[\x20-\x7e]+$/.test(text))
    throw new TypeError(`Option "${option}" must be a header's text in ASCII.`)
  return text
}

function checkOneOf(option: string, value: unknown, allowed: readonly string[]): string {
  if (typeof value !== 'string' || !allowed.includes(value))
    throw new TypeError(
      `Option "${option}" must be one of ${allowed.map((each) => `"${each}"`).join(', ')}.`,
    )
  return value
}
