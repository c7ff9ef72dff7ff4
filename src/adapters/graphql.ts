// titofisto/graphql: the types of slots and links for a GraphQL schema, as SDL, and the values that
// resolvers give for them. No resolvers are needed, and nothing of GraphQL's is imported.

import { originTextRule } from '../http/origin.ts'
import { checkOptions } from '../options.ts'
import type { SlotTicket } from '../slots/minting/mint.ts'
import { toAbsoluteUrl, type OriginOption } from './absolute-url.ts'
import { fileLinkType, formatType, uploadSlotType } from './graphql-types.ts'

export { fileLink } from './file-link.ts'
export type { FileLink, FileLinkOptions } from './file-link.ts'
export type { OriginOption, SlotTicket }

/**
 * The SDL of `UploadSlot`, for what `kind.create()` gives, and `FileLink`, for {@link fileLink}'s.
 * @example
 * import { typeDefs } from 'titofisto/graphql'
 *
 * const schema = `${typeDefs} type Mutation { requestAvatarUpload: UploadSlot! }`
 * schema.includes('type FileLink') //=> true
 */
export const typeDefs: string = formatType(uploadSlotType) + formatType(fileLinkType)

/**
 * A ticket with an absolute URL, for clients that have no page to read a relative one from.
 *
 * @throws TypeError where `origin` is missing and `mediaUrl` is a path, or it is no origin.
 * @example
 * import { uploadSlot } from 'titofisto/graphql'
 *
 * uploadSlot(await avatar.create(), { origin: 'https://files.example' })
 * //=> { url: 'https://files.example/media/titofisto/upload/…', kind: 'avatar', … }
 */
export function uploadSlot(ticket: SlotTicket, options: OriginOption = {}): SlotTicket {
  const where = 'uploadSlot()'
  checkOptions<OriginOption>(where, options, { origin: originTextRule })
  return { ...ticket, url: toAbsoluteUrl(where, ticket.url, options.origin) }
}
