// Explains a URL of ours to a developer: a file's link, or an upload slot's.

import { explainLink, type ExplainParts, type LinkExplanation } from './media/explain.ts'
import { readQuestion, type Layout } from './media/question.ts'
import { readSlotPath } from './slots/minting/slot-url.ts'
import type { SlotExplanation, SlotReason } from './slots/explain-slot.ts'
import type { RequestExplanation, RequestReason } from './slots/requests/explain-request.ts'
import { readRequestPath } from './slots/requests/request-url.ts'
import type { Keyring } from './token/keyring.ts'
import type { SlotId } from './slots/record/slot.ts'

/** Whether a URL works, and why. */
export interface Explanation {
  /** Whether a request would get the file, or an upload be taken. */
  readonly works: boolean
  /**
   * Of a file's link, `valid` and `public` work; of a slot's URL, `slot-open` and `slot-failed` do: they take
   * an upload; of a file request's link, `request-open`. `foreign` is no URL of ours.
   */
  readonly reason: 'foreign' | LinkExplanation['reason'] | SlotReason | RequestReason
  /** One sentence: what is so. */
  readonly message: string
  /** One sentence: what to do. */
  readonly advice: string
  /** The file's name. */
  readonly name?: string
  /** The slot's id, for `files.slots`. */
  readonly slotId?: SlotId
  /** The file request's id, for `files.requests`. */
  readonly requestId?: SlotId
  /** The slot's, or the request's, kind. */
  readonly kind?: string
  /** When the link was made, as its token says. */
  readonly issuedAt?: Date
  /** When it ends, or has ended; not there where it never does. */
  readonly expiresAt?: Date
}

/** What explaining needs. */
export interface UrlExplainParts extends ExplainParts {
  /** Where things are now: slots are nowhere, as long as this process has no kind of them. */
  readonly layout: Layout
  /** Where slots are, once there are some. */
  readonly uploadNamespace: string
  readonly explainSlot: (id: SlotId) => Promise<SlotExplanation>
  readonly explainRequest: (id: SlotId) => Promise<RequestExplanation>
  /** Keys of purpose `request`. */
  readonly requestKeyring: Keyring
}

/** Explains a URL; `bind` is what the request would give for a bound token. */
export async function explainUrl(
  parts: UrlExplainParts,
  url: string,
  bind: string | undefined,
): Promise<Explanation> {
  const { layout, uploadNamespace, slotKeyring } = parts
  const target = url.trim()
  const withSlots = readQuestion(target, { ...layout, uploadNamespace })
  const slotId = withSlots.kind === 'slot' ? readSlotPath(slotKeyring, withSlots.rest) : null
  if (slotId !== null) return parts.explainSlot(slotId)
  const requestId =
    withSlots.kind === 'slot' ? readRequestPath(parts.requestKeyring, withSlots.rest) : null
  if (requestId !== null) return parts.explainRequest(requestId)
  const question = readQuestion(target, layout)
  switch (question.kind) {
    case 'foreign':
      return {
        works: false,
        reason: 'foreign',
        message: `The path does not begin with ${layout.mountPath}.`,
        advice: 'Compare the option mediaUrl (or mountPath) with where the handler is mounted.',
      }
    case 'slot':
      return {
        works: false,
        reason: 'bad-signature',
        message:
          "This is below the slots' folder, but no URL of a slot that was signed with one of these secrets.",
        advice:
          'Copy the whole URL again; look for another secret; or make a new slot with its url().',
      }
    default:
      return explainLink(parts, question, bind)
  }
}
