// Saves sources and adopts spooled files. What is not small goes by way of a file of this machine: then
// it can be sent again, in parts or under another name, and a source that fails has left nothing at S3.

import { open, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { randomUUID } from 'node:crypto'
import { TitofistoError } from '../../errors.ts'
import type { FileName } from '../names/file-name.ts'
import { sourceChunks } from '../source-chunks.ts'
import type { FileSource, SaveOptions } from '../storage-values.ts'
import { isAbsence, toStorageError } from '../system-error.ts'
import { fromBytes, openContent, type Content } from './content.ts'
import { putUnder } from './free-place.ts'
import { fileMissing, nameTaken } from '../names/put-under-name.ts'
import { newSaveId, toKeptFields } from './kept.ts'
import { findObject } from './s3-open.ts'
import { toS3Error } from './s3-fault.ts'
import { send } from './send.ts'
import type { SendingParts } from './sending.ts'

/** What saving is told, and how names are made. */
export interface Saving extends SaveOptions {
  readonly randomSuffix?: (() => string) | undefined
}

/** More than this is not kept in memory for one save. */
const maxGatheredBytes = 1024 * 1024

/** Saves a source, and gives the name it got. */
export async function saveSource(
  parts: SendingParts,
  name: FileName,
  source: FileSource,
  saving: Saving,
): Promise<FileName> {
  // Before a large source is read for nothing.
  if (saving.onTaken === 'refuse' && (await findObject(parts.bucket, name)) !== null)
    throw nameTaken(name)
  const gathered = await gather(parts, source, saving.signal)
  try {
    return await sendAs(parts, name, gathered.content, saving)
  } finally {
    await gathered.content.close()
    if (gathered.path !== null) await unlink(gathered.path).catch(() => {})
  }
}

/** Sends a content under a name, by the rules of `save`. */
export async function sendAs(
  parts: SendingParts,
  name: FileName,
  content: Content,
  saving: Saving,
): Promise<FileName> {
  const saveId = newSaveId()
  const kept = toKeptFields(saving, saveId)
  const { signal } = saving
  try {
    return await putUnder(parts.bucket, name, saving, async (place, ifFree) => {
      signal?.throwIfAborted()
      const isLarge = content.sizeBytes > maxGatheredBytes
      if (ifFree && isLarge && (await isTaken(parts, place.Key))) return 'taken'
      return send(parts, { place, content, kept, saveId, ifFree, signal })
    })
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    throw toS3Error(error, 'store a file')
  }
}

async function isTaken({ bucket }: SendingParts, key: string): Promise<boolean> {
  return (await findObject(bucket, key.slice(bucket.prefix.length))) !== null
}

interface Gathered {
  readonly content: Content
  /** A file to be removed again; `null` for what fits into memory. */
  readonly path: string | null
}

/** Reads a source to its end. @throws what the source throws, the signal's reason, TitofistoError. */
async function gather(
  { state }: SendingParts,
  source: FileSource,
  signal: AbortSignal | undefined,
): Promise<Gathered> {
  // The caller has it in memory already.
  if (typeof source === 'string' || source instanceof Uint8Array) {
    signal?.throwIfAborted()
    const bytes =
      typeof source === 'string'
        ? Buffer.from(source)
        : Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    return { content: fromBytes(bytes), path: null }
  }
  const chunks = sourceChunks(source, signal)[Symbol.asyncIterator]()
  const first: Buffer[] = []
  let bytes = 0
  try {
    while (bytes <= maxGatheredBytes) {
      const { done, value } = await chunks.next()
      if (done === true) {
        signal?.throwIfAborted()
        return { content: fromBytes(Buffer.concat(first)), path: null }
      }
      // A copy: the source may use its buffer again.
      first.push(Buffer.from(value))
      bytes += value.length
    }
    return await writeOut(state.newPath(), first, { [Symbol.asyncIterator]: () => chunks }, signal)
  } finally {
    await chunks.return(undefined)
  }
}

async function writeOut(
  path: string,
  first: readonly Buffer[],
  rest: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Gathered> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw toStorageError(error, 'make a temporary file')
  })
  let isWhole = false
  try {
    const write = (chunk: Uint8Array): Promise<void> =>
      handle.appendFile(chunk).catch((error: unknown) => {
        throw toStorageError(error, 'write a temporary file')
      })
    for (const chunk of first) await write(chunk)
    for await (const chunk of rest) await write(chunk)
    signal?.throwIfAborted()
    const content = await openContent(path)
    if (content === null) throw new TitofistoError('storage-failed', 'A temporary file is gone.')
    isWhole = true
    return { content, path }
  } finally {
    await handle.close().catch(() => {})
    if (!isWhole) await unlink(path).catch(() => {})
  }
}

/** A spooled file, and what becomes of its path. */
export interface Adoption {
  readonly path: string
  readonly keepSpooled: boolean
}

/** Takes a spooled file over, and gives the name it got. */
export async function adoptSpooled(
  parts: SendingParts,
  name: FileName,
  { path, keepSpooled }: Adoption,
  saving: Saving,
): Promise<FileName> {
  if (keepSpooled) return sendSpooled(parts, name, path, saving)
  // Whoever renames it first has it.
  const claimed = `${path}.${randomUUID()}`
  await claim(path, claimed)
  try {
    const given = await sendSpooled(parts, name, claimed, saving)
    await unlink(claimed).catch(() => {})
    return given
  } catch (error) {
    await rename(claimed, path).catch(() => {})
    throw error
  }
}

/** The path of a file in the spool. @throws TypeError for any other */
export function checkSpooledPath(spoolFolder: string, text: string): string {
  const path = resolve(text)
  if (dirname(path) !== spoolFolder && !path.startsWith(`${spoolFolder}/`))
    throw new TypeError('adopt() takes the path of a file in the spoolFolder.')
  return path
}

async function claim(path: string, claimed: string): Promise<void> {
  try {
    if (!(await stat(path)).isFile()) throw fileMissing(basename(path))
    await rename(path, claimed)
  } catch (error) {
    throw isAbsence(error)
      ? fileMissing(basename(path), error)
      : toStorageError(error, 'take a spooled file')
  }
}

async function sendSpooled(
  parts: SendingParts,
  name: FileName,
  path: string,
  saving: Saving,
): Promise<FileName> {
  const content = await openContent(path)
  if (content === null) throw fileMissing(basename(path))
  try {
    return await sendAs(parts, name, content, saving)
  } finally {
    await content.close()
  }
}
