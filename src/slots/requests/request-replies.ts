// What a request's link says to a program that can't have a slot, and may still get one.

import type { Reply } from '../../http/exchange.ts'
import { refuse } from '../handling/problem.ts'
import type { RequestFault } from '../../pages/request-page.ts'

const refusals: Readonly<Record<RequestFault, readonly [number, string, string]>> = {
  name: [
    400,
    'request-name-missing',
    'A name is asked for: send it as "name", at most 100 characters.',
  ],
  password: [403, 'request-password-wrong', 'The password is missing or wrong.'],
  full: [
    409,
    'request-full',
    'All places are taken at the moment. One whose upload does not come is free again.',
  ],
  busy: [429, 'request-busy', 'Too many passwords are being tried. Try again in a moment.'],
  unreadable: [
    400,
    'request-unreadable',
    'What was sent is no short form and no JSON. Send name and password, if asked for; the answer has the URL for the files.',
  ],
}

/** The answer to a fault; `status` where it is another one than usual. */
export function problemReply(fault: RequestFault, status?: number): Reply {
  const [usualStatus, code, text] = refusals[fault]
  const headers = fault === 'full' || fault === 'busy' ? ['Retry-After', '10'] : []
  return refuse(status ?? usualStatus, code, text, headers)
}
