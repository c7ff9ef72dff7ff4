// A slot's record is written anew with each change and each renewal of its lease, and a store may
// have several revisions of it. So what a client says at length (form fields, names, types) goes into
// the spool once, beside the files that it is about, and the record only names that file.
//
// The file is a row of texts: their number, then for each its length and that many bytes of UTF-8;
// numbers are four bytes, big-endian, and the length 0xffffffff stands for null. JSON would make six
// bytes of a control character.

import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toStorageError } from '../../storage/system-error.ts'
import type {
  ReceivedField,
  ReceivedFile,
  ReceivedUpload,
  Reception,
} from '../../receive/intake/reception.ts'
import { createFlags, flushFolder, removeQuietly } from '../../receive/spool/spool-file.ts'

// Less is not worth a file: the rest of a record is about as long.
const maxRecordedChars = 1024

/**
 * Gives an upload as it goes into a record: with its long texts in the spool, where it has any.
 *
 * @throws TitofistoError `storage-full`, `storage-failed`; nothing is left behind then.
 */
export async function spoolDetails(
  reception: Reception,
  upload: ReceivedUpload,
): Promise<ReceivedUpload> {
  const texts = textsOf(upload)
  const chars = texts.reduce((sum, text) => sum + (text?.length ?? 0), 0)
  if (chars <= maxRecordedChars) return upload
  const detailsPath = join(reception.spoolFolder, `${reception.spoolPrefix}.details`)
  try {
    await writeDetails(detailsPath, encodeTexts(texts), reception.durable)
    if (reception.durable) await flushFolder(reception.spoolFolder)
  } catch (error) {
    await removeQuietly(detailsPath)
    throw toStorageError(error, 'take an upload')
  }
  const files = upload.files.map((file) => ({
    ...file,
    fieldName: null,
    originalName: null,
    type: '',
  }))
  return { files, fields: [], detailsPath }
}

/**
 * Gives an upload that {@link spoolDetails} made as it came in.
 *
 * @throws TitofistoError `storage-failed` where its file is gone or is not what was written.
 */
export async function restoreDetails(upload: ReceivedUpload): Promise<ReceivedUpload> {
  const { detailsPath } = upload
  if (detailsPath === undefined) return upload
  try {
    return withTexts(upload, decodeTexts(await readFile(detailsPath)))
  } catch (error) {
    throw toStorageError(error, 'read an upload')
  }
}

type Texts = readonly (string | null)[]

/** Three texts a file, then three a field. */
function textsOf({ files, fields }: ReceivedUpload): Texts {
  return [
    ...files.flatMap(({ fieldName, originalName, type }) => [fieldName, originalName, type]),
    ...fields.flatMap(([name, value, type = null]) => [name, value, type]),
  ]
}

function withTexts(upload: ReceivedUpload, texts: Texts): ReceivedUpload {
  const files = upload.files.map((file, index): ReceivedFile => {
    const [fieldName = null, originalName = null, type = null] = texts.slice(3 * index)
    return { ...file, fieldName, originalName, type: type ?? '' }
  })
  const fields: ReceivedField[] = []
  for (let index = 3 * files.length; index < texts.length; index += 3) {
    const [name, value, type] = texts.slice(index, index + 3)
    const text = [name ?? '', value ?? ''] as const
    fields.push(type === 'json' ? [...text, type] : text)
  }
  return { files, fields }
}

const nullLength = 0xffff_ffff

function encodeTexts(texts: Texts): Buffer {
  const pieces = texts.flatMap((text) => {
    const bytes = Buffer.from(text ?? '')
    return [encodeNumber(text === null ? nullLength : bytes.length), bytes]
  })
  return Buffer.concat([encodeNumber(texts.length), ...pieces])
}

function encodeNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** @throws RangeError where the row is not whole: what a power cut leaves of a file. */
function decodeTexts(row: Buffer): Texts {
  const texts: (string | null)[] = []
  const count = row.readUInt32BE(0)
  let at = 4
  while (texts.length < count) {
    const length = row.readUInt32BE(at)
    at += 4
    const isNull = length === nullLength
    const end = isNull ? at : at + length
    texts.push(isNull ? null : row.toString('utf8', at, end))
    at = end
  }
  if (at !== row.length) throw new RangeError('The details of an upload are cut short.')
  return texts
}

async function writeDetails(path: string, bytes: Buffer, durable: boolean): Promise<void> {
  const file = await open(path, createFlags, 0o600)
  try {
    await file.writeFile(bytes)
    if (durable) await file.datasync()
  } finally {
    await file.close()
  }
}
