// What every body's head must obey, whatever the way in.

import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'

/**
 * The declared length of a request's body in bytes; `null` where it declares none.
 *
 * @throws TitofistoError `upload-malformed` for a length that is none, and for a piece of a
 * representation (RFC 9110 14.5 wants that refused); `upload-type-refused` for a packed body.
 */
export function checkBodyHead(incoming: Incoming): number | null {
  const coding = incoming.header('content-encoding')
  if (coding !== undefined && coding.trim().toLowerCase() !== 'identity')
    throw new TitofistoError(
      'upload-type-refused',
      'Packed bodies (Content-Encoding) are not taken here. Send the bytes as they are.',
      { accept: null, acceptEncoding: 'identity' },
    )
  if (incoming.header('content-range') !== undefined)
    throw new TitofistoError(
      'upload-malformed',
      'Pieces of a file (Content-Range) are not taken here. Send all of it, or use tus.',
    )
  const length = incoming.header('content-length')
  if (length === undefined) return null
  if (!/^[0-9]{1,15}$/.test(length))
    throw new TitofistoError('upload-malformed', 'The Content-Length is not a number of bytes.')
  return Number(length)
}
