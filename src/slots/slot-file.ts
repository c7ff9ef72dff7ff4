// One uploaded file as the handler sees it. Its bytes stay in the spool until the handler has
// ended, saved or not: a handler that fails, or dies, after it saved can be run again.

import { createHash } from 'node:crypto'
import { createReadStream, link, linkSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { TitofistoError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import type { SlotFile } from './call.ts'
import type { ReceivedFile } from './receive/reception.ts'

// On the callback form: it costs half of what `fs/promises` does.
const linkFile = promisify(link)

const maxBytesAtOnce = 16 * 1024 * 1024

/** Makes the handler's view of a file in the spool. */
export function createSlotFile(
  received: ReceivedFile,
  storage: Storage,
  attempt: number,
  durable: boolean,
): SlotFile {
  const { path, sizeBytes } = received
  let digest: Promise<string> | null = null
  let saves = 0
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
      saves += 1
      // A run that died between link and adopt has left its own.
      const second = `${path}.save${attempt}.${saves}`
      try {
        // Where nothing is flushed, no call waits for the disk, and the thread pool is a detour.
        if (durable) await linkFile(path, second)
        else linkSync(path, second)
      } catch (cause) {
        throw new TitofistoError('storage-failed', 'The uploaded file is not there any more.', {
          cause,
        })
      }
      let isGone = false
      try {
        const given = await storage.adopt(name, second, options)
        // rename() leaves both names where they are one file already, as in a handler's second run.
        isGone = options?.onTaken !== 'replace'
        return given
      } finally {
        if (!isGone) await rm(second, { force: true })
      }
    },
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 256 * 1024 }), hash)
  return hash.digest('hex')
}
