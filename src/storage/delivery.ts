// Ways from a storage to a client: what is asked for in one request, and who sends the bytes.

/**
 * What will be read of a file that is to be opened: from `startByte` on, to `endByte` where that is
 * known, or the last so many bytes.
 */
export type ReadAhead =
  | { readonly startByte: number; readonly endByte?: number }
  | { readonly lastBytes: number }

/** An answer of a storage's own to a client that was sent to it. */
export interface RedirectTerms {
  /** What the client will ask with. */
  readonly method: 'GET' | 'HEAD'
  /** For how long at most the URL may work, in seconds, 1 or more; `Infinity`: as long as is usual. */
  readonly maxSeconds: number
  /** The answer's headers. */
  readonly contentType: string
  /** The answer's `Content-Disposition`. */
  readonly disposition: string
  /** The answer's `Cache-Control`. */
  readonly cacheControl: string
}

/** A URL at which a storage's own server gives a file to anybody, for a while. */
export interface RedirectUrl {
  /** Absolute; whoever has it can read the file. */
  readonly url: string
  /** For how long it works, in seconds. */
  readonly lifeSeconds: number
}

/** Who sends a file's bytes: this server (`'proxy'`), or the storage's own, by a redirect. */
export type Delivery = 'proxy' | 'redirect'
