// What it means that a handler threw, or took too long: for the uploader, and in the log.

import { isTitofistoError, TitofistoError } from '../../errors.ts'
import type { KnownSlot } from '../parts/slot-parts.ts'
import type { HandlerOutcome } from './run-handler.ts'

/** What `toFailure` has logged. */
export function wasLogged({ code }: TitofistoError): boolean {
  return code.startsWith('slot-handler-') || code === 'storage-unavailable'
}

const namingErrors: ReadonlySet<string> = new Set(['name-invalid', 'name-taken'])

/** Whether it is about a file's name: the client chose it, or a part of it, and can choose another. */
export function isOfNames(cause: unknown): cause is TitofistoError {
  return isTitofistoError(cause) && namingErrors.has(cause.code)
}

/** The error of a handler that threw; it is in the log then. */
export function toFailure(
  slot: KnownSlot,
  outcome: HandlerOutcome & { kind: 'threw' },
): TitofistoError {
  const { error: cause, wasTimedOut } = outcome
  if (!wasTimedOut && isOfNames(cause)) return cause
  logFailure(slot, wasTimedOut ? 'A slot handler ran out of time.' : 'A slot handler threw.', cause)
  // Nothing is wrong with the upload, nor with the handler: later it may do.
  if (!wasTimedOut && isTitofistoError(cause) && cause.code === 'storage-unavailable') return cause
  return wasTimedOut
    ? handlerTimeout(slot.kind, cause)
    : new TitofistoError('slot-handler-failed', 'The upload could not be handled.', { cause })
}

/** The error of a handler whose time ran out. */
export function handlerTimeout(kind: KnownSlot['kind'], cause?: unknown): TitofistoError {
  const details = { limit: kind.handlerTimeoutMs / 1000, cause }
  return new TitofistoError('slot-handler-timeout', 'The upload took too long to handle.', details)
}

/** Tells the log. */
export function logFailure(
  { parts, kind, record }: KnownSlot,
  message: string,
  cause: unknown,
): void {
  parts.log({
    level: 'error',
    event: 'slot-handler-failed',
    message: `${message} (kind "${kind.name}", run ${record.attempt})`,
    slotId: record.id,
    cause,
  })
}
