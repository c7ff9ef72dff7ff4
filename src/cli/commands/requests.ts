// `titofisto requests`: every file request that is remembered, a line each.

import { wrongUsage } from '../cli-failure.ts'
import { withSlots } from '../kinds/open-slots.ts'
import { toPrintable } from '../printable.ts'
import { flagOf, helpOnSettings, linkSettings } from '../settings/settings.ts'
import type { FileRequestStatus } from '../../slots/requests/file-request.ts'
import type { Command } from '../command.ts'

/** `titofisto requests`. */
export const requestsCommand: Command = {
  flags: { texts: linkSettings.map(flagOf), switches: ['json'] },
  help: `Usage: titofisto requests [flags]

Lists the file requests of the folder that is served, a line each: id, state, uploads, end, title.

  --json               one JSON object a line

${helpOnSettings()}
"titofisto request status ID" says who sent what.
`,
  async run(args) {
    if (args.positionals.length > 0) throw wrongUsage('"titofisto requests" takes flags only.')
    await withSlots(args, async ({ files }) => {
      for await (const request of files.requests.list()) {
        const status = await request.status()
        if (status !== null) console.log(args.has('json') ? JSON.stringify(status) : toLine(status))
      }
    })
    return 0
  },
}

function toLine({ id, state, uploadCount, maxUploads, until, title }: FileRequestStatus): string {
  const uploads = `${uploadCount}/${maxUploads}`.padStart(9)
  return `${id}  ${state.padEnd(8)} ${uploads}  ${until}  ${toPrintable(title ?? '')}`.trimEnd()
}
