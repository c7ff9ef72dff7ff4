// `titofisto slots`: every slot that is remembered, a line each.

import path from 'node:path'
import { privateFolderName } from '../../storage/names/reserved-name.ts'
import { wrongUsage } from '../cli-failure.ts'
import { withSlots } from '../kinds/open-slots.ts'
import { flagOf, helpOnSettings, linkSettings } from '../settings/settings.ts'
import type { FilesBesideServer } from '../settings/open-beside-server.ts'
import type { SlotStatus } from '../../slots/minting/status.ts'
import type { Command } from '../command.ts'

/** `titofisto slots`. */
export const slotsCommand: Command = {
  flags: { texts: linkSettings.map(flagOf), switches: ['json'] },
  help: `Usage: titofisto slots [flags]

Lists the upload slots of the folder that is served, a line each: id, kind, state, bytes that are
here, and when it expires. INTERRUPTED ones want a look: the process died while the upload was
being handled, nobody knows how far it came, and its bytes are kept for 7 days.

  --json               one JSON object a line

${helpOnSettings()}`,
  async run(args) {
    if (args.positionals.length > 0) throw wrongUsage('"titofisto slots" takes flags only.')
    await withSlots(args, async (beside) => {
      let interruptedCount = 0
      for await (const status of beside.files.slots.list()) {
        console.log(args.has('json') ? formatJson(status) : formatLine(status))
        if (status.state === 'interrupted') interruptedCount += 1
      }
      // On stderr: stdout is for programs too.
      if (interruptedCount > 0) console.error(formatAdvice(interruptedCount, spoolOf(beside)))
    })
    return 0
  },
}

function formatLine(status: SlotStatus): string {
  const { id, kind, receivedBytes, totalBytes, expiresAt } = status
  const state = status.state === 'interrupted' ? 'INTERRUPTED' : status.state
  const bytes = totalBytes === null ? `${receivedBytes}` : `${receivedBytes}/${totalBytes}`
  return `${id}  ${kind.padEnd(6)} ${state.padEnd(11)} ${bytes.padStart(12)}  ${expiresAt}`
}

/** Without the handler's answer, which may hold links that work: what is printed is soon in a file. */
function formatJson(status: SlotStatus): string {
  return JSON.stringify({ ...status, answer: undefined })
}

/** As the user would name it. */
function spoolOf({ files, place }: FilesBesideServer): string {
  return place.kind === 'folder'
    ? path.join(place.root, privateFolderName, 'spool')
    : files.storage.spoolFolder
}

function formatAdvice(count: number, spool: string): string {
  return (
    `titofisto: ${count} INTERRUPTED: the process died while the upload was being handled. ` +
    `The bytes are in ${spool}, named by the id; "titofisto slot revoke ID" removes them.`
  )
}
