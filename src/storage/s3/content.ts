// What is to be sent: bytes in memory, or a file of this machine. Either can be read again, as often
// as sending takes.

import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { TitofistoError } from '../../errors.ts'
import { isAbsence, toStorageError } from '../system-error.ts'

/** Something whole that can be sent. */
export interface Content {
  readonly sizeBytes: number
  /** The bytes from `startByte` to `endByte`; into `memory`, where that is what they are read to. */
  read(startByte: number, endByte: number, memory: Buffer): Promise<Buffer>
  close(): Promise<void>
}

/** What proves that bytes arrived as they are. */
export interface Digests {
  /** In hexadecimal, as signatures have it. */
  readonly sha256: string
  /** In base64, as S3 has it. */
  readonly crc32: string
}

/** Content in memory. */
export function fromBytes(bytes: Buffer): Content {
  return {
    sizeBytes: bytes.length,
    read: async (startByte, endByte) => bytes.subarray(startByte, endByte),
    close: async () => {},
  }
}

const asFile = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

/** A file's content; `null` where the path leads to none, or to what is no plain file. */
export async function openContent(path: string): Promise<Content | null> {
  try {
    const handle = await open(path, asFile)
    const stats = await handle.stat()
    if (stats.isFile()) return fromHandle(handle, stats.size)
    await handle.close()
    return null
  } catch (error) {
    if (isAbsence(error)) return null
    throw toStorageError(error, 'open a spooled file')
  }
}

function fromHandle(handle: FileHandle, sizeBytes: number): Content {
  return {
    sizeBytes,
    async read(startByte, endByte, memory) {
      const wanted = endByte - startByte
      let filled = 0
      while (filled < wanted) {
        const { bytesRead } = await handle
          .read(memory, filled, Math.min(stepBytes, wanted - filled), startByte + filled)
          .catch((error: unknown) => {
            throw toStorageError(error, 'read a spooled file')
          })
        if (bytesRead === 0)
          throw new TitofistoError(
            'storage-failed',
            'A spooled file became shorter while it was sent.',
          )
        filled += bytesRead
      }
      return memory.subarray(0, wanted)
    },
    close: () => handle.close().catch(() => {}),
  }
}

/** What is worked on at once: 1 MiB takes a slow core some three milliseconds. */
const stepBytes = 1024 * 1024

/** Reckons the digests of what is in memory, and lets others have their turn between steps. */
export async function digestBytes(bytes: Buffer): Promise<Digests> {
  const digester = createDigester()
  for (let position = 0; position < bytes.length; position += stepBytes) {
    if (position > 0) await setImmediate()
    digester.add(bytes.subarray(position, position + stepBytes))
  }
  return digester.end()
}

/** Reckons the digests of all of a content, in little memory. */
export async function digestContent(content: Content): Promise<Digests> {
  const digester = createDigester()
  const memory = Buffer.allocUnsafeSlow(Math.min(stepBytes, content.sizeBytes))
  for (let position = 0; position < content.sizeBytes; position += stepBytes)
    digester.add(
      await content.read(position, Math.min(position + stepBytes, content.sizeBytes), memory),
    )
  return digester.end()
}

function createDigester(): { add(bytes: Buffer): void; end(): Digests } {
  const hash = createHash('sha256')
  let crc = 0
  return {
    add(bytes) {
      hash.update(bytes)
      crc = crc32(bytes, crc)
    },
    end() {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(crc)
      return { sha256: hash.digest('hex'), crc32: bytes.toString('base64') }
    },
  }
}
