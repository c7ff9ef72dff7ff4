// What a token may carry besides name, version and time of signing. All of it is signed; a token with
// an unknown or repeated field is refused.
//
// A policy is written as fields joined by ".", in alphabetical order, each a letter and its value:
//   b            bound: the signature covers a value that is not shown
//   c<n|p>       who may keep the answer: nobody, or a browser as long as the token lives
//   d<name>      download (Content-Disposition: attachment), the file name as base64url, may be empty
//   e<seconds>   lifetime in seconds, decimal
//   i<name>      inline, the file name as base64url, may be empty
//   t<type>      content type as base64url
//   v<p|r>       via: who sends the bytes, this server (proxy), or the storage's own by a redirect

/** A token's own terms; what is left out is up to the server. */
export interface Policy {
  /** Life from the second of signing, in whole seconds, 1 up to 10^10. */
  readonly lifetimeSeconds?: number
  readonly disposition?: Disposition
  /** A media type such as `text/html; charset=utf-8`. */
  readonly contentType?: string
  /** Whether the signature also covers a value that the URL doesn't show. */
  readonly bound?: true
  /** Who may keep the answer; see {@link mayBeKept}. */
  readonly cache?: 'no-store' | 'private'
  /** Who sends the bytes: this server, or the storage's own where it has one. */
  readonly delivery?: 'proxy' | 'redirect'
}

/** How a browser is to treat the file: show it or save it, and under which name. */
export interface Disposition {
  readonly kind: 'attachment' | 'inline'
  /** `null`: the file's own name. */
  readonly fileName: string | null
}

/**
 * Whether a browser may keep the answer for as long as the token lives. One that a user alone may
 * have must not stay on a machine that others use, unless its token says so.
 */
export function mayBeKept({ cache, bound }: Policy): boolean {
  return cache === undefined ? bound !== true : cache === 'private'
}

/** The policy of a token that carries none. */
export const emptyPolicy: Policy = {}

/** The longest life a token can carry: some 317 years. */
export const maxLifetimeSeconds = 10_000_000_000

/** Formats a policy; `''` for an empty one. */
export function formatPolicy(policy: Policy): string {
  const { disposition } = policy
  const fields: string[] = []
  if (policy.bound) fields.push('b')
  if (policy.cache !== undefined) fields.push(policy.cache === 'no-store' ? 'cn' : 'cp')
  if (disposition?.kind === 'attachment') fields.push(`d${encode(disposition.fileName ?? '')}`)
  if (policy.lifetimeSeconds !== undefined) fields.push(`e${policy.lifetimeSeconds}`)
  if (disposition?.kind === 'inline') fields.push(`i${encode(disposition.fileName ?? '')}`)
  if (policy.contentType !== undefined) fields.push(`t${encode(policy.contentType)}`)
  if (policy.delivery !== undefined) fields.push(policy.delivery === 'proxy' ? 'vp' : 'vr')
  return fields.join('.')
}

/** Parses a policy; `null` for anything {@link formatPolicy} would not have written. */
export function parsePolicy(text: string): Policy | null {
  if (text === '') return emptyPolicy
  const policy: { -readonly [Key in keyof Policy]: Policy[Key] } = {}
  for (const field of text.split('.')) if (!readField(field, policy)) return null
  // One spelling per policy: order, repetition and padding all show here.
  return formatPolicy(policy) === text ? policy : null
}

function readField(
  field: string,
  policy: { -readonly [Key in keyof Policy]: Policy[Key] },
): boolean {
  const value = field.slice(1)
  switch (field.charAt(0)) {
    case 'b':
      policy.bound = true
      return value === ''
    case 'c':
      policy.cache = value === 'n' ? 'no-store' : 'private'
      return value === 'n' || value === 'p'
    case 'd':
    case 'i': {
      const fileName = decode(value)
      if (fileName === null) return false
      const kind = field.charAt(0) === 'd' ? 'attachment' : 'inline'
      policy.disposition = { kind, fileName: fileName === '' ? null : fileName }
      return true
    }
    case 'e':
      policy.lifetimeSeconds = /^[1-9][0-9]{0,10}$/.test(value) ? Number(value) : Infinity
      return policy.lifetimeSeconds <= maxLifetimeSeconds
    case 't': {
      const contentType = decode(value)
      if (contentType === null || contentType === '') return false
      policy.contentType = contentType
      return true
    }
    case 'v':
      policy.delivery = value === 'p' ? 'proxy' : 'redirect'
      return value === 'p' || value === 'r'
    default:
      return false
  }
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}

function decode(text: string): string | null {
  const decoded = Buffer.from(text, 'base64url').toString('utf8')
  return encode(decoded) === text ? decoded : null
}
