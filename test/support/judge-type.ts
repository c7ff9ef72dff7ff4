// Hears a file's witnesses as an intake does, without a socket.

import { isTitofistoError } from '../../src/errors.ts'
import { checkShownType } from '../../src/receive/types/accept.ts'
import type { Accept, ClaimedType } from '../../src/receive/types/accept-list.ts'
import { TypeWitness } from '../../src/receive/types/sniff.ts'
import type { ShownType } from '../../src/receive/types/sniff.ts'
import type { ByteSource } from '../../src/receive/types/zip-type.ts'

/** The type that a file's bytes show (`none`), or why it is refused. */
export async function judge(accept: Accept, claim: ClaimedType, bytes: Buffer): Promise<string> {
  const shown = await look(bytes)
  try {
    return checkShownType(accept, claim, shown) ?? 'none'
  } catch (error) {
    if (isTitofistoError(error)) return error.message
    throw error
  }
}

/** What a file's bytes show, come in chunks of some size. */
export async function look(bytes: Buffer, chunkBytes = 64 * 1024): Promise<ShownType> {
  const witness = new TypeWitness(true)
  for (let at = 0; at < bytes.length; at += chunkBytes)
    witness.take(bytes.subarray(at, at + chunkBytes))
  return witness.shown('end', toSource(bytes))
}

/** Bytes as a file to be looked into. */
export function toSource(bytes: Buffer): ByteSource {
  return {
    sizeBytes: bytes.length,
    read: (position, lengthBytes) =>
      Promise.resolve(bytes.subarray(position, position + lengthBytes)),
  }
}
