// Fills memory of ours with an open file's bytes, in as few steps as its storage can.

import { TitofistoError } from '../errors.ts'
import type { OpenedFile } from './storage.ts'

/**
 * Fills the whole of `bytes` with those of the file from `startByte` on.
 *
 * @throws TitofistoError `storage-failed` where the file is shorter by now, or can't be read.
 */
export async function readInto(
  opened: OpenedFile,
  bytes: Uint8Array,
  startByte = 0,
): Promise<void> {
  if (bytes.length === 0) return
  if (startByte === 0 && opened.readInto !== undefined) return opened.readInto(bytes)
  let position = 0
  for await (const chunk of opened.chunks(startByte, startByte + bytes.length)) {
    bytes.set(chunk, position)
    position += chunk.length
  }
  // The rest of the buffer would be old memory, with whatever it held before.
  if (position < bytes.length)
    throw new TitofistoError('storage-failed', 'The file is shorter than its facts said.')
}
