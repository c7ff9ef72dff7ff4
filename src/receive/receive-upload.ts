// An upload that comes in one request: a form, or a body that is the file.

import type { Incoming } from '../http/exchange.ts'
import { toStorageError } from '../storage/system-error.ts'
import { FormIntake } from './form/form-intake.ts'
import { createDigestCheck } from './intake/digest.ts'
import { Inflow } from './intake/read-body.ts'
import type { ReceivedUpload, Reception } from './intake/reception.ts'
import { createRawTaker } from './raw-body.ts'
import { flushFolder } from './spool/spool-file.ts'
import type { UploadHead } from './upload-head.ts'

/**
 * Takes an upload whose head was read into the spool; a form's text fields stay in memory.
 *
 * @throws TitofistoError for whatever is wrong with it, or with the disk; nothing is left behind then.
 */
export async function receiveUpload(
  incoming: Incoming,
  head: UploadHead,
  reception: Reception,
): Promise<ReceivedUpload> {
  const check = createDigestCheck(head.digests)
  const inflow = new Inflow(incoming, reception)
  const taker =
    head.kind === 'form'
      ? new FormIntake(head.boundary, reception, inflow)
      : createRawTaker(head, reception, inflow)
  try {
    // A bare body brings none: what is missing shows before its first byte.
    if (head.kind === 'raw') await reception.checkFields([])
    await inflow.read((chunk) => {
      check?.take(chunk)
      taker.take(chunk)
    })
    check?.verify()
    const upload = await taker.end()
    if (head.kind === 'form') await reception.checkFields(upload.fields)
    if (reception.durable) await flushFolder(reception.spoolFolder)
    return upload
  } catch (error) {
    await taker.discard()
    throw toStorageError(error, 'take an upload')
  }
}
