// Where the files are: in a folder of this machine, or in a bucket of S3.

import { wrongUsage } from '../cli-failure.ts'
import type { Found, Settings } from './settings.ts'

/** A folder of this machine. */
interface FolderPlace {
  readonly kind: 'folder'
  /** As the user would name it. */
  readonly shown: string
  readonly root: string
}

/** What is in a bucket, or in a folder of it. */
export interface BucketPlace {
  readonly kind: 'bucket'
  /** `s3://letters/media/` */
  readonly shown: string
  readonly bucket: string
  /** `''`, or a folder with its slash. */
  readonly prefix: string
}

/** Where files are. */
export type FilePlace = FolderPlace | BucketPlace

/**
 * Where the settings say that the files are; the current folder where they say nothing.
 *
 * @throws CliFailure with exit code 2 where they say two places, or one that can't be.
 */
export function filePlaceOf(settings: Settings): FilePlace {
  const s3 = settings.find('s3')
  const root = settings.find('root')
  if (s3 === null) return folderPlace(root?.text ?? '.')
  if (root !== null)
    throw wrongUsage(`Both ${root.source} and ${s3.source} are set; the files are in one place.`)
  return parseBucket(s3)
}

/** A folder as a place. */
export function folderPlace(root: string): FilePlace {
  return { kind: 'folder', shown: root, root }
}

/** A name in a bucket may be any text: nothing of it is decoded. */
function parseBucket({ text, source }: Found): BucketPlace {
  const [, bucket, folder = ''] = /^s3:\/\/([\w.-]+)(?:\/+(.*))?$/.exec(text) ?? []
  if (bucket === undefined) throw wrongBucket(source)
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  return { kind: 'bucket', shown: `s3://${bucket}/${prefix}`, bucket, prefix }
}

/** It does not repeat the text, which may hold credentials by mistake. */
export function wrongBucket(source: string): Error {
  return wrongUsage(`${source} must be s3://BUCKET or s3://BUCKET/FOLDER.`)
}
