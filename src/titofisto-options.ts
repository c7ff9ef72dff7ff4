// The options of createTitofisto: their meaning, their defaults, and what is wrong with them.

import { formatPath } from './http/percent.ts'
import { finishPath, isMediaUrl, toRequestUrl } from './media/media-url.ts'
import {
  aBoolean,
  aFunction,
  checkOptions,
  fitting,
  oneOf,
  optionError,
  orElse,
  textLike,
  wholeNumber,
  withMethods,
} from './options.ts'
import { maxSeconds } from './slots/kinds/check-limits.ts'
import type { PlatformRequest } from './slots/kinds/handler-call.ts'
import { whyNotAFileName } from './storage/names/file-name.ts'
import { djangoZoneRule, toDjangoZone, type DjangoZone } from './token/django-time.ts'
import { secretRule } from './token/keyring.ts'
import { maxLifetimeSeconds } from './token/policy.ts'
import {
  outwardOptionRules,
  toOutwardSettings,
  type OutwardSettings,
  type OutwardOptions,
} from './titofisto-outward-options.ts'
import { toLayout, type SettledLayout } from './titofisto-layout.ts'
import type { Log } from './log.ts'
import type { OnEvent } from './titofisto-events.ts'
import type { OptionRule, OptionRules } from './options.ts'
import type { SlotStore } from './slots/stores/store.ts'
import type { FileFacts, Storage } from './storage/storage.ts'

/** How files are put behind time tokens. */
export interface TitofistoOptions extends OutwardOptions {
  /** At least 32 bytes of text; an array for rotation: the first signs, all verify. Required. */
  readonly secret: string | readonly string[]
  /** Where the files are. Required. */
  readonly storage: Storage
  /**
   * Where the files are for clients: a path from `/` to `/`, or an absolute URL that ends with `/`.
   * Default: where the framework says that the handler is mounted (`app.use('/files', …)` of Express
   * and Connect, the adapters), else `/media/`.
   */
  readonly mediaUrl?: string
  /** Where the handler answers, where that differs from the path of `mediaUrl`, as behind a proxy that cuts a prefix. From `/` to `/`. */
  readonly mountPath?: string
  /**
   * Whether the application has paths of its own among those of the files: what is below `mediaUrl`,
   * bears no token and is neither public nor a slot, is then left to it, and else a 404. Default false.
   */
  readonly fallthrough?: boolean
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
  /**
   * How long the bytes of an upload whose handler died with its process are kept for a look, in
   * whole seconds up to 315,360,000 (ten years). Default 604,800 (7 days).
   */
  readonly keepInterruptedSeconds?: number
  /** Gives a file the same URL for about so many seconds; 0 for a new one every second. Default 0. */
  readonly stableSeconds?: number
  /**
   * The value that a bound token must be bound to for this request: a session's or user's id, a
   * counter. `null` refuses the request. Without this option every bound token is refused.
   */
  readonly bindOf?: (
    request: PlatformRequest,
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
  /** Takes log entries. Default: our own failures go to stderr, refusals nowhere. */
  readonly log?: Log
  /**
   * Hears of all that happens, for metrics and traces: `event.type` says what. Called while it happens;
   * what it throws is logged, the first time. Default: nobody listens, and nothing is made to be heard.
   */
  readonly onEvent?: OnEvent
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/** The options, checked and with their defaults. */
export interface TitofistoSettings extends OutwardSettings {
  /** Newest first. */
  readonly secrets: readonly string[]
  readonly layout: SettledLayout
  /** What stands between `mediaUrl` and a slot's path, encoded. */
  readonly uploadPath: string
  /** Whether the options say where the files are. */
  readonly isPlaced: boolean
  readonly fallthrough: boolean
  readonly durable: boolean
  /** 0: never. */
  readonly sweepSeconds: number
  readonly leaseSeconds: number
  readonly keepInterruptedSeconds: number
  readonly mediaUrl: string
  readonly timeoutSeconds: number
  readonly stableSeconds: number
  /** `null`: Django's tokens are not taken. */
  readonly djangoZone: DjangoZone | null
  readonly cacheBytes: number
}

/** What counts where nothing is said, for those who show it too. */
export const titofistoDefaults = {
  mediaUrl: '/media/',
  param: 'titofisto_token',
  timeoutSeconds: 3600,
} as const

const folderName: OptionRule = (name) => {
  if (typeof name !== 'string') return { reason: "must be a folder's name" }
  const reason = whyNotAFileName(name.replace(/\/$/, ''))
  return reason === null ? null : { reason, outOfRange: true }
}

const aStorage = withMethods(
  ['open', 'stat', 'exists', 'save', 'adopt', 'delete', 'list', 'copy', 'move'],
  'a storage, such as createLocalStorage({ root }) gives',
)

const rules: OptionRules<TitofistoOptions> = {
  ...outwardOptionRules,
  secret: secretRule,
  storage: (storage) =>
    aStorage(storage) ??
    (typeof (storage as Partial<Storage>).spoolFolder === 'string'
      ? null
      : { reason: 'must have a "spoolFolder", the path of a folder' }),
  mediaUrl: fitting(
    isMediaUrl,
    'must be a path such as "/media/", or an absolute URL, and end with "/"',
  ),
  mountPath: textLike(/^\/(?:[^?#\s\\]*\/)?$/, 'must begin and end with "/"'),
  fallthrough: aBoolean,
  timeoutSeconds: orElse(Infinity, wholeNumber(1, maxLifetimeSeconds, 'seconds')),
  param: textLike(
    /^[A-Za-z0-9_.~-]{1,64}$/,
    'must be 1 to 64 of the characters A-Z a-z 0-9 _ . ~ -',
  ),
  publicNamespace: orElse(false, folderName),
  uploadNamespace: folderName,
  slotStore: withMethods(
    ['create', 'read', 'replace', 'remove', 'list'],
    'a slot store, such as createFileSlotStore({ folder }) gives',
  ),
  durable: aBoolean,
  sweepSeconds: wholeNumber(0, 86_400, 'seconds'),
  leaseSeconds: wholeNumber(1, 3600, 'seconds'),
  keepInterruptedSeconds: wholeNumber(0, maxSeconds, 'seconds'),
  stableSeconds: wholeNumber(0, maxLifetimeSeconds, 'seconds'),
  bindOf: aFunction,
  versionOf: aFunction,
  interop: oneOf('django'),
  useTz: aBoolean,
  timeZone: djangoZoneRule,
  cacheBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'bytes'),
  log: aFunction,
  onEvent: aFunction,
  now: aFunction,
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError, RangeError naming the option.
 */
export function checkTitofistoOptions(options: TitofistoOptions): TitofistoSettings {
  checkOptions(where, options, rules, ['secret', 'storage'])
  const mediaUrl = toRequestUrl(options.mediaUrl ?? titofistoDefaults.mediaUrl)
  const { secret } = options
  const layout = toLayout(
    where,
    { ...options, param: options.param ?? titofistoDefaults.param },
    mediaUrl,
  )
  // Django's links keep the spelling of its MEDIA_URL.
  const shownMediaUrl = options.interop === undefined ? finishPath(mediaUrl) : mediaUrl
  return {
    secrets: typeof secret === 'string' ? [secret] : secret,
    layout,
    // As it stands in requests: nobody has to encode it.
    uploadPath: formatPath(layout.uploadNamespace),
    isPlaced: options.mediaUrl !== undefined || options.mountPath !== undefined,
    fallthrough: options.fallthrough ?? false,
    durable: options.durable ?? true,
    sweepSeconds: options.sweepSeconds ?? 60,
    leaseSeconds: options.leaseSeconds ?? 30,
    keepInterruptedSeconds: options.keepInterruptedSeconds ?? 604_800,
    mediaUrl: shownMediaUrl,
    timeoutSeconds: options.timeoutSeconds ?? titofistoDefaults.timeoutSeconds,
    stableSeconds: options.stableSeconds ?? 0,
    djangoZone: toZone(options),
    cacheBytes: options.cacheBytes ?? 32 * 1024 * 1024,
    ...toOutwardSettings(options),
  }
}

const where = 'createTitofisto()'

function toZone({ interop, timeZone, useTz }: TitofistoOptions): DjangoZone | null {
  if (interop === undefined) {
    for (const [option, value] of Object.entries({ timeZone, useTz }))
      if (value !== undefined)
        throw optionError(where, { option, reason: 'needs', other: 'interop' })
    return null
  }
  const zone = timeZone ?? 'UTC'
  return toDjangoZone(zone, useTz ?? zone === 'UTC')
}
