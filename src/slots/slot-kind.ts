// A kind of slot as its owner has it: to make slots, and to look after them.

import type { MintArgs } from './kinds/define-kind.ts'
import type { UploadResultOf } from './kinds/upload-result.ts'
import type { SlotOverrides, SlotTicket } from './minting/mint.ts'
import type { SlotStatus } from './minting/status.ts'
import type { FileRequest } from './requests/file-request.ts'
import type { RequestOptions } from './requests/make-request.ts'

/** The arguments of minting: `args` may be left out where they may be `undefined`. */
export type MintCall<Schema> =
  undefined extends MintArgs<Schema>
    ? [args?: MintArgs<Schema>, overrides?: SlotOverrides]
    : [args: MintArgs<Schema>, overrides?: SlotOverrides]

/** The arguments of a file request, likewise. */
export type RequestCall<Schema> =
  undefined extends MintArgs<Schema>
    ? [args?: MintArgs<Schema>, options?: RequestOptions]
    : [args: MintArgs<Schema>, options?: RequestOptions]

/** Of types alone: what the handler of a kind returns. */
declare const returned: unique symbol

/**
 * What a client reads from the answer of a kind's handler: `UploadResult<typeof avatar>`. `undefined`
 * where it is empty, `unknown` where the handler makes a `Response`.
 */
export type UploadResult<Kind> = Kind extends { readonly [returned]?: () => infer Result }
  ? UploadResultOf<Result>
  : never

/** A kind of slot, ready to mint. */
export interface SlotKind<Schema = undefined, Result = unknown> {
  /** Nothing that is there: it keeps the type of what the handler returns. */
  readonly [returned]?: () => Result
  /** What it was defined as. */
  readonly name: string
  /**
   * Makes a slot and gives its URL.
   *
   * @throws TitofistoError `slot-args-invalid`, `slot-store-failed`, `storage-full`.
   * @throws TypeError, RangeError naming the override that is wrong.
   * @example await avatar.url({ userId: '15' }, { expiresIn: 600 }) //=> '/media/titofisto/upload/…'
   */
  url(...call: MintCall<Schema>): Promise<string>
  /**
   * Makes a slot and gives all that an uploader needs, as JSON. @throws as {@link url}
   * @example
   * await avatar.create({ userId: '15' }, { sizeBytes: 2048 })
   * //=> { url: '…', kind: 'avatar', method: 'POST', maxBytes: 2048, minBytes: 2048, … }
   */
  create(...call: MintCall<Schema>): Promise<SlotTicket>
  /**
   * Where a slot stands; `null` where there is none, or none any more.
   * @example
   * const { id } = await avatar.create()
   * await avatar.status(id) //=> { state: 'open', receivedBytes: 0, totalBytes: null, … }
   */
  status(id: string): Promise<SlotStatus | null>
  /**
   * Takes a slot back; `false` where it is unknown, has ended, or its handler runs.
   * @example
   * const { id } = await avatar.create()
   * await avatar.revoke(id) //=> true
   */
  revoke(id: string): Promise<boolean>
  /**
   * Lets a slot wait so many seconds longer, and gives the new end as ISO 8601; `null` where it waits
   * no more.
   * @example
   * const { id } = await avatar.create()
   * await avatar.extend(id, 600) //=> '2…Z'
   */
  extend(id: string, seconds: number): Promise<string | null>
  /**
   * The slot's status now and after each change, until it ends.
   * @example
   * const { url, id } = await avatar.create()
   * await fetch(origin + url, { method: 'PUT', body: 'A picture' })
   * for await (const { state } of avatar.progress(id)) {
   *   state //=> 'done'
   * }
   */
  progress(id: string): AsyncIterable<SlotStatus>
  /**
   * Makes a file request: one link for many people. Each who opens it gets a slot of their own, bound to
   * these arguments; no more than `maxUploads` of them ever have an upload.
   *
   * @throws TitofistoError `slot-args-invalid`, `slot-store-failed`, `storage-full`.
   * @throws TypeError, RangeError naming the option that is wrong.
   * @example
   * const request = await avatar.request(
   *   { userId: '15' },
   *   { title: 'Your pictures of the trip', maxUploads: 30, perPersonName: true },
   * )
   * request.url //=> '/media/titofisto/upload/request/…'
   * await request.status() //=> { state: 'open', uploadCount: 0, maxUploads: 30, … }
   */
  request(...call: RequestCall<Schema>): Promise<FileRequest>
}
