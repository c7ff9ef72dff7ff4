// Takes one text field of a form, in memory: it is small by limit.

import { TitofistoError } from '../../errors.ts'
import { PendingBytes } from './form-parser.ts'
import { malformed } from './part-head.ts'
import type { ReceiveLimits } from '../intake/reception.ts'

/** One text field on its way in. */
export interface FieldIntake {
  /** @throws TitofistoError `upload-too-large` */
  take(chunk: Buffer): void
  /**
   * The field's text, decoded by the charset of that label.
   *
   * @throws TitofistoError `upload-malformed` where it is unknown, or the bytes are not of it.
   */
  text(charset: string): string
}

/** Makes an intake. */
export function createFieldIntake(limits: ReceiveLimits): FieldIntake {
  const bytes = new PendingBytes()
  return {
    take(chunk) {
      const sizeBytes = bytes.length + chunk.length
      if (sizeBytes > limits.maxFieldBytes)
        throw new TitofistoError(
          'upload-too-large',
          `A text field is larger than the ${limits.maxFieldBytes} bytes that are taken here.`,
          { what: 'field', limit: limits.maxFieldBytes, actual: sizeBytes },
        )
      bytes.append(chunk)
    },
    text(charset) {
      return decodeText(bytes.view(), charset)
    },
  }
}

/** @throws TitofistoError `upload-malformed` where the charset is unknown, or the bytes are not of it. */
export function decodeText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw malformed(
      "is text that can't be decoded; UTF-8 is expected unless its charset says otherwise",
    )
  }
}
