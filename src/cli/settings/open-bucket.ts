// Files in a bucket, by the SDK of Amazon: region and credentials are what it finds by itself, in its
// variables, its files, or by where the machine runs. They are no settings of ours.

import { createHash } from 'node:crypto'
import path from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import { isTitofistoError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { isOptionError } from '../../options.ts'
import type { S3Storage } from '../../storage/s3/s3.ts'
import { refused, wrongUsage } from '../cli-failure.ts'
import { wrongBucket, type BucketPlace } from './file-place.ts'
import { loadPackage } from './load-package.ts'
import type { Settings } from './settings.ts'
import { statePathOf } from './state-folder.ts'

/** A bucket that can be asked. */
export interface OpenBucket {
  readonly storage: S3Storage
  readonly close: () => void
}

/**
 * Opens a bucket, and looks whether it is there.
 *
 * @throws CliFailure where it can't be read, or the SDK is not installed.
 */
export async function openBucket(
  place: BucketPlace,
  settings: Settings,
  log: Log,
): Promise<OpenBucket> {
  const source = settings.find('s3')?.source ?? '--s3'
  const client = await connect(settings, source)
  const { createS3Storage } = await import('../../storage/s3/s3.ts')
  const { bucket, prefix } = place
  try {
    const stateFolder = path.resolve(spoolPathOf(place, settings))
    const storage = createS3Storage({ client, bucket, prefix, stateFolder, log })
    await storage.list({ limit: 1 })
    return { storage, close: () => client.destroy() }
  } catch (error) {
    client.destroy()
    if (isOptionError(error)) throw wrongBucket(source)
    throw isTitofistoError(error) ? refused(`${place.shown}: ${error.message}`, error) : error
  }
}

/**
 * Where uploads are until they are in the bucket, and slots where no engine has them: by default in the
 * state folder, by which other commands find it, too.
 */
function spoolPathOf({ shown }: BucketPlace, settings: Settings): string {
  const given = settings.find('spool')
  if (given !== null) return given.text
  const endpoint = settings.find('s3Endpoint')?.text ?? ''
  const name = createHash('sha256').update(`${shown} ${endpoint}`).digest('hex').slice(0, 16)
  return path.join(statePathOf(settings), `s3-${name}`)
}

async function connect(settings: Settings, source: string): Promise<S3Client> {
  const endpoint = settings.find('s3Endpoint')
  if (endpoint !== null && !isEndpoint(endpoint.text))
    throw wrongUsage(`${endpoint.source} must be a URL such as http://127.0.0.1:9000.`)
  // On Node 20 it would warn of its own end of support, at each command.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const sdk = await loadPackage('@aws-sdk/client-s3', source, () => import('@aws-sdk/client-s3'))
  // Servers of one's own rarely have a host name for each bucket.
  const own = endpoint === null ? {} : { endpoint: endpoint.text, forcePathStyle: true }
  const client = new sdk.S3Client(own)
  if (await hasRegion(client)) return client
  client.destroy()
  if (endpoint === null)
    throw refused(
      `${source}: the region of the bucket is not known. Set AWS_REGION, or a region in ~/.aws/config.`,
    )
  // They have none; the signature wants a word.
  return new sdk.S3Client({ ...own, region: 'us-east-1' })
}

async function hasRegion({ config }: S3Client): Promise<boolean> {
  try {
    return (await config.region()) !== ''
  } catch {
    return false
  }
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  // Credentials are the SDK's affair.
  const isPlain = [username, password, search, hash].every((part) => part === '')
  return isPlain && (protocol === 'http:' || protocol === 'https:')
}
