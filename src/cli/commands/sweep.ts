// `titofisto sweep`: does once what a running server does every minute.

import { wrongUsage } from '../cli-failure.ts'
import { withSlots } from '../kinds/open-slots.ts'
import { flagOf, helpOnSettings, linkSettings } from '../settings/settings.ts'
import type { Command } from '../command.ts'

/** `titofisto sweep`. */
export const sweepCommand: Command = {
  flags: { texts: linkSettings.map(flagOf), switches: ['json'] },
  help: `Usage: titofisto sweep [flags]

Does once what a running server does every minute: frees slots whose uploader or server died,
ends expired ones, handles what was received and not handled, and removes leftover bytes.
It never touches what a running upload or a finished file needs.

  --json               print the counts as one JSON object

${helpOnSettings()}`,
  async run(args) {
    if (args.positionals.length > 0) throw wrongUsage('"titofisto sweep" takes flags only.')
    const report = await withSlots(args, ({ files }) => files.slots.sweep())
    if (args.has('json')) console.log(JSON.stringify(report))
    else
      console.log(
        `Looked at ${report.checkedSlots} slots: moved ${report.movedSlots}, handled ${report.handledSlots}, forgot ${report.removedSlots}; removed ${report.removedFiles} leftover files.`,
      )
    return 0
  },
}
