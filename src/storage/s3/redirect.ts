// URLs at which S3 itself gives a file, signed by us (presigned), with the headers that our own answer
// would have as far as S3 can say them.

import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { TitofistoError } from '../../errors.ts'
import type { RedirectTerms, RedirectUrl } from '../delivery.ts'
import type { Place } from './bucket.ts'
import { toS3Error } from './s3-fault.ts'

/** How URLs are signed. */
export interface Presigning {
  readonly client: S3Client
  readonly redirectSeconds: number
}

/** S3's limit: a week. */
const maxLifeSeconds = 604_800

/** Signs a URL for an object, or for a version of it. */
export async function presign(
  { client, redirectSeconds }: Presigning,
  place: Place,
  versionId: string | undefined,
  terms: RedirectTerms,
): Promise<RedirectUrl> {
  const lifeSeconds = Math.max(1, Math.min(terms.maxSeconds, redirectSeconds, maxLifeSeconds))
  const input = {
    ...place,
    ...(versionId !== undefined && { VersionId: versionId }),
    ResponseContentType: terms.contentType,
    ResponseContentDisposition: terms.disposition,
    ResponseCacheControl: terms.cacheControl,
  }
  const { getSignedUrl } = await loadPresigner()
  const options = { expiresIn: Math.floor(lifeSeconds) }
  try {
    const url =
      terms.method === 'HEAD'
        ? await getSignedUrl(client, new HeadObjectCommand(input), options)
        : await getSignedUrl(client, new GetObjectCommand(input), options)
    return { url, lifeSeconds: options.expiresIn }
  } catch (error) {
    throw toS3Error(error, 'sign a URL')
  }
}

/** Who never redirects need not have it. */
async function loadPresigner(): Promise<typeof import('@aws-sdk/s3-request-presigner')> {
  try {
    return await import('@aws-sdk/s3-request-presigner')
  } catch (cause) {
    throw new TitofistoError(
      'storage-failed',
      'Redirects to S3 need the package @aws-sdk/s3-request-presigner. Install it beside @aws-sdk/client-s3.',
      { cause },
    )
  }
}
