// Which name a file gets: the one that was asked for, or a free one beside it. What is free is decided
// by the write itself, which fails where the name is taken; looking before is only cheaper.

import { TitofistoError } from '../../errors.ts'
import type { FileName } from '../names/file-name.ts'
import { freeNames } from '../names/free-name.ts'
import type { SaveOptions } from '../storage-values.ts'
import { placeOf, type Bucket, type Place } from './bucket.ts'
import type { Outcome } from './sending.ts'

/** How names are given. */
export interface Naming extends Pick<SaveOptions, 'onTaken' | 'maxLength'> {
  readonly randomSuffix?: (() => string) | undefined
}

/** Puts a file at a place; with `ifFree` it says `taken` instead of overwriting. */
export type PutAt = (place: Place, ifFree: boolean) => Promise<Outcome>

/** The most names to try. Random ones collide about once in 3.5 million million times. */
const maxNames = 100

/** Puts a file under a name by the rules of `save`, and gives the name it got. */
export async function putUnder(
  bucket: Bucket,
  name: FileName,
  naming: Naming,
  putAt: PutAt,
): Promise<FileName> {
  const { onTaken = 'rename', maxLength = Infinity, randomSuffix } = naming
  if (onTaken === 'rename') {
    let count = 0
    for (const candidate of freeNames(name, { maxLength, randomSuffix })) {
      if ((await putAt(checkPlace(bucket, candidate), true)) === 'placed') return candidate
      if (++count === maxNames) break
    }
    throw new TitofistoError(
      'name-taken',
      `This file name and ${maxNames - 1} beside it are taken. Choose another one.`,
      { fileName: name },
    )
  }
  if (name.length > maxLength)
    throw new TitofistoError(
      'name-invalid',
      `This file name is longer than ${maxLength} characters.`,
      { fileName: name },
    )
  const outcome = await putAt(checkPlace(bucket, name), onTaken === 'refuse')
  if (outcome === 'taken') throw nameTaken(name)
  return name
}

/** The error for a name that is taken, where no other one may be given. */
export function nameTaken(fileName: string): TitofistoError {
  return new TitofistoError('name-taken', 'This file name is taken.', { fileName })
}

/** The error for a name without a file. */
export function fileMissing(fileName: string, cause?: unknown): TitofistoError {
  return new TitofistoError('file-missing', 'There is no file with this name.', { fileName, cause })
}

/** @throws TitofistoError `name-invalid` */
function checkPlace(bucket: Bucket, name: FileName): Place {
  const place = placeOf(bucket, name)
  if (place === null)
    throw new TitofistoError(
      'name-invalid',
      "This file name is too long: with the storage's prefix, S3 takes 1,024 bytes.",
      { fileName: name },
    )
  return place
}
