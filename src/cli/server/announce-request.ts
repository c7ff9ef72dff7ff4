// What `request` says first: the link, and a QR code of it.

import { coloursOf } from '../colour.ts'
import { toPrintable } from '../printable.ts'
import { formatUntil } from '../until.ts'
import { formatQrCode, lanOrigins, toSharedUrl } from './reach.ts'
import type { Arguments } from '../arguments.ts'
import type { Settings } from '../settings/settings.ts'
import type { FileRequest } from '../../slots/requests/file-request.ts'

/** What there is to say. */
export interface RequestAnnouncement {
  readonly request: FileRequest
  /** The folder as the user named it. */
  readonly folder: string
  readonly settings: Settings
  readonly origin: string
  /** Whether this very process serves. */
  readonly isServedHere: boolean
}

/** Prints the link of a request as the flags want it. */
export async function announceRequest(
  args: Arguments,
  { request, folder, settings, origin, isServedHere }: RequestAnnouncement,
): Promise<void> {
  const lan = lanOrigins(settings, origin)
  const url = toSharedUrl(request.url, origin, lan)
  const status = await request.status()
  const until = status?.until ?? ''
  const maxUploads = status?.maxUploads ?? 0
  if (args.has('json')) {
    const { id } = request
    console.log(JSON.stringify({ event: 'request-made', url, id, origin, until, maxUploads }))
    return
  }
  if (args.has('quiet')) {
    console.log(url)
    return
  }
  const colours = coloursOf(process.stdout, process.env)
  const isForThisMachine = /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(url)
  const many = maxUploads === 1 ? 'one upload' : `up to ${maxUploads} uploads`
  const lines = [
    colours.bold('Whoever has this link can send files:'),
    '',
    `  ${colours.link(url)}`,
    '',
    ...(args.has('no-qr') ? [] : [formatQrCode(url, colours), '']),
    `Into ${toPrintable(folder)}: ${many}, until ${formatUntil(Date.parse(until))}.`,
    ...(isForThisMachine
      ? [
          'Only this machine can open it. For others: --host 0.0.0.0, or --media-url of a proxy before us.',
        ]
      : []),
    isServedHere ? 'Stop with Ctrl-C.' : `Who sent what: titofisto request status ${request.id}`,
  ]
  console.log(lines.join('\n'))
}
