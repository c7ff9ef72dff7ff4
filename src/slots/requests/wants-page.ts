import { namesJson, wantsProblems } from '../../http/accept.ts'
import type { Incoming } from '../../http/exchange.ts'

/** Whether a person looks: browsers name HTML, and programs that want JSON don't. */
export function wantsPage(incoming: Incoming): boolean {
  const accept = incoming.header('accept')
  if (namesJson(accept) && wantsProblems(accept)) return false
  return /(?:^|[,\s])text\/html\b/i.test(accept ?? '')
}
