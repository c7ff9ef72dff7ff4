// What every way of sending has in common: what is sent, what proves it, and how we know our own.

import {
  HeadObjectCommand,
  type PutObjectCommand,
  type UploadPartCommand,
} from '@aws-sdk/client-s3'
import { ask, type Bucket, type Place } from './bucket.ts'
import type { Content, Digests } from './content.ts'
import type { EngineLook } from './engine.ts'
import { isOfSave, type KeptFields } from './kept.ts'
import type { PartMemory } from './part-memory.ts'
import type { StateFolder } from './state-folder.ts'

/** What sending is done with. */
export interface SendingParts {
  readonly bucket: Bucket
  readonly engine: EngineLook
  readonly memory: PartMemory
  readonly state: StateFolder
}

/** What is to be sent, and where to. */
export interface Sending {
  readonly place: Place
  readonly content: Content
  readonly kept: KeptFields
  /** Stands in what is kept; by it we know our own. */
  readonly saveId: string
  /** Whether it must not overwrite. */
  readonly ifFree: boolean
  readonly signal?: AbortSignal | undefined
}

/** What became of it. */
export type Outcome = 'placed' | 'taken'

/** Whether what is there is of this save: its answer may have been lost. Never rejects. */
export async function isOurs(bucket: Bucket, place: Place, saveId: string): Promise<boolean> {
  try {
    return isOfSave(
      await ask(bucket, (options) => bucket.client.send(new HeadObjectCommand(place), options)),
      saveId,
    )
  } catch {
    return false
  }
}

/** Whether the client is set up for checksums of S3's newer kind; some engines stumble over them. */
export async function sendsChecksums({ client }: Bucket): Promise<boolean> {
  const { requestChecksumCalculation: wanted } = client.config
  return (typeof wanted === 'function' ? await wanted() : wanted) === 'WHEN_SUPPORTED'
}

/**
 * Signs the digest of the body that was reckoned bit by bit; the SDK would do it in one go. Whoever
 * checks the signature checks the bytes too.
 */
export function signPayload(
  command: PutObjectCommand | UploadPartCommand,
  { sha256 }: Digests,
): void {
  // Of either command; which, makes no difference here.
  const { middlewareStack } = command as PutObjectCommand
  middlewareStack.add(
    (next) => (args) => {
      // At this step it is a request of HTTP.
      const { headers } = args.request as { readonly headers: Record<string, string> }
      headers['x-amz-content-sha256'] = sha256
      return next(args)
    },
    { step: 'build', name: 'titofistoPayloadDigest' },
  )
}
