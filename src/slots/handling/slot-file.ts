// One uploaded file as the handler sees it. Its bytes stay in the spool until the handler has
// ended, saved or not: a handler that fails, or dies, after it saved can be run again.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { TitofistoError, isTitofistoError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import type { SlotFile } from '../kinds/handler-call.ts'
import type { ReceivedFile } from '../../receive/intake/reception.ts'

const maxBytesAtOnce = 16 * 1024 * 1024

/** Makes the handler's view of a file in the spool. */
export function createSlotFile(received: ReceivedFile, storage: Storage): SlotFile {
  const { path, sizeBytes } = received
  let digest: Promise<string> | null = null
  return {
    name: received.name,
    originalName: received.originalName,
    fieldName: received.fieldName,
    sizeBytes,
    type: received.type,
    sniffedType: received.sniffedType,
    path,
    sha256() {
      digest ??= sha256Of(path)
      return digest
    },
    stream: () => createReadStream(path),
    async bytes(maxBytes = maxBytesAtOnce) {
      if (sizeBytes > maxBytes)
        throw new RangeError(
          `This file has ${sizeBytes} bytes, more than the ${maxBytes} that bytes() takes at once; use stream().`,
        )
      return readFile(path)
    },
    async save(name, options) {
      try {
        return await storage.adopt(name, path, { ...options, keepSpooled: true })
      } catch (cause) {
        if (!isTitofistoError(cause) || cause.code !== 'file-missing') throw cause
        throw new TitofistoError('storage-failed', 'The uploaded file is not there any more.', {
          cause,
        })
      }
    },
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), hash)
  return hash.digest('hex')
}
