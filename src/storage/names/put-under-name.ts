// Which name a file gets: the one that was asked for, or a free one beside it. What is free is decided
// by the write itself, which fails where the name is taken; looking before is only cheaper.

import { TitofistoError } from '../../errors.ts'
import type { SaveOptions } from '../storage-values.ts'
import type { FileName } from './file-name.ts'
import { freeNames } from './free-name.ts'

/** How names are given. */
export interface Naming extends Pick<SaveOptions, 'onTaken' | 'maxLength'> {
  readonly randomSuffix?: (() => string) | undefined
}

/** Puts a file at a name; `ifFree`: it gives `null` where that is taken, and overwrites nothing. */
export type PutAt<Put> = (name: FileName, ifFree: boolean) => Promise<Put | null>

/** The most names to try. Random ones collide about once in 3.5 million million times. */
const maxNames = 100

/**
 * Puts a file under a name by the rules of `save`, and gives the name it got.
 *
 * @throws TitofistoError `name-taken`, `name-invalid`, and what putting throws.
 */
export async function putUnderName<Put>(
  name: FileName,
  naming: Naming,
  putAt: PutAt<Put>,
): Promise<{ readonly name: FileName; readonly put: Put }> {
  const { onTaken = 'rename', maxLength = Infinity, randomSuffix } = naming
  if (onTaken === 'rename') {
    let count = 0
    for (const candidate of freeNames(name, { maxLength, randomSuffix })) {
      const put = await putAt(candidate, true)
      if (put !== null) return { name: candidate, put }
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
  const put = await putAt(name, onTaken === 'refuse')
  if (put === null) throw nameTaken(name)
  return { name, put }
}

/** The error for a name that is taken, where no other one may be given. */
export function nameTaken(fileName: string, cause?: unknown): TitofistoError {
  return new TitofistoError('name-taken', 'This file name is taken.', { fileName, cause })
}

/** The error for a name without a file. */
export function fileMissing(fileName: string, cause?: unknown): TitofistoError {
  return new TitofistoError('file-missing', 'There is no file with this name.', { fileName, cause })
}
