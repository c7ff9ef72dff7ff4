// An upload by a form: `POST multipart/form-data`. What can't be understood ends it with a reason,
// since a file that vanishes is worse than an error.

import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { toStorageError } from '../../storage/system-error.ts'
import { createDigestCheck, verifyDigests } from '../intake/digest.ts'
import { checkFormBytes, checkFormHead } from './form-head.ts'
import { createFormParser } from './form-parser.ts'
import { createFormIntake } from './form-intake.ts'
import { createInflow } from '../intake/read-body.ts'
import type { ReceivedUpload, Reception } from '../intake/reception.ts'
import { flushFolder } from '../spool/spool-file.ts'

/**
 * Takes a form into the spool; its text fields stay in memory.
 *
 * @throws TitofistoError for whatever is wrong with it, or with the disk; nothing is left behind then.
 */
export async function receiveMultipart(
  incoming: Incoming,
  reception: Reception,
): Promise<ReceivedUpload> {
  const { boundary, digests } = checkFormHead(incoming, reception.limits)
  const check = createDigestCheck(digests)
  const inflow = createInflow(incoming, reception)
  const form = createFormIntake(reception, {
    pause: () => inflow.pause(),
    resume: () => inflow.resume(),
    fail: (error) => inflow.fail(error),
  })
  const parser = createFormParser(boundary, form)
  let formBytes = 0
  try {
    await inflow.read((chunk) => {
      formBytes += chunk.length
      checkFormBytes(formBytes, reception.limits)
      check?.take(chunk)
      parser.write(chunk)
    })
    parser.end()
    verifyDigests(check)
    const upload = await form.end()
    if (upload.files.length === 0)
      throw new TitofistoError('upload-malformed', 'The form has no file. Send one.')
    if (reception.durable) await flushFolder(reception.spoolFolder)
    return upload
  } catch (error) {
    await form.discard()
    throw toStorageError(error, 'take an upload')
  }
}
