// @ts-check
// The saved files of a ground that has them in a bucket: seen through the SDK alone, and waited for while
// the gateway is away.

import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
} from '@aws-sdk/client-s3'
import { setTimeout as sleep } from 'node:timers/promises'
import { savedFolders } from './saved-on-disk.mjs'

/** @typedef {import('./saved-on-disk.mjs').Leftover} Leftover */

/**
 * @param {import('../servers/bucket.mjs').Bucket} bucket
 * @returns {import('./saved-on-disk.mjs').Saved}
 */
export function openSavedInBucket({ client, name: Bucket, prefix }) {
  /** @param {string} Prefix */
  async function listObjects(Prefix) {
    const objects = []
    /** @type {string | undefined} */
    let after
    do {
      const page = await untilAnswered(() =>
        client.send(
          new ListObjectsV2Command({ Bucket, Prefix, ...(after && { ContinuationToken: after }) }),
        ),
      )
      objects.push(...(page?.Contents ?? []))
      after = page?.IsTruncated === true ? page.NextContinuationToken : undefined
    } while (after !== undefined)
    return objects
  }

  /** @param {{ Key?: string | undefined, UploadId?: string | undefined, Initiated?: Date | undefined }} upload */
  async function toLeftover({ Key = '', UploadId = '', Initiated }) {
    const parts = await untilAnswered(() =>
      client.send(new ListPartsCommand({ Bucket, Key, UploadId })),
    )
    const count = parts?.Parts?.length ?? 0
    return {
      what: `an unfinished upload of ${Key} with ${count} parts`,
      sinceMs: Initiated?.getTime() ?? 0,
      untilMs: Initiated?.getTime() ?? 0,
      // Parts are sent by whoever has its id.
      isKnown: count > 0,
    }
  }

  return {
    async list() {
      const found = await Promise.all(
        savedFolders.map((folder) => listObjects(`${prefix}${folder}/`)),
      )
      return new Map(found.flat().map(({ Key = '', Size = 0 }) => [Key.slice(prefix.length), Size]))
    },
    async read(name) {
      return untilAnswered(async () => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: prefix + name }))
        return Buffer.from((await Body?.transformToByteArray()) ?? [])
      })
    },
    async listLeftovers() {
      const objects = (await listObjects('')).filter(
        ({ Key = '' }) => !savedFolders.some((folder) => Key.startsWith(`${prefix}${folder}/`)),
      )
      const uploads = await untilAnswered(() =>
        client.send(new ListMultipartUploadsCommand({ Bucket })),
      )
      return [
        ...objects.map(({ Key, LastModified }) => ({
          what: `the object ${Key}`,
          sinceMs: LastModified?.getTime() ?? 0,
          // Trying S3 out takes a handful of calls.
          untilMs: (LastModified?.getTime() ?? 0) + 30_000,
          isKnown: false,
        })),
        ...(await Promise.all((uploads?.Uploads ?? []).map(toLeftover))),
      ]
    },
  }
}

/** Longer than the gateway is ever away. */
const mostAwayMs = 60_000

/**
 * What S3 answers, as soon as it does; `null` where it says that there is no such thing.
 * @template Value
 * @param {() => Promise<Value>} ask
 */
async function untilAnswered(ask) {
  const untilMs = Date.now() + mostAwayMs
  for (;;)
    try {
      return await ask()
    } catch (error) {
      const status = /** @type {any} */ (error).$metadata?.httpStatusCode
      if (status === 404) return null
      if (Date.now() > untilMs) throw error
      await sleep(200)
    }
}
