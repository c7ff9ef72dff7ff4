// @ts-check
// Ceph's S3 gateway in memory, as the tests start it, on the load's core; with a bucket.

import { S3Client, CreateBucketCommand } from '@aws-sdk/client-s3'
import { startCeph as startGateway, toS3Settings } from '../../test/support/engines/ceph.mjs'

/** The bucket that is made. */
export const bucketName = 'bench'

/** Starts it; its `stop` ends it. */
export async function startCeph() {
  const ceph = await startGateway({ memoryBytes: 4 * 2 ** 30 })
  try {
    await connectS3(ceph.port).send(new CreateBucketCommand({ Bucket: bucketName }))
    return ceph
  } catch (error) {
    await ceph.stop()
    throw error
  }
}

/**
 * A client as an application makes it.
 * @param {number} port
 */
export function connectS3(port) {
  return new S3Client(toS3Settings(port))
}
