// What the operating system's errors mean to us. Its messages hold absolute paths, so ours never
// quote them; they stay underneath, as `cause`.

import { TitofistoError, isTitofistoError } from '../errors.ts'

/** The code of a system error, such as `ENOENT`; `''` for anything else. */
export function systemCodeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return ''
  return typeof error.code === 'string' ? error.code : ''
}

/**
 * Whether a failed `open` says that the name leads to no file that could ever be served: it is
 * missing, not ours to read, too long, a socket, or not even a name to this file system.
 */
export function isAbsence(error: unknown): boolean {
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EACCES':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'ENXIO':
    case 'ENODEV':
    case 'EINVAL':
    case 'EILSEQ':
      return true
    default:
      return false
  }
}

/**
 * Makes a TitofistoError of what went wrong while `doing` something: `'write a file'`.
 * One of ours is given back as it is.
 */
export function toStorageError(error: unknown, doing: string): TitofistoError {
  if (isTitofistoError(error)) return error
  const code = systemCodeOf(error)
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new TitofistoError(
        'storage-full',
        `The storage could not ${doing}: no space is left (${code}). Free some, or raise the quota.`,
        { cause: error },
      )
    case 'ENAMETOOLONG':
    case 'EILSEQ':
      return new TitofistoError(
        'name-invalid',
        `The storage could not ${doing}: its file system does not take this name (${code}). Most take 255 bytes between two slashes.`,
        { cause: error },
      )
    default: {
      const detail = code === '' ? '' : ` (${code})`
      return new TitofistoError('storage-failed', `The storage could not ${doing}${detail}.`, {
        cause: error,
      })
    }
  }
}
