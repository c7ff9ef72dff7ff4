// An upload that comes in one request: a form, or a body that is the file.

import type { Incoming } from '../http/exchange.ts'
import { toStorageError } from '../storage/system-error.ts'
import { createFormTaker } from './form/receive-form.ts'
import { createDigestCheck, verifyDigests } from './intake/digest.ts'
import { createFileIntake } from './intake/file-intake.ts'
import type { FileHead } from './intake/file-intake.ts'
import { createInflow } from './intake/read-body.ts'
import type { Sender } from './intake/read-body.ts'
import type { ReceivedUpload, Reception, UploadTaker } from './intake/reception.ts'
import { createBacklog } from './spool/backlog.ts'
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
  const inflow = createInflow(incoming, reception)
  const taker =
    head.kind === 'form'
      ? createFormTaker(head.boundary, reception, inflow)
      : createRawTaker(head.file, reception, inflow)
  try {
    await inflow.read((chunk) => {
      check?.take(chunk)
      taker.take(chunk)
    })
    verifyDigests(check)
    const upload = await taker.end()
    if (reception.durable) await flushFolder(reception.spoolFolder)
    return upload
  } catch (error) {
    await taker.discard()
    throw toStorageError(error, 'take an upload')
  }
}

function createRawTaker(head: FileHead, reception: Reception, sender: Sender): UploadTaker {
  const intake = createFileIntake({
    reception,
    head,
    index: 0,
    backlog: createBacklog(sender),
    after: null,
    onFailure: (error) => sender.fail(error),
  })
  return {
    take: (chunk) => intake.take(chunk),
    end: async () => ({ files: [await intake.end()], fields: [] }),
    discard: () => intake.discard(),
  }
}
