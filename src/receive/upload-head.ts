// What can be told of an upload by its head alone: before the slot is claimed and a byte is read.

import type { Incoming } from '../http/exchange.ts'
import { checkFormHead, isFormType } from './form/form-head.ts'
import { checkRawHead } from './receive-raw.ts'
import type { ReceiveLimits } from './intake/reception.ts'

/**
 * Checks what the head of a form or a raw upload declares: length, type, boundary, digests.
 *
 * @throws TitofistoError `upload-too-large`, `upload-too-small`, `upload-type-refused`, `upload-malformed`.
 */
export function checkDeclared(incoming: Incoming, limits: ReceiveLimits): void {
  if (isFormType(incoming.header('content-type'))) checkFormHead(incoming, limits)
  else checkRawHead(incoming, limits)
}
