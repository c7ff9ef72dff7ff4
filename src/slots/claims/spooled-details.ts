// A slot's record is written anew with each change and each renewal of its lease, and a store may
// have several revisions of it. So what a client says at length (form fields, names, types) goes into
// the spool once, beside the files that it is about, and the record only names that file.
//
// The file has a line for each text: in base64, or a dash for null; then a dot, without which it was
// cut short. JSON would make six bytes of a control character.

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
    return withTexts(upload, decodeTexts(await readFile(detailsPath, 'latin1')))
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
    const [fieldName = null, originalName = null, type = null] = texts.slice(
      3 * index,
      3 * index + 3,
    )
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

function encodeTexts(texts: Texts): string {
  const lines = texts.map((text) => (text === null ? '-' : Buffer.from(text).toString('base64')))
  return [...lines, '.'].join('\n')
}

/** @throws RangeError where not all of it is here: what a power cut leaves of a file. */
function decodeTexts(encoded: string): Texts {
  const lines = encoded.split('\n')
  if (lines.pop() !== '.') throw new RangeError('The details of an upload are cut short.')
  return lines.map((line) => (line === '-' ? null : Buffer.from(line, 'base64').toString()))
}

async function writeDetails(path: string, text: string, durable: boolean): Promise<void> {
  const file = await open(path, createFlags, 0o600)
  try {
    await file.writeFile(text)
    if (durable) await file.datasync()
  } finally {
    await file.close()
  }
}
