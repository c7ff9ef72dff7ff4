// The plain values between the doors and the rules: what came in, what goes out.

/** A request, as the rules see it. */
export interface Incoming {
  readonly method: string
  /** Path and query as they came, undecoded: `/media/a%20b?x=1`. */
  readonly target: string
  /** A header field's value by its lower-case name; `undefined` where it was not sent. */
  header(name: string): string | undefined
}

/** Where a reply's bytes come from, if not from memory; the door closes it once the reply ended. */
export interface ByteSource {
  readonly descriptor?: number
  chunks(startByte: number, endByte: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** A stretch of a source: from `startByte` up to, not including, `endByte`. */
export interface ByteSpan {
  readonly startByte: number
  readonly endByte: number
}

/** A reply's body: nothing, bytes at hand, or pieces of a source with bytes between them. */
export type ReplyBody =
  | { readonly kind: 'empty' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'source'
      readonly source: ByteSource
      readonly pieces: readonly (ByteSpan | Uint8Array)[]
    }

/** A reply, decided; a door only writes it out. */
export interface Reply {
  readonly status: number
  /** Name, value, name, value: the form that `node:http` writes fastest. */
  readonly headers: readonly string[]
  readonly body: ReplyBody
}
