// The bytes of a form: `multipart/form-data`. What can't be understood ends it with a reason, since a
// file that vanishes is worse than an error.

import { TitofistoError } from '../../errors.ts'
import type { Sender } from '../intake/read-body.ts'
import type { Reception, UploadTaker } from '../intake/reception.ts'
import { checkFormBytes } from './form-head.ts'
import { createFormIntake } from './form-intake.ts'
import { createFormParser } from './form-parser.ts'

/** Makes what takes a form's bytes; its end is refused where it is cut short, or has no file. */
export function createFormTaker(
  boundary: string,
  reception: Reception,
  sender: Sender,
): UploadTaker {
  const form = createFormIntake(reception, sender)
  const parser = createFormParser(boundary, form)
  let formBytes = 0
  return {
    take(chunk) {
      formBytes += chunk.length
      checkFormBytes(formBytes, reception.limits)
      parser.write(chunk)
    },
    async end() {
      parser.end()
      const upload = await form.end()
      if (upload.files.length === 0)
        throw new TitofistoError('upload-malformed', 'The form has no file. Send one.')
      return upload
    },
    discard: () => form.discard(),
  }
}
