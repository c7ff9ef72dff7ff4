// The plain values between the doors and the rules: what came in, what goes out.

import type { Readable } from 'node:stream'

/** A request, as the rules see it. */
export interface Incoming {
  readonly method: string
  /** Path and query as they came, undecoded: `/media/a%20b?x=1`. */
  readonly target: string
  /** `scheme://host[:port]` as the client sees it, as far as the door can tell. */
  readonly origin: string
  /** A header field's value by its lower-case name; `undefined` where it was not sent. */
  header(name: string): string | undefined
  /**
   * Whether it came straight from a socket: no other code has run for it, and no earlier request on
   * its connection is unanswered. Then it was sent before this turn of the event loop began, and
   * what was read from the disk in this turn is fresh enough for it.
   */
  readonly cameStraight?: boolean
  /** The request as the platform gave it: an `IncomingMessage`, or a `Request`. For our user's code. */
  readonly platformRequest: unknown
  /**
   * The body as it arrives, with back-pressure. The first call also tells a client that waits for
   * `100 Continue` to go on, so refuse what is to be refused before. If it is never called, the door
   * reads the body to its end or closes the connection, so that the client still gets its answer.
   *
   * @throws TitofistoError `upload-already-read` where other code has read it before us.
   */
  body(): Readable
  /**
   * Sends an interim answer (RFC 9110 15.2), where the connection can carry one; else nothing.
   * Headers as in {@link Reply}. To be called before the reply, and only for who asked for it:
   * an old proxy on the way may take it for the last one.
   */
  inform?(status: number, headers: readonly string[]): void
  /**
   * Whether all of the body has come already, so that reading it waits for nobody. A hint: what is
   * read is counted all the same. Missing: nobody knows.
   */
  isBodyHere?(): boolean
  /**
   * Asked before a file is opened for the reply, so that one client can't hold more files open than
   * its share: `null` to go on at once, else a promise of `true` once it may, or of `false` where the
   * client is gone. The door gives the place back once the reply ended. Missing: always at once.
   */
  fileTurn?(): Promise<boolean> | null
}

/** What a door answers with; `null`: it is not ours. It never throws and never rejects. */
export type RequestHandler = (request: Incoming) => Reply | null | Promise<Reply | null>

/** Where a reply's bytes come from, if not from memory; the door closes it once the reply ended. */
export interface ByteSource {
  /** The operating system's descriptor, where there is one: the Node door reads from it directly. */
  readonly descriptor?: number
  chunks(startByte: number, endByte: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** A stretch of a source: from `startByte` up to, not including, `endByte`. */
export interface ByteSpan {
  readonly startByte: number
  readonly endByte: number
}

/** A reply's body: nothing, bytes at hand, pieces of a source with bytes between them, or a stream. */
export type ReplyBody =
  | { readonly kind: 'empty' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'source'
      readonly source: ByteSource
      readonly pieces: readonly (ByteSpan | Uint8Array)[]
      /**
       * Opens the same bytes again, after the source was closed.
       * @throws TitofistoError `storage-failed` where they are other ones by now.
       */
      readonly reopen: () => Promise<ByteSource>
    }
  | { readonly kind: 'stream'; readonly stream: ReadableStream<Uint8Array> }

/** What a program is told of a refusal, besides its status. */
export interface Problem {
  /** What happened, in one word that never changes its meaning. */
  readonly code: string
  /** The line of text; left out where the fault is ours. */
  readonly detail?: string
  /** What else belongs to the code. Nothing that the client must not know. */
  readonly [extension: string]: unknown
}

/** How a reply ended, as far as a door can see. */
export interface ReplyEnd {
  /** How much of its body was handed on to the system, or to a Fetch server. */
  readonly bodyBytes: number
  /** Whether that is all of it; otherwise the client left, or the reply broke off. */
  readonly isWhole: boolean
}

/** A reply, decided; a door only writes it out. */
export interface Reply {
  readonly status: number
  /** Name, value, name, value: the form that `node:http` writes fastest. */
  readonly headers: readonly string[]
  readonly body: ReplyBody
  /** Of a refusal: what programs that accept JSON get instead. Decided before a door sees it. */
  readonly problem?: Problem
  /**
   * Of an upload that was handled: what a page tells of its files, in the place of an answer for
   * programs. Decided before a door sees it.
   */
  readonly receipt?: readonly { readonly name: string; readonly sizeBytes: number }[]
  /** Called once by the door when the reply has ended. Missing: nobody wants to know. Never throws. */
  readonly onEnd?: (end: ReplyEnd) => void
}
