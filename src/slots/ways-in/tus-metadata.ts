// Reads Upload-Metadata of tus: `filename d29ybGQ=,is_confidential`. What it says is the client's
// word, as untrusted as any other.

import { unknownType } from '../../http/media-type.ts'
import { parseDeclaredType } from '../../receive/types/accept.ts'
import { decodeBase64 } from '../../receive/intake/digest.ts'
import type { FileHead } from '../../receive/intake/file-intake.ts'

/** Keys and decoded values; `null` where it is malformed, or a key comes twice. */
export function parseTusMetadata(text: string): ReadonlyMap<string, string> | null {
  const metadata = new Map<string, string>()
  for (const pair of text.split(',')) {
    const [key, encoded] = cutAtBlank(pair.trim())
    const value = decodeBase64(encoded)
    if (!/^[!-~]+$/.test(key) || metadata.has(key) || value === null) return null
    metadata.set(key, value.toString('utf8'))
  }
  return metadata
}

/** What stands before the first blank, and all that follows it. */
export function cutAtBlank(text: string): readonly [before: string, after: string] {
  const blank = text.indexOf(' ')
  return blank === -1 ? [text, ''] : [text.slice(0, blank), text.slice(blank + 1)]
}

/** The file that metadata describe, by the keys that clients use: tus-js-client's, Uppy's, FilePond's. */
export function readTusFileHead(metadata: string | null): FileHead {
  const values = metadata === null ? null : parseTusMetadata(metadata)
  return {
    fieldName: null,
    originalName: values?.get('filename') ?? values?.get('name') ?? null,
    type: parseDeclaredType(values?.get('filetype') ?? values?.get('type')),
  }
}

/** Writes what {@link readTusFileHead} reads; `null` where nothing is known of the file. */
export function formatTusMetadata({ originalName, type }: FileHead): string | null {
  const pairs = [
    ...(originalName === null ? [] : [`filename ${toBase64(originalName)}`.trimEnd()]),
    ...(type === unknownType ? [] : [`filetype ${toBase64(type)}`]),
  ]
  return pairs.length === 0 ? null : pairs.join(',')
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64')
}
