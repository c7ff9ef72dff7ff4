// How a handler says no: an ordinary throw is our user's fault, this one is the uploader's.

import { isBranded } from '../../errors.ts'
import { aBoolean, checkOptions, optionError, wholeNumber } from '../../options.ts'
import type { OptionRules } from '../../options.ts'

const brand: unique symbol = Symbol.for('titofisto.slot-rejection')

/** How a rejection ends the request. */
export interface SlotRejectionOptions {
  /** The HTTP status, 400 to 499. Default 422. For good, it can't be 408, 409, 423, 425 or 429: clients would try again. */
  readonly status?: number
  /** Whether the slot opens again for another upload. Default false: it is used up. */
  readonly retry?: boolean
  /** What led to it; the uploader is not told. */
  readonly cause?: unknown
}

const where = 'SlotRejection'
const rules: OptionRules<SlotRejectionOptions> = {
  status: wholeNumber(400, 499, ''),
  retry: aBoolean,
  cause: () => null,
}
const statusesThatInvite: ReadonlySet<number> = new Set([408, 409, 423, 425, 429])

/**
 * Thrown by a handler to refuse an upload; the message is shown to the uploader.
 *
 * @throws TypeError, RangeError naming the option, where the status is not one that refuses.
 * @example
 * import { SlotRejection } from 'titofisto'
 *
 * const pictures = files.slot('pictures', {
 *   handler({ file }) {
 *     if (file.sniffedType !== 'image/png') throw new SlotRejection('A PNG, please.', { retry: true })
 *   },
 * })
 * const response = await fetch(origin + (await pictures.url()), { method: 'PUT', body: 'Hello' })
 * response.status //=> 422
 * await response.text() //=> '…A PNG, please.…'
 */
export class SlotRejection extends Error {
  /** The HTTP status of the answer. */
  readonly status: number
  /** Whether the slot opens again. */
  readonly retry: boolean
  /** Marks our rejections across copies of the package; see {@link isSlotRejection}. */
  readonly [brand] = true

  /** `message` is what the uploader reads. */
  constructor(message: string, options: SlotRejectionOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    checkOptions(where, options, rules)
    const { status = 422, retry = false } = options
    if (!retry && statusesThatInvite.has(status)) {
      const reason = `can't be ${status}, which clients take as an invitation to try again, without`
      throw optionError(where, { option: 'status', reason, other: 'retry' }, RangeError)
    }
    this.name = 'SlotRejection'
    this.status = status
    this.retry = retry
  }
}

/**
 * Whether a caught value is a {@link SlotRejection}, also one from another copy of the package. Never throws.
 * @example
 * import { isSlotRejection, SlotRejection } from 'titofisto'
 *
 * isSlotRejection(new SlotRejection('No programs.')) //=> true
 * isSlotRejection(new Error('No programs.')) //=> false
 */
export function isSlotRejection(value: unknown): value is SlotRejection {
  return isBranded(value, brand)
}
