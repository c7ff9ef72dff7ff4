// A request that gets no file. By default all of them get one and the same 404. The option
// `onRefused` lets the application answer them, or have them for itself; it is told what explain()
// knows, and what it tells the client is its own affair.

import { isResponse, toReply } from '../http/response-reply.ts'
import { isNavigation } from '../pages/navigation.ts'
import type { Pages } from '../pages/pages.ts'
import { adviceFor, type LinkExplanation } from './explain.ts'
import type { Incoming, Reply } from '../http/exchange.ts'
import type { Events } from '../events.ts'
import type { Log } from '../log.ts'
import { withoutTokens } from '../redact.ts'
import type { MediaEvent } from './media-events.ts'
import type { Refusal } from './gate.ts'
import type { FileQuestion } from './question.ts'
import type { SharingRules } from './sharing.ts'

/** What `onRefused` may give: an answer, the request to the application's own routes, or nothing for the 404. */
export type RefusalAnswer = Response | 'pass' | undefined | void

/** What refusing needs. */
export interface RefusalParts {
  readonly sharing: SharingRules
  /** What people see; `null`: what programs get. */
  readonly pages: Pages | null
  readonly onRefused:
    | ((request: unknown, why: LinkExplanation) => RefusalAnswer | Promise<RefusalAnswer>)
    | null
  readonly explain: (
    question: FileQuestion,
    bind: string | null | undefined,
  ) => Promise<LinkExplanation>
  readonly log: Log
  readonly events: Events<MediaEvent>
}

/** A request about a file. */
export interface FileRequest {
  readonly question: FileQuestion
  readonly request: Incoming
  /** The value that a bound ticket asks for; `null` where the request has none. */
  readonly bind?: string | null | undefined
}

/** Answers a refused request; `null` where the application wants it for itself. Never rejects. */
export function refuse(
  parts: RefusalParts,
  refusal: Refusal,
  refused: FileRequest,
): Reply | Promise<Reply | null> {
  const about = nameIn(refused)
  parts.log({ level: 'info', event: 'refused', ...refusal, ...about })
  if (parts.events.isHeard('file-refused'))
    parts.events.tell({ type: 'file-refused', reason: refusal.reason, ...about })
  return parts.onRefused === null ? notFoundFor(parts, refused) : ask(parts, refusal, refused)
}

async function ask(
  parts: RefusalParts,
  refusal: Refusal,
  refused: FileRequest,
): Promise<Reply | null> {
  try {
    const why = await explainRefusal(parts, refusal, refused)
    const answer: unknown = await parts.onRefused?.(refused.request.platformRequest, why)
    if (answer === 'pass') return null
    // What stands in the URL may be a link that works for somebody else, or for a moment more.
    if (isResponse(answer))
      return toReply(answer, { 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' })
    if (answer !== undefined && answer !== null)
      throw new TypeError('Option "onRefused" must give a Response, "pass" or nothing.')
  } catch (cause) {
    const message = 'Option "onRefused" failed; the client got the 404.'
    parts.log({ level: 'error', event: 'on-refused-failed', message, ...nameIn(refused), cause })
  }
  return notFoundFor(parts, refused)
}

/** The one answer to whatever is refused: a page for whoever looks at it, a line for programs. */
function notFoundFor({ pages, sharing }: RefusalParts, { request }: FileRequest): Reply {
  return pages !== null && isNavigation(request) ? pages.gone(request) : sharing.notFound
}

async function explainRefusal(
  parts: RefusalParts,
  refusal: Refusal,
  refused: FileRequest,
): Promise<LinkExplanation> {
  const why = await parts.explain(refused.question, refused.bind)
  // It may work by now: the file has come back, or a clock was set.
  return why.works ? { ...why, works: false, ...refusal, advice: adviceFor[refusal.reason] } : why
}

function nameIn({ question }: FileRequest): { readonly name?: string } {
  // Of a URL that was encoded once too often, the name is all of it.
  return 'name' in question ? { name: withoutTokens(question.name) } : {}
}
