// What can be said of files before they are sent, so that nobody waits to hear it. The server decides:
// of a type nothing is said here that a server could see otherwise.

import type { ScriptData } from '../script-data.ts'
import { sayWrongType } from '../words/problem-words.ts'
import { fill, sayBytes, sayBytesApart, sayNumber } from '../words/speech.ts'

/** What is wrong with one file, in words; `null`: nothing. */
export function checkFile(data: ScriptData, { name, size, type }: File): string | null {
  const { texts, maxBytes, minBytes, accept } = data
  if (size > maxBytes) {
    const [told, limit] = sayBytesApart(data, size, maxBytes)
    return fill(texts.tooLarge, { name, size: told, limit })
  }
  if (size < minBytes)
    return minBytes === 1
      ? fill(texts.empty, { name })
      : fill(texts.tooSmall, { limit: sayBytes(data, minBytes) })
  return isOtherKind(accept, name, type) ? sayWrongType(data, accept, name) : null
}

/** What is wrong with all of them together. */
export function checkFiles(data: ScriptData, files: readonly File[]): string | null {
  const { texts, maxFiles, maxTotalBytes } = data
  if (files.length === 0) return texts.noFile
  if (files.length > maxFiles) return fill(texts.tooMany, { limit: sayNumber(data, maxFiles) })
  const sumBytes = files.reduce((sum, { size }) => sum + size, 0)
  return sumBytes > maxTotalBytes
    ? fill(texts.tooLargeTogether, { limit: sayBytes(data, maxTotalBytes) })
    : null
}

/** Whether a file is surely of another kind: a picture where no picture is taken, and the like. */
function isOtherKind(accept: readonly string[] | null, name: string, type: string): boolean {
  // A family for a type says as little as none.
  const family = type.includes('*') ? null : familyOf(type)
  if (accept === null || family === null) return false
  return accept.every((entry) =>
    entry.startsWith('.')
      ? !name.toLowerCase().endsWith(entry)
      : entry !== '*/*' && ![null, family].includes(familyOf(entry)),
  )
}

/**
 * What a type is surely of; `null` where nobody knows: pictures and fonts also go by names of
 * `application/`, models by those of texts, and types of one family by each other's names.
 */
function familyOf(type: string): string | null {
  const [family = ''] = type.split('/', 1)
  if (family === 'text' || documentType.test(type)) return 'document'
  // Pictures that move, and Ogg, which may hold anything.
  if (/ogg|\/mj2$/.test(type)) return null
  if (family === 'audio' || family === 'video') return 'recording'
  return /^(?:font|image)$/.test(family) ? family : null
}

const documentType =
  /^application\/(?:gzip|json|msword|pdf|rtf|x-zip|zip|vnd\.rar|vnd\.(?:oasis|openxml|ms-(?:excel|powerpoint|word)))/
