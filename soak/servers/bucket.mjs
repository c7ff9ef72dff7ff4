// @ts-check
// Where a ground keeps its files: on this machine's disk, or in a bucket of an S3 of its own.

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startCeph, toS3Settings, whyNoCeph } from '../../test/support/engines/ceph.mjs'

/** What `--storage` takes. */
export const storageNames = /** @type {const} */ (['files', 's3'])

/** @typedef {typeof storageNames[number]} StorageName */

/**
 * A bucket, with the gateway that it is behind.
 * @typedef {object} Bucket
 * @property {string} name
 * @property {string} prefix What all keys of the ground begin with.
 * @property {ReturnType<typeof toS3Settings>} settings What a client is made with.
 * @property {S3Client} client The verdict's own.
 * @property {import('../../test/support/engines/ceph.mjs').Ceph} gateway
 * @property {() => Promise<void>} stop Ends it all.
 */

/**
 * Starts Ceph's gateway, and makes a bucket; `null` for files.
 * @param {StorageName} storage
 * @returns {Promise<Bucket | null>}
 * @throws Error where a program is missing.
 */
export async function startBucket(storage) {
  if (storage === 'files') return null
  const whyNot = whyNoCeph()
  if (whyNot !== null) throw new Error(`${whyNot}.`)
  // For the servers too: they must not write to stderr, and the SDK does so on an older Node.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
  // Else an hour of uploads that were judged and deleted would fill it up.
  const gateway = await startCeph({ memoryBytes: 3 * 2 ** 30, keepDeletedSeconds: 20 })
  const settings = toS3Settings(gateway.port)
  // Whether to ask again is the verdict's to say.
  const client = new S3Client({ ...settings, maxAttempts: 1 })
  const name = 'soak'
  async function stop() {
    client.destroy()
    await gateway.stop()
  }
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }))
  } catch (error) {
    await stop()
    throw error
  }
  return { name, prefix: 'media/', settings, client, gateway, stop }
}
