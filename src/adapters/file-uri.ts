// A file's name as a URI of MCP's draft for files. It is no secret, and opens nothing by itself.

import { formatPath } from '../http/percent.ts'
import { decodePath } from '../http/target.ts'
import { parseUserFileName } from '../storage/names/reserved-name.ts'

/**
 * The URI by which tools know the file of this name.
 *
 * @experimental
 * @example
 * import { formatFileUri } from 'titofisto/mcp'
 *
 * formatFileUri('inbox/a b.txt') //=> 'mcp-file://titofisto/inbox/a%20b.txt'
 */
export function formatFileUri(name: string): string {
  return start + formatPath(name)
}

/**
 * The name of the file that a URI means, as a tool gets it from its client; `null` for one that
 * {@link formatFileUri} has not made. Whether the caller may have that file is yours to ask.
 *
 * @experimental
 * @example
 * import { parseFileUri } from 'titofisto/mcp'
 *
 * parseFileUri('mcp-file://titofisto/inbox/a%20b.txt') //=> 'inbox/a b.txt'
 * parseFileUri('file:///etc/passwd') //=> null
 */
export function parseFileUri(uri: string): string | null {
  if (!uri.startsWith(start)) return null
  const name = parseUserFileName(decodePath(uri.slice(start.length)) ?? '')
  // One URI a file: two spellings would be two files to whoever compares them.
  return name !== null && formatFileUri(name) === uri ? name : null
}

const start = 'mcp-file://titofisto/'
