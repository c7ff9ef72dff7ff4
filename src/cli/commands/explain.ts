// `titofisto explain URL`: why a link works or not, and what to do.

import { exitRefused, wrongUsage } from '../cli-failure.ts'
import { openBesideServer } from '../settings/open-beside-server.ts'
import { toPrintable } from '../printable.ts'
import { flagOf, helpOnSettings, linkSettings } from '../settings/settings.ts'
import { defineCliKinds } from '../kinds/open-slots.ts'
import type { Explanation } from '../../titofisto-explain.ts'
import type { Command } from '../command.ts'

/** The settings that decide whether a link works; those for making links are left out. */
const whereFilesAre = linkSettings.filter((name) => name !== 'stable')

/** `titofisto explain`. */
export const explainCommand: Command = {
  flags: { texts: [...whereFilesAre.map(flagOf), 'bind'], switches: ['json'] },
  help: `Usage: titofisto explain URL [flags]

Says why a link or a slot's URL works or not, and what to do. Put it between single quotes.

  --bind VALUE  the value that a bound link was bound to
  --json        one JSON object: works, reason, message, advice, name, slotId, kind, issuedAt,
                expiresAt

${helpOnSettings(whereFilesAre)}
Exit code 0 when it works (of a slot: takes an upload), 1 when it doesn't.
`,
  async run(args) {
    const [url, ...others] = args.positionals
    if (url === undefined || others.length > 0)
      throw wrongUsage('"titofisto explain" takes one URL, between single quotes.')
    const bind = args.text('bind')
    const beside = openBesideServer(args, { sweepSeconds: 0 })
    const { files } = beside
    if (namesSlot(url)) defineCliKinds(beside)
    const explanation = await files.explain(url, bind === undefined ? {} : { bind })
    console.log(args.has('json') ? JSON.stringify(explanation) : formatExplanation(explanation))
    return explanation.works ? 0 : exitRefused
  },
}

/** Slots need folders of their own; a file's link is explained without making any. */
function namesSlot(url: string): boolean {
  return url.includes('/titofisto/upload/')
}

function formatExplanation(explanation: Explanation): string {
  const { works, reason, message, advice, name, slotId, kind, issuedAt, expiresAt } = explanation
  const lines = [`${works ? 'Works' : 'Does not work'} (${reason}): ${message}`]
  if (!works) lines.push(`What to do: ${advice}`)
  // The name comes from a URL that a stranger may have written: no control characters may reach the terminal.
  if (name !== undefined) lines.push(`File: ${toPrintable(name)}`)
  if (slotId !== undefined)
    lines.push(`Slot: ${slotId}${kind === undefined ? '' : ` (${toPrintable(kind)})`}`)
  if (issuedAt !== undefined) lines.push(`Signed: ${issuedAt.toISOString()}`)
  if (expiresAt !== undefined) lines.push(`Expires: ${expiresAt.toISOString()}`)
  return lines.join('\n')
}
