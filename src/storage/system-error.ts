// What the operating system's errors mean to us. Its messages hold absolute paths, so ours never
// quote them; they stay underneath, as `cause`.

import { TitofistoError, isTitofistoError } from '../errors.ts'

/** The code of a system error, such as `ENOENT`; `''` for anything else. */
export function systemCodeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

/** What a call gives, or `null` where it fails with one of these codes; at once where the call is. */
export function orNull<Value>(
  codes: readonly string[],
  work: () => Promise<Value> | Value,
): Promise<Value | null> | Value | null {
  function toNull(error: unknown): null {
    if (codes.includes(systemCodeOf(error))) return null
    throw error
  }
  try {
    const value = work()
    return value instanceof Promise ? value.catch(toNull) : value
  } catch (error) {
    return toNull(error)
  }
}

/**
 * Whether a failed call says that the name leads to no file that could ever be served: it is
 * missing, not ours to read, too long, a socket, or not even a name to this file system.
 */
export function isAbsence(error: unknown): boolean {
  return absent.has(systemCodeOf(error))
}

const absent: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EACCES',
  'EPERM',
  'ELOOP',
  'ENAMETOOLONG',
  'ENXIO',
  'ENODEV',
  'EINVAL',
  'EILSEQ',
])

/** Whether a failed call says that something may be there, but not for the user that we run as. */
export function isDenial(error: unknown): boolean {
  const code = systemCodeOf(error)
  return code === 'EACCES' || code === 'EPERM'
}

/**
 * Whether a failed call says that the file system can't do such a thing at all, or leaves it to its
 * mount options: flush a folder (SMB, many of FUSE), change a mode (SMB, FAT, a mount with `uid=`),
 * give a file a second name (FAT, exFAT; Android denies it). Nothing about the one file is wrong.
 */
export function isUnsupported(error: unknown): boolean {
  return unsupported.has(systemCodeOf(error))
}

const unsupported: ReadonlySet<string> = new Set([
  'EPERM',
  'EACCES',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EINVAL',
  'EROFS',
  'EISDIR',
  'EBADF',
  'ENOTTY',
])

/** Whether an error is about this process's or machine's descriptors, not about what was opened. */
export function isShortOfDescriptors(error: unknown): boolean {
  const code = systemCodeOf(error)
  return code === 'EMFILE' || code === 'ENFILE'
}

/**
 * Makes a TitofistoError of what went wrong while `doing` something: `'write a file'`.
 * One of ours is given back as it is.
 */
export function toStorageError(error: unknown, doing: string): TitofistoError {
  if (isTitofistoError(error)) return error
  const code = systemCodeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new TitofistoError(
      'storage-full',
      `The storage could not ${doing}: no space is left (${code}). Free some, or raise the quota.`,
      { cause: error },
    )
  const detail = code === '' ? '' : ` (${code})`
  return new TitofistoError('storage-failed', `The storage could not ${doing}${detail}.`, {
    cause: error,
  })
}

/**
 * The same where what failed was given a name of the caller's: there, some codes are about the
 * name. FAT, exFAT and NTFS say `EINVAL` to `a:b` and `a?`.
 */
export function toNamingError(error: unknown, doing: string, fileName: string): TitofistoError {
  if (isTitofistoError(error)) return error
  const isAboutName = ['ENAMETOOLONG', 'EILSEQ', 'EINVAL', 'ELOOP'].includes(systemCodeOf(error))
  return isAboutName ? nameRefused(error, fileName) : toStorageError(error, doing)
}

/** The error for a name that a file system does not take. */
export function nameRefused(error: unknown, fileName: string): TitofistoError {
  return new TitofistoError(
    'name-invalid',
    `The storage's file system does not take this file name (${systemCodeOf(error)}). Most take 255 bytes between two slashes; some refuse characters such as ":" and "?".`,
    { fileName, cause: error },
  )
}
