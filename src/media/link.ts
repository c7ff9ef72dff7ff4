// From a file's name to a URL that works for a while.

import { TitofistoError, fileUnreadable } from '../errors.ts'
import type { Events } from '../events.ts'
import { mendShownName } from '../http/content-disposition.ts'
import { isMediaType } from '../http/media-type.ts'
import { originRule, type ToWholeUrl } from '../http/origin.ts'
import { formatPath } from '../http/percent.ts'
import { checkOptions, fitting, oneOf, optionError, textLike, wholeNumber } from '../options.ts'
import type { OptionRules } from '../options.ts'
import { exactMtimeNs } from '../storage/mtime.ts'
import { checkFileName } from '../storage/names/file-name.ts'
import { formatDjangoPath, signDjangoToken } from '../token/django.ts'
import { signNativeToken } from '../token/native.ts'
import { maxLifetimeSeconds, type Policy } from '../token/policy.ts'
import { decideStableIssue } from '../token/stable-issue.ts'
import { isPublic, type Layout } from './question.ts'
import type { NodeRequest } from '../http/node/node-types.ts'
import type { Delivery } from '../storage/delivery.ts'
import type { FileFacts, Storage } from '../storage/storage.ts'
import type { GateRules } from './gate.ts'
import type { HotFiles } from './cache/hot-files.ts'
import type { LinkMadeEvent, MediaEvent } from './media-events.ts'

/** The terms of one link; all of them are signed. */
export interface UrlOptions {
  /** Life in whole seconds, 1 up to 10^10. Default: the server's `timeoutSeconds`. */
  readonly expiresIn?: number
  /**
   * Makes browsers save the file, under this name or (`true`) its own. What can't stand in a file's
   * name, such as slashes, becomes `_`; what is longer than 255 characters is cut before its suffix.
   */
  readonly download?: string | true
  /** Makes browsers show the file, whatever its type; what could run scripts is shown in a sandbox. A name is mended as for `download`. */
  readonly inline?: string | true
  /** The media type to send instead of the one the name means. */
  readonly contentType?: string
  /**
   * A value that the request must give again through `bindOf`: a session's or user's id, a counter.
   * It is mixed into the signature and never shown.
   */
  readonly bind?: string
  /**
   * Who may keep the answer: nobody (`'no-store'`), or a browser, for as long as the link lives
   * (`'private'`). Default: `'private'`, but `'no-store'` for a link with `bind`.
   */
  readonly cache?: 'no-store' | 'private'
  /**
   * Who sends the bytes: this server (`'proxy'`), or the storage's own, to which the client is sent by
   * a redirect (`'redirect'`), where the storage has one. Default: the storage's.
   */
  readonly delivery?: Delivery
  /** Gives the same URL for about this many seconds, so that browsers hit their cache; the life promised stays whole. Default: the app's. */
  readonly stableSeconds?: number
  /** Which token to write. Default: Django's under `interop: 'django'`, else ours. */
  readonly tokenFormat?: 'native' | 'django'
  /**
   * Makes the URL whole, as an e-mail needs it: with this origin, such as `https://app.example`, in
   * the place of `mediaUrl`'s; or, where `mediaUrl` has none, with the one of the option `origins`
   * that a request (Node's or Fetch's) came to.
   */
  readonly origin?: string | NodeRequest | Request
}

/** What making links needs. */
export interface LinkParts {
  readonly storage: Storage
  readonly hotFiles: HotFiles
  readonly rules: GateRules
  readonly layout: Layout
  /** What stands before the name: `/media/` or `https://files.example/media/`. */
  readonly mediaUrl: string
  readonly stableSeconds: number
  readonly toWholeUrl: ToWholeUrl
  readonly now: () => number
  readonly events: Events<MediaEvent>
}

/**
 * Makes a URL for a file.
 *
 * @throws TitofistoError `name-invalid`, `file-missing`, `storage-failed`.
 * @throws TypeError, RangeError for wrong options.
 */
export async function makeUrl(
  parts: LinkParts,
  name: string,
  options: UrlOptions,
): Promise<string> {
  const url = await makeUrlBelow(parts, name, options)
  return options.origin === undefined ? url : parts.toWholeUrl('url()', url, options.origin)
}

async function makeUrlBelow(parts: LinkParts, name: string, options: UrlOptions): Promise<string> {
  const fileName = checkFileName(name)
  checkUrlOptions(options)
  if (options.delivery === 'redirect' && parts.storage.redirectUrl === undefined)
    throw optionError('url()', {
      option: 'delivery',
      reason: `can't be "redirect": nothing but this server gives out the storage's files`,
    })
  if (parts.layout.uploadNamespace !== null && name.startsWith(parts.layout.uploadNamespace))
    throw new TitofistoError(
      'name-invalid',
      'This file name is below the upload namespace, which is kept for slots.',
      { fileName },
    )
  if (isPublic(fileName, parts.layout)) return makePublicUrl(parts, name, options)

  const facts = parts.hotFiles.get(name)?.head.facts ?? (await parts.storage.stat(name))
  if (facts === null && parts.storage.wasDenied?.(name) === true) throw fileUnreadable(name)
  if (facts === null)
    throw new TitofistoError('file-missing', 'There is no regular file of this name to link to.', {
      fileName,
    })
  const isDjango =
    (options.tokenFormat ?? (parts.rules.django === null ? 'native' : 'django')) === 'django'
  const token = isDjango
    ? makeDjangoToken(parts, facts, options)
    : makeNativeToken(parts, facts, options)
  const path = isDjango ? formatDjangoPath(name) : formatPath(name)
  if (parts.events.isHeard('link-made')) {
    const lifeSeconds = options.expiresIn ?? parts.rules.timeoutSeconds
    const tokenFormat = isDjango ? 'django' : 'native'
    tellMade(parts, { name, tokenFormat, lifeSeconds, bound: options.bind !== undefined })
  }
  return `${parts.mediaUrl}${path}?${parts.layout.param}=${token}`
}

function makePublicUrl(parts: LinkParts, name: string, options: UrlOptions): string {
  for (const option of ['download', 'inline', 'contentType', 'bind', 'cache', 'delivery'] as const)
    if (options[option] !== undefined)
      throw optionError('url()', {
        option,
        reason: 'has no effect: a file in the public namespace carries no token',
      })
  if (parts.events.isHeard('link-made'))
    tellMade(parts, { name, tokenFormat: null, lifeSeconds: Infinity, bound: false })
  return parts.mediaUrl + (parts.rules.django === null ? formatPath(name) : formatDjangoPath(name))
}

/** JSON knows no Infinity. */
function tellMade(
  { events }: LinkParts,
  made: Omit<LinkMadeEvent, 'type' | 'lifeSeconds'> & { readonly lifeSeconds: number },
): void {
  const lifeSeconds = Number.isFinite(made.lifeSeconds) ? made.lifeSeconds : null
  events.tell({ type: 'link-made', ...made, lifeSeconds })
}

function makeNativeToken(parts: LinkParts, facts: FileFacts, options: UrlOptions): string {
  const { rules } = parts
  const nowMs = parts.now()
  const stableSeconds = options.stableSeconds ?? parts.stableSeconds
  const issue =
    stableSeconds > 0
      ? decideStableIssue(
          facts.name,
          nowMs,
          options.expiresIn ?? rules.timeoutSeconds,
          stableSeconds,
        )
      : { issuedSeconds: Math.floor(nowMs / 1000), lifetimeSeconds: options.expiresIn }
  const policy = toPolicy(options, issue.lifetimeSeconds)
  const subject = { name: facts.name, version: rules.versionOf(facts), bind: options.bind }
  return signNativeToken(rules.keyring, subject, issue.issuedSeconds, policy)
}

function makeDjangoToken(parts: LinkParts, facts: FileFacts, options: UrlOptions): string {
  const { django } = parts.rules
  if (django === null)
    throw optionError('url()', {
      option: 'tokenFormat',
      reason: 'can be "django" only together with',
      other: 'interop',
    })
  for (const option of [
    'expiresIn',
    'download',
    'inline',
    'contentType',
    'bind',
    'cache',
    'delivery',
    'stableSeconds',
  ] as const)
    if (options[option] !== undefined)
      throw optionError('url()', {
        option,
        reason: `can't be carried by Django's token; give "native" as`,
        other: 'tokenFormat',
      })
  const subject = { name: facts.name, mtimeNs: exactMtimeNs(facts), zone: django.zone }
  return signDjangoToken(django.keyring, subject, Math.floor(parts.now() / 1000))
}

function toPolicy(options: UrlOptions, lifetimeSeconds: number | undefined): Policy {
  const kind = options.download === undefined ? 'inline' : 'attachment'
  const wanted = options.download ?? options.inline
  return {
    ...(options.bind !== undefined && { bound: true as const }),
    ...(options.cache !== undefined && { cache: options.cache }),
    ...(lifetimeSeconds !== undefined && Number.isFinite(lifetimeSeconds) && { lifetimeSeconds }),
    ...(wanted !== undefined && {
      disposition: { kind, fileName: wanted === true ? null : mendShownName(wanted) } as const,
    }),
    ...(options.contentType !== undefined && { contentType: options.contentType }),
    ...(options.delivery !== undefined && { delivery: options.delivery }),
  }
}

const shownNameRule = fitting(
  // Any other text is mended: it may be a title that somebody typed.
  (name) => name === true || (typeof name === 'string' && name !== ''),
  'must be true or a file name that is not empty',
)

const urlRules: OptionRules<UrlOptions> = {
  expiresIn: wholeNumber(1, maxLifetimeSeconds, 'seconds'),
  download: shownNameRule,
  inline: shownNameRule,
  contentType: fitting(
    (type) => typeof type === 'string' && isMediaType(type),
    'must be a media type such as "image/png"',
  ),
  bind: textLike(/^/, 'must be a well-formed string'),
  cache: oneOf('no-store', 'private'),
  delivery: oneOf('proxy', 'redirect'),
  stableSeconds: wholeNumber(0, maxLifetimeSeconds, 'seconds'),
  tokenFormat: oneOf('native', 'django'),
  origin: originRule,
}

function checkUrlOptions(options: UrlOptions): void {
  checkOptions('url()', options, urlRules)
  if (options.download !== undefined && options.inline !== undefined)
    throw optionError('url()', { option: 'download', reason: 'excludes', other: 'inline' })
}
