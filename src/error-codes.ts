// What can go wrong, by code: the status that answers a client, and what else is known of each.

/** Each code with the HTTP status that answers a client when the error ends its request. */
export const statusByCode = {
  'name-invalid': 400,
  'name-taken': 409,
  'file-missing': 404,
  'file-unreadable': 403,
  'file-too-large': 413,
  'storage-full': 507,
  'storage-failed': 500,
  'url-refused': 400,
  'url-failed': 502,
  'url-timeout': 504,
  'slot-kind-unknown': 400,
  'slot-args-invalid': 400,
  'slot-store-failed': 500,
  'slot-store-unavailable': 503,
  'slot-handler-failed': 500,
  'slot-handler-timeout': 504,
  'upload-malformed': 400,
  'upload-incomplete': 400,
  'upload-too-small': 400,
  'upload-digest-mismatch': 400,
  'upload-too-slow': 408,
  'upload-offset-mismatch': 409,
  'upload-too-large': 413,
  'upload-too-many': 413,
  'upload-type-refused': 415,
  'upload-checksum-mismatch': 460,
  'upload-already-read': 500,
  'upload-stopped': 503,
  'tus-version-unsupported': 412,
} as const satisfies Record<keyof TitofistoErrorFields, number>

/** What went wrong, in one word that programs can switch on. */
export type TitofistoErrorCode = keyof TitofistoErrorFields

interface AboutFile {
  /** The file's name as it was given, or the part of it up to a slash that is wrong. */
  readonly fileName: string
}

/** What an error carries besides its message, by its code; `unknown` is nothing. Never a secret, a token or an absolute path of ours. */
export interface TitofistoErrorFields {
  readonly 'name-invalid': AboutFile
  readonly 'name-taken': AboutFile
  readonly 'file-missing': AboutFile
  readonly 'file-unreadable': AboutFile
  readonly 'file-too-large': AboutFile & {
    /** The most bytes that are taken: the call's `maxBytes`. */
    readonly limit: number
    /** The bytes that there are, were declared, or had come by then. */
    readonly actual: number
  }
  readonly 'storage-full': unknown
  readonly 'storage-failed': unknown
  readonly 'url-refused': {
    readonly reason: 'malformed' | 'scheme' | 'credentials' | 'address' | 'redirects'
    /** The host that it is about, as it stands in a URL. */
    readonly host?: string
  }
  readonly 'url-failed': {
    /** The HTTP status that the server of the URL answered instead of 200. */
    readonly remoteStatus?: number
  }
  readonly 'url-timeout': {
    /** The call's `timeoutSeconds`. */
    readonly limit: number
  }
  readonly 'slot-kind-unknown': {
    readonly kindName: string
    readonly knownKindNames: readonly string[]
  }
  readonly 'slot-args-invalid': {
    readonly kindName: string
    /** What is wrong, and at which keys; none where it is the arguments as a whole. */
    readonly issues: readonly { readonly message: string; readonly path: readonly string[] }[]
  }
  readonly 'slot-store-failed': unknown
  readonly 'slot-store-unavailable': unknown
  readonly 'slot-handler-failed': unknown
  readonly 'slot-handler-timeout': {
    /** The kind's `handlerTimeoutSeconds`. */
    readonly limit: number
  }
  readonly 'upload-malformed': unknown
  readonly 'upload-incomplete': {
    /** How many bytes came. */
    readonly actual: number
  }
  readonly 'upload-too-small': {
    /** The fewest bytes that are taken. */
    readonly limit: number
    /** The file's bytes. */
    readonly actual: number
  }
  readonly 'upload-digest-mismatch': {
    /** The header field with the digest, such as `Content-Digest`. */
    readonly field: string
  }
  readonly 'upload-too-slow': {
    /** What was too slow: one silence, all of it, or its average. */
    readonly what: 'pause' | 'duration' | 'rate'
    /** In seconds; of `rate`, in bytes a second. */
    readonly limit: number
  }
  readonly 'upload-offset-mismatch': {
    /** Where the upload stands, in bytes: where the next piece must begin. */
    readonly expected: number
    /** Where the piece began, in bytes. */
    readonly actual?: number
  }
  readonly 'upload-too-large': {
    /** What was too large: one file, all files together, one text field, or the form as a whole. */
    readonly what: 'file' | 'files' | 'field' | 'form'
    /** The most bytes that are taken. */
    readonly limit: number
    /** The bytes that were declared, or had come by then. */
    readonly actual?: number
  }
  readonly 'upload-too-many': {
    /** What there were too many of. */
    readonly what: 'files' | 'fields' | 'parts'
    /** The most of them that are taken. */
    readonly limit: number
  }
  readonly 'upload-type-refused': {
    /** The media types and suffixes that are taken; `null` where it is no question of the file's type. */
    readonly accept: readonly string[] | null
    /** Set where the body is packed: the coding that is taken. */
    readonly acceptEncoding?: 'identity'
    readonly declaredType?: string
    /** The media type that the first bytes show; `null` where they show none. */
    readonly sniffedType?: string | null
  }
  readonly 'upload-checksum-mismatch': {
    /** The checksum's algorithm, such as `sha1`. */
    readonly algorithm: string
  }
  readonly 'upload-already-read': unknown
  readonly 'upload-stopped': unknown
  readonly 'tus-version-unsupported': { readonly supportedVersions: readonly string[] }
}
