// The name that a file gets, as a place in a bucket.

import { TitofistoError } from '../../errors.ts'
import type { FileName } from '../names/file-name.ts'
import { putUnderName, type Naming } from '../names/put-under-name.ts'
import { placeOf, type Bucket, type Place } from './bucket.ts'
import type { Outcome } from './sending.ts'

/** Puts a file at a place; with `ifFree` it says `taken` instead of overwriting. */
export type PutAt = (place: Place, ifFree: boolean) => Promise<Outcome>

/** Puts a file under a name by the rules of `save`, and gives the name it got. */
export async function putUnder(
  bucket: Bucket,
  name: FileName,
  naming: Naming,
  putAt: PutAt,
): Promise<FileName> {
  const placed = await putUnderName(name, naming, async (candidate, ifFree) => {
    const outcome = await putAt(checkPlace(bucket, candidate), ifFree)
    return outcome === 'taken' ? null : outcome
  })
  return placed.name
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
