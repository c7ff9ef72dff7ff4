// The error for bytes of a type, or in a coding, that is not taken. It knows the header field that
// tells a client what would have done (RFC 9110 15.5.16).

import { TitofistoError } from '../../errors.ts'

class TypeRefused extends TitofistoError {
  readonly help: readonly [name: string, value: string]

  constructor(message: string, help: readonly [name: string, value: string]) {
    super('upload-type-refused', message)
    this.help = help
  }
}

/** Makes the error `upload-type-refused`; `help` is a field such as `Accept`, with its value. */
export function refuseType(
  message: string,
  help: readonly [name: string, value: string],
): TitofistoError {
  return new TypeRefused(message, help)
}

/** The header field, name and value, that goes with an error's answer; none where it has none. */
export function helpOfRefusal(error: unknown): readonly string[] {
  return error instanceof TypeRefused ? error.help : []
}
