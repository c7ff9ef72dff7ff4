// The end of an upload in parts that comes to nothing: S3 keeps its parts until it is told.

import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3'
import { ask, type Bucket } from './bucket.ts'
import { isMissing } from './s3-fault.ts'
import type { UnfinishedUpload } from './state-folder.ts'

/** Gives an upload up; `false` where S3 can't be told so. Never rejects. */
export async function abortUpload(
  bucket: Bucket,
  { Bucket, Key, UploadId }: UnfinishedUpload,
): Promise<boolean> {
  const command = new AbortMultipartUploadCommand({ Bucket, Key, UploadId })
  try {
    await ask(bucket, (options) => bucket.client.send(command, options))
    return true
  } catch (error) {
    return isMissing(error)
  }
}
