// Requests that are not below our place, with a link that we have signed: we are mounted elsewhere than
// the options say, or a proxy cuts what it should not. Nobody would know, since others answer them.

import { decodePath, findQueryParameter, splitTarget } from '../http/target.ts'
import { parseFileName } from '../storage/names/file-name.ts'
import type { Storage } from '../storage/storage.ts'
import { admitToken, isRefusal, verifyTicket, type GateRules, type Ticket } from './gate.ts'

/** What looking for misplaced links needs. */
export interface MisplacedParts {
  readonly storage: Storage
  readonly rules: GateRules
  /** The query parameter with the token. */
  readonly param: string
  /** What stands before a slot's path, encoded, with a `/` at the end. */
  readonly uploadPath: string
  /** Whether what follows it is a slot's path, signed by us. */
  readonly isSlotPath: (path: string) => boolean
  readonly now: () => number
  /** Takes what stands before the file's name or the upload path. */
  readonly onFound: (prefix: string) => void
}

/** How often one looks: a wrong prefix shows at once, and each look may ask the storage. */
const maxLooks = 20
const maxSegments = 16

/** Makes a function to call with each target that is not ours; it looks on its own and never throws. */
export function createMisplacedLook(parts: MisplacedParts): (target: string) => void {
  let looksLeft = maxLooks

  async function look(target: string): Promise<void> {
    try {
      const prefix = await findPrefix(parts, target, () => looksLeft-- > 0)
      if (prefix === null) return
      looksLeft = 0
      parts.onFound(prefix)
    } catch {
      // A storage that fails, or option "versionOf", says so where a file is served.
    }
  }

  return (target) => {
    const isLikely = target.includes(`${parts.param}=`) || target.includes(parts.uploadPath)
    if (looksLeft > 0 && isLikely) void look(target)
  }
}

/** `null` where a target is no link of ours. `mayLook` is asked before the storage is. */
async function findPrefix(
  parts: MisplacedParts,
  target: string,
  mayLook: () => boolean,
): Promise<string | null> {
  const split = splitTarget(target)
  if (split === null) return null
  const slotsStart = split.path.indexOf(`/${parts.uploadPath}`) + 1
  const slotPath = split.path.slice(slotsStart + parts.uploadPath.length)
  if (slotsStart > 0 && parts.isSlotPath(slotPath)) return split.path.slice(0, slotsStart)
  const parameter = findQueryParameter(split.query, parts.param)
  if (parameter === null || parameter === 'repeated') return null
  const ticket = admitToken(parts.rules, parameter.value, parts.now())
  if (isRefusal(ticket) || !mayLook()) return null
  return findFilePrefix(parts, split.path, ticket)
}

async function findFilePrefix(
  { storage, rules }: MisplacedParts,
  path: string,
  ticket: Ticket,
): Promise<string | null> {
  let start = 1
  for (let segment = 0; segment < maxSegments && start > 0; segment++) {
    const name = parseFileName(decodePath(path.slice(start)) ?? '')
    const facts = name === null ? null : await storage.stat(name)
    if (facts !== null && verifyTicket(rules, ticket, facts, undefined)) return path.slice(0, start)
    start = path.indexOf('/', start) + 1
  }
  return null
}
