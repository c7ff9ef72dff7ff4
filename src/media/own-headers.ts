// What an application adds to the answers about its files: headers and media types of its own. Its
// functions are our user's code, so what they give is looked at. What would make an answer wrong or
// unsafe is left out, and said in the log, once each: never sent, and never in silence.

import { isMediaType, typeOfName } from '../http/media-type.ts'
import type { Log } from '../log.ts'
import type { FileFacts } from '../storage/storage.ts'
import type { HeadSettings, OwnHeaders } from './cache/file-head.ts'

/** What the option `headers` may give. */
export type GivenHeaders = Readonly<Record<string, string | undefined>> | Headers | undefined

/** The application's functions, as they were given. */
export interface HeadOptions {
  readonly headers?: ((facts: FileFacts) => GivenHeaders) | undefined
  readonly typeOf?: ((name: string) => string | null | undefined) | undefined
}

/** Turns the functions into settings. */
export function createHeadSettings(
  { headers, typeOf }: HeadOptions,
  publicNamespace: string | null,
  log: Log,
): HeadSettings {
  const sayOnce = createSayOnce(log)
  const isPublic = (name: string): boolean =>
    publicNamespace !== null && name.startsWith(publicNamespace)
  return {
    typeOf: typeOf === undefined ? typeOfName : (name) => checkedType(typeOf(name), name, sayOnce),
    ownHeadersOf:
      headers === undefined
        ? null
        : (facts) => checkHeaders(headers(facts), isPublic(facts.name), sayOnce),
  }
}

type SayOnce = (option: string, fault: string) => void

/** More faults than these are not told apart: a name may be made of a file's. */
const maxFaultsSaid = 100

function createSayOnce(log: Log): SayOnce {
  const said = new Set<string>()
  return (option, fault) => {
    const message = `Option "${option}" ${fault}.`
    if (said.has(message) || said.size >= maxFaultsSaid) return
    said.add(message)
    log({ level: 'warn', event: 'option-unfit', message })
  }
}

function checkedType(given: unknown, name: string, sayOnce: SayOnce): string {
  if (given === undefined || given === null) return typeOfName(name)
  if (typeof given === 'string' && isMediaType(given)) return given
  sayOnce('typeOf', 'gave what is no media type: the type that the name means is sent')
  return typeOfName(name)
}

const noHeaders: OwnHeaders = { fields: [], cacheControl: null, securityPolicy: null }

function checkHeaders(given: unknown, isPublic: boolean, sayOnce: SayOnce): OwnHeaders {
  if (given === undefined || given === null) return noHeaders
  if (typeof given !== 'object' || 'then' in given) {
    sayOnce('headers', 'must give an object at once, not a promise: nothing was added')
    return noHeaders
  }
  const fields: string[] = []
  let { cacheControl, securityPolicy } = noHeaders
  for (const [name, value] of entriesOf(given)) {
    // As where it depends on the file: `{ 'X-Kind': isVideo ? 'video' : undefined }`.
    if (value === undefined) continue
    const fault = faultOf(name, value, isPublic)
    if (fault !== null) sayOnce('headers', `gave ${fault}: it was left out`)
    else if (/^cache-control$/i.test(name)) cacheControl = value
    else if (/^content-security-policy$/i.test(name)) securityPolicy = value
    else fields.push(name, value)
  }
  return { fields, cacheControl, securityPolicy }
}

/** Of an object, of `Headers`, of a `Map`. Whether they are texts, is looked at next. */
function entriesOf(given: object): Iterable<readonly [string, string | undefined]> {
  return Symbol.iterator in given
    ? (given as Iterable<readonly [string, string | undefined]>)
    : (Object.entries(given) as [string, string | undefined][])
}

/** A token (RFC 9110 5.6.2). */
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Why a header can't be added; `null` where it can. Of its value nothing is told: it may be secret. */
function faultOf(name: unknown, value: unknown, isPublic: boolean): string | null {
  if (typeof name !== 'string' || !fieldName.test(name)) return 'a header whose name is none'
  if (typeof value !== 'string' || !fieldValue.test(value))
    return `a value of "${name}" that can't stand in a header`
  const lower = name.toLowerCase()
  if (lower === 'cache-control')
    return isPublic ? null : `"${name}" for a file that is not public, which its link decides`
  const isOurs = ourFields.has(lower) || /^access-control-|-cache-control$/.test(lower)
  return isOurs ? `"${name}", which titofisto writes itself` : null
}

/**
 * What the answer is made of, what keeps it safe, and what says who may keep or read it; by nginx's
 * and Akamai's own words they keep even what is private. A cookie is one visitor's, and an answer may
 * be kept and given to others.
 */
const ourFields: ReadonlySet<string> = new Set([
  'accept-ranges',
  'age',
  'connection',
  'content-disposition',
  'content-length',
  'content-range',
  'content-type',
  'cross-origin-resource-policy',
  'date',
  'edge-control',
  'etag',
  'expires',
  'http2-settings',
  'keep-alive',
  'last-modified',
  'pragma',
  'proxy-connection',
  'referrer-policy',
  'set-cookie',
  'surrogate-control',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-accel-expires',
  'x-content-type-options',
])
