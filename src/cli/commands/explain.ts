// `titofisto explain URL`: why a link works or not, and what to do.

import { exitRefused, wrongUsage } from '../cli-failure.ts'
import { lanOrigins } from '../server/reach.ts'
import { withFiles, type FilesBesideServer } from '../settings/open-beside-server.ts'
import { toPrintable } from '../printable.ts'
import { flagOf, helpOnSettings, linkSettings } from '../settings/settings.ts'
import { defineCliKinds } from '../kinds/open-slots.ts'
import type { Settings } from '../settings/settings.ts'
import type { Explanation } from '../../titofisto-explain.ts'
import type { Command } from '../command.ts'

/** The settings that decide whether a link works; those for making links are left out. */
const whereFilesAre = linkSettings.filter((name) => name !== 'stable')

/** `titofisto explain`. */
export const explainCommand: Command = {
  flags: { texts: [...whereFilesAre.map(flagOf), 'bind'], switches: ['json'] },
  help: `Usage: titofisto explain URL [flags]

Says why a link, a slot's URL or a file request's works or not, and what to do. Put it between single quotes.

  --bind VALUE  the value that a bound link was bound to
  --json        one JSON object: works, reason, message, advice, name, slotId, requestId, kind,
                issuedAt, expiresAt, note (on the link's host)

${helpOnSettings(whereFilesAre)}
Exit code 0 when it works (of a slot: takes an upload), 1 when it doesn't.
`,
  async run(args) {
    const [url, ...others] = args.positionals
    if (url === undefined || others.length > 0)
      throw wrongUsage('"titofisto explain" takes one URL, between single quotes.')
    const bind = args.text('bind')
    return withFiles(args, { needsSlots: namesSlot(url), about: url }, async (beside) => {
      if (namesSlot(url)) defineCliKinds(beside)
      const explanation = await beside.files.explain(url, bind === undefined ? {} : { bind })
      const note = noteOnHost(url, beside)
      if (args.has('json')) console.log(JSON.stringify({ ...explanation, ...(note && { note }) }))
      else
        console.log([formatExplanation(explanation), ...(note ? [`Note: ${note}`] : [])].join('\n'))
      return explanation.works ? 0 : exitRefused
    })
  },
}

/**
 * What to know of a link's host: one that leads to another server works there or nowhere, whatever its
 * token is good for here. `null` where there is nothing to say.
 */
function noteOnHost(url: string, { origin, settings }: FilesBesideServer): string | null {
  const linked = URL.canParse(url) ? new URL(url).origin : null
  const mediaUrl = settings.find('mediaUrl')?.text ?? ''
  const ours = URL.canParse(mediaUrl) ? new URL(mediaUrl).origin : origin
  if (linked === null || linked === 'null') return null
  if (ours === '')
    return `no server runs here, so nothing says whether ${linked} leads to these files.`
  const places = [ours, ...lanOrigins(settings, ours), ...asLocalhost(ours)]
  if (places.includes(linked)) return null
  return `the link leads to ${linked}, and this server answers at ${ours}.${whyUnreached(linked, settings)}`
}

/** A server that listens on this machine's address alone is not reached by any other. */
function whyUnreached(linked: string, settings: Settings): string {
  const host = settings.find('host')?.text ?? '127.0.0.1'
  const isLocal = /^(?:127\.|localhost$|::1$)/.test(host)
  const isLinkLocal = /^https?:\/\/(?:127\.|localhost|\[::1\])/.test(linked)
  return isLocal && !isLinkLocal
    ? ` It listens on ${host}, so no other machine reaches it: --host 0.0.0.0, or a proxy before it.`
    : ''
}

function asLocalhost(origin: string): readonly string[] {
  return /^https?:\/\/(?:127\.0\.0\.1|\[::1\])(?::|$)/.test(origin)
    ? [origin.replace(/\/\/(?:127\.0\.0\.1|\[::1\])/, '//localhost')]
    : []
}

/** Slots need folders of their own; a file's link is explained without making any. */
function namesSlot(url: string): boolean {
  return url.includes('/titofisto/upload/')
}

function formatExplanation(explanation: Explanation): string {
  const { works, reason, message, advice, name, slotId, requestId } = explanation
  const { kind, issuedAt, expiresAt } = explanation
  const lines = [`${works ? 'Works' : 'Does not work'} (${reason}): ${message}`]
  if (!works) lines.push(`What to do: ${advice}`)
  // The name comes from a URL that a stranger may have written: no control characters may reach the terminal.
  if (name !== undefined) lines.push(`File: ${toPrintable(name)}`)
  if (slotId !== undefined)
    lines.push(`Slot: ${slotId}${kind === undefined ? '' : ` (${toPrintable(kind)})`}`)
  if (requestId !== undefined)
    lines.push(`Request: ${requestId}${kind === undefined ? '' : ` (${toPrintable(kind)})`}`)
  if (issuedAt !== undefined) lines.push(`Signed: ${issuedAt.toISOString()}`)
  if (expiresAt !== undefined) lines.push(`Expires: ${expiresAt.toISOString()}`)
  return lines.join('\n')
}
