// titofisto/mcp: what a tool of an MCP server (Model Context Protocol, 2025-11-25) gives an agent, so
// that the bytes of files go by HTTP and never through the model. Plain values, for any SDK.

import { originTextRule } from '../http/origin.ts'
import { checkOption, checkOptions, textLike } from '../options.ts'
import type { OptionRules } from '../options.ts'
import type { SlotTicket } from '../slots/minting/mint.ts'
import type { Titofisto } from '../titofisto-api.ts'
import { toAbsoluteUrl, type OriginOption } from './absolute-url.ts'
import { fileLink, type FileLink, type FileLinkOptions } from './file-link.ts'

export { authorizeDownload, authorizeUpload, hasDigest } from './mcp-file-transfer.ts'
export { formatFileUri, parseFileUri } from './file-uri.ts'
export type {
  AuthorizedDownload,
  AuthorizeDownloadOptions,
  AuthorizedUpload,
  AuthorizeUploadOptions,
  FileDigest,
  FileTransfer,
  FileTransferRefusal,
  FileValue,
  UploadWish,
} from './mcp-file-transfer.ts'
export type { FileLink, FileLinkOptions, OriginOption }

// Types, not interfaces: the SDK's results take other keys, and only a type's object can be seen to
// have none that don't fit.

/** A block of text in a tool's result. */
export type TextContent = { type: 'text'; text: string }

/** A link in a tool's result that the client may fetch by itself. */
export type ResourceLinkContent = {
  type: 'resource_link'
  uri: string
  /** The file's name, without its folder. */
  name: string
  title?: string
  description?: string
  mimeType: string
  /** In bytes. */
  size: number
}

/** What an agent needs to send its upload. */
export type SlotHandout = {
  /** Absolute. Whoever has it can use the slot. */
  url: string
  method: 'POST'
  /** A command that sends a file; {@link pathPlaceholder} stands for its path. */
  curl: string
  /** ISO 8601, in UTC: the upload must begin before. */
  expiresAt: string
  maxBytes: number
  minBytes: number
  maxFiles: number
  maxTotalBytes: number
  /** Media types and suffixes taken; `null`: all. */
  accept: string[] | null
  /** For the server's other tools, to ask where the slot stands. */
  id: string
}

/** A tool's result that hands out a slot. */
export type SlotToolResult = { content: TextContent[]; structuredContent: SlotHandout }

/** A tool's result that hands out a file. */
export type LinkToolResult = {
  content: (TextContent | ResourceLinkContent)[]
  structuredContent: { -readonly [Key in keyof FileLink]: FileLink[Key] }
}

/** What is said with a slot. */
export interface SlotResultOptions extends OriginOption {
  /** What the agent shall do with the answer to its upload, in a sentence. Default: nothing is said. */
  readonly afterwards?: string
}

/** What is said with a link; the rest are the terms of `files.url()`. */
export interface LinkResultOptions extends FileLinkOptions {
  /** A title for people. Default: none, so that clients show the name. */
  readonly title?: string
  /** What the file is, for the model. */
  readonly description?: string
}

/**
 * Stands in commands where the agent puts the path of its file.
 * @example
 * import { pathPlaceholder } from 'titofisto/mcp'
 *
 * pathPlaceholder //=> 'PATH_TO_FILE'
 */
export const pathPlaceholder = 'PATH_TO_FILE'

/**
 * A tool's result that hands out a slot: the agent sends its file there by one HTTP request, and the
 * answer to that is what the slot's handler returned.
 *
 * @throws TypeError where an option is wrong, or no `origin` is given and `mediaUrl` is a path.
 * @example
 * import { slotResult } from 'titofisto/mcp'
 *
 * const result = slotResult(await avatar.create(), { origin: 'https://files.example' })
 * result.content[0]?.text //=> 'Send the file by HTTP, once, before 2…'
 * result.structuredContent.curl //=> 'curl -sS --fail-with-body -F "file=@PATH_TO_FILE" "https://files.example/media/titofisto/upload/…"'
 */
export function slotResult(ticket: SlotTicket, options: SlotResultOptions = {}): SlotToolResult {
  const where = 'slotResult()'
  checkOptions(where, options, slotRules)
  const url = toAbsoluteUrl(where, ticket.url, options.origin)
  const { method, expiresAt, maxBytes, minBytes, maxFiles, maxTotalBytes, accept, id } = ticket
  const curl = `curl -sS --fail-with-body -F "file=@${pathPlaceholder}" ${quoteUrl(url)}`
  const lines = [
    `Send the file by HTTP, once, before ${expiresAt}:`,
    curl,
    `${pathPlaceholder} stands for the file's path. ${sayLimits(ticket)}`,
    'Any HTTP client will do: a POST of multipart/form-data, or a PUT of the bytes.',
    'Do not send the content through this conversation, and do not show the URL to anybody: it is the permission.',
    ...(options.afterwards === undefined ? [] : [options.afterwards]),
  ]
  return {
    content: [{ type: 'text', text: lines.join('\n') }],
    structuredContent: {
      url,
      method,
      curl,
      expiresAt,
      maxBytes,
      minBytes,
      maxFiles,
      maxTotalBytes,
      accept: accept && [...accept],
      id,
    },
  }
}

/**
 * A tool's result that hands out a file: a `resource_link` for clients that fetch by themselves, and
 * a command for agents that have a shell.
 *
 * @throws TitofistoError `name-invalid`, `file-missing`, `storage-failed`.
 * @throws TypeError, RangeError for wrong options.
 * @example
 * import { linkResult } from 'titofisto/mcp'
 *
 * const result = await linkResult(files, 'report.pdf', { origin: 'https://files.example' })
 * result.content[1] //=> { type: 'resource_link', uri: 'https://files.example/media/report.pdf?…', name: 'report.pdf', mimeType: 'application/pdf', size: 8 }
 */
export async function linkResult(
  files: Pick<Titofisto, 'url' | 'explain' | 'storage'>,
  name: string,
  options: LinkResultOptions = {},
): Promise<LinkToolResult> {
  const { title, description, ...linkOptions } = options
  for (const [option, value] of Object.entries({ title, description }))
    if (value !== undefined) checkOption('linkResult()', option, value, someText)
  const link = await fileLink(files, name, linkOptions)
  const until = link.expiresAt === null ? '' : `, until ${link.expiresAt}`
  const lines = [
    `${name} (${link.type}, ${link.sizeBytes} bytes) can be fetched by HTTP${until}:`,
    `curl -sS --fail-with-body -o "${pathPlaceholder}" ${quoteUrl(link.url)}`,
    `${pathPlaceholder} stands for where to save it. Do not show the URL to anybody who may not have the file.`,
  ]
  return {
    content: [
      { type: 'text', text: lines.join('\n') },
      {
        type: 'resource_link',
        uri: link.url,
        name: name.slice(name.lastIndexOf('/') + 1),
        ...(title !== undefined && { title }),
        ...(description !== undefined && { description }),
        mimeType: link.type,
        size: link.sizeBytes,
      },
    ],
    structuredContent: { ...link },
  }
}

function sayLimits({ maxBytes, minBytes, maxFiles, maxTotalBytes, accept }: SlotTicket): string {
  const each = minBytes === maxBytes ? `Exactly ${maxBytes} bytes` : `At most ${maxBytes} bytes`
  const said = [maxFiles === 1 ? `${each}.` : `${each} a file.`]
  if (maxFiles > 1)
    said.push(
      `Up to ${maxFiles} files in one request, with an -F for each, ${maxTotalBytes} bytes together.`,
    )
  if (accept !== null) said.push(`Taken: ${accept.join(', ')}.`)
  return said.join(' ')
}

/** In double quotes, as POSIX shells, PowerShell and cmd read alike once what they, or curl, expand is encoded. */
function quoteUrl(url: string): string {
  const [origin = ''] = /^[a-z]+:\/\/[^/]+/i.exec(url) ?? []
  const path = url
    .slice(origin.length)
    .replaceAll(/[$`"!\\[\]{}]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  return `"${origin}${path}"`
}

const someText = textLike(/\S/, 'must be text')
const slotRules: OptionRules<SlotResultOptions> = { origin: originTextRule, afterwards: someText }
