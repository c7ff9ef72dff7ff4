// `titofisto slot`: URLs to upload to, one a line; and what can be done about a slot afterwards.

import { parseUserFileName } from '../../storage/names/reserved-name.ts'
import { readCount } from '../arguments.ts'
import { parseByteSize } from '../byte-size.ts'
import { toAbsoluteUrl } from '../absolute-url.ts'
import { exitRefused, inUsersWords, refused, wrongUsage } from '../cli-failure.ts'
import { withSlots } from '../kinds/open-slots.ts'
import { readId } from '../slot-id.ts'
import { toPrintable } from '../printable.ts'
import { flagOf, helpOnSettings, linkSettings } from '../settings/settings.ts'
import { defineExecKindElsewhere, slotKindNames } from '../kinds/slot-kinds.ts'
import { readSeconds } from '../settings/titofisto-settings.ts'
import type { SlotOverrides } from '../../slots/minting/mint.ts'
import type { Settings } from '../settings/settings.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import type { SlotArgs } from '../kinds/slot-args.ts'

const sizeFlags = { maxBytes: 'max-bytes', minBytes: 'min-bytes', sizeBytes: 'size' } as const
const maxCount = 10_000

/** `titofisto slot`. */
export const slotCommand: Command = {
  flags: {
    texts: [
      ...linkSettings.map(flagOf),
      'kind',
      'save-to',
      ...Object.values(sizeFlags),
      'max-files',
      'expires-in',
      'count',
      'origin',
    ],
    lists: ['accept'],
    switches: ['sha256', 'json'],
  },
  help: `Usage: titofisto slot [flags]
       titofisto slot status ID
       titofisto slot revoke ID

Prints the URL of an upload slot of the running "titofisto serve": whoever has it can upload once,
in time, as a form (curl -F file=@NAME URL), as bare bytes (curl -T NAME URL), or resumably (tus, IETF).

  --kind KIND          save: keep the file in the folder that is served (default);
                       exec: run the command that "serve" was given
  --save-to PREFIX     save: what the file's name begins with, such as inbox/ (default: nothing);
                       exec: for the command, as TITOFISTO_PREFIX
  --max-bytes SIZE     the largest file: bytes, or 500kB, 100MB, 2GiB (default 100MiB)
  --min-bytes SIZE     the smallest file (default 1)
  --size SIZE          the exact size, for tus clients that are given the URL as their uploadUrl
  --max-files N        the most files of one form (default 1)
  --accept TYPE        what is taken, such as image/* or .csv; may be repeated (default all)
  --expires-in TIME    how long the slot waits: seconds, or 45s, 30m, 1h, 7d (default: --timeout)
  --count N            make so many slots (default 1)
  --origin ORIGIN      what the URL begins with, such as https://app.example
  --sha256             save: tell the uploader the SHA-256 of what was kept
  --json               one JSON object a line: url, id, kind, expiresAt, limits

${helpOnSettings()}
"slot status ID" says where a slot stands, "slot revoke ID" takes it back.
ID may be the slot's URL. Exit code 1 where the slot is unknown, or can't be taken back any more.
`,
  run(args) {
    const [action, which, ...rest] = args.positionals
    if (action === undefined) return makeSlots(args)
    if (!['status', 'revoke'].includes(action) || which === undefined || rest.length > 0)
      throw wrongUsage('It is "titofisto slot", "slot status ID" or "slot revoke ID".')
    const id = readId(which)
    return action === 'status' ? tellStatus(args, id) : revokeSlot(args, id)
  },
}

async function makeSlots(args: Arguments): Promise<number> {
  const kind = args.text('kind') ?? 'save'
  if (!slotKindNames.some((name) => name === kind))
    throw wrongUsage(`--kind must be one of ${slotKindNames.join(', ')}.`)
  const slotArgs: SlotArgs = { prefix: readPrefix(args), sha256: args.has('sha256') }
  const overrides = readOverrides(args)
  const count = readCount(args, 'count', maxCount) ?? 1
  return withSlots(args, async ({ files, origin, settings }) => {
    if (kind === 'exec') {
      if (settings.find('exec') === null)
        throw refused('No server with --exec is running here: "titofisto serve --exec COMMAND".')
      defineExecKindElsewhere(files)
    }
    for (let made = 0; made < count; made++) {
      const ticket = await files.slots.mint(kind, slotArgs, overrides).catch((error: unknown) => {
        throw inUsersWords(
          error,
          (option) => `--${option === 'sizeBytes' ? sizeFlags.sizeBytes : flagOf(option)}`,
        )
      })
      const url = toAbsoluteUrl(ticket.url, origin)
      console.log(args.has('json') ? JSON.stringify({ ...ticket, url }) : url)
    }
    if (isServed(origin, settings, overrides)) return 0
    console.error(
      'titofisto: No server runs here, so nobody takes the upload until one does: "titofisto serve".',
    )
    return exitRefused
  })
}

/** Whether somebody takes the upload: the server that runs here, or who is at another address. */
function isServed(origin: string, settings: Settings, overrides: SlotOverrides): boolean {
  const mediaUrl = settings.find('mediaUrl')?.text ?? '/'
  return origin !== '' || overrides.origin !== undefined || !mediaUrl.startsWith('/')
}

function readPrefix(args: Arguments): string {
  const prefix = args.text('save-to') ?? ''
  if (parseUserFileName(`${prefix}x`) === null)
    throw wrongUsage('--save-to must be what a file name can begin with, such as inbox/.')
  return prefix
}

function readOverrides(args: Arguments): SlotOverrides {
  const overrides: { -readonly [Key in keyof SlotOverrides]: SlotOverrides[Key] } = {
    maxFiles: readCount(args, 'max-files', 1000) ?? 1,
  }
  for (const option of ['maxBytes', 'minBytes', 'sizeBytes'] as const) {
    const flag = sizeFlags[option]
    const text = args.text(flag)
    if (text === undefined) continue
    const bytes = parseByteSize(text)
    if (bytes === null)
      throw wrongUsage(`--${flag} must be a number of bytes, or a size such as 500kB or 2GiB.`)
    overrides[option] = bytes
  }
  // The exact size is a limit of its own.
  if (overrides.sizeBytes !== undefined) overrides.maxBytes ??= overrides.sizeBytes
  const accept = args.list('accept')
  if (accept.length > 0) overrides.accept = accept
  const expiresIn = args.text('expires-in')
  if (expiresIn !== undefined)
    overrides.expiresIn = readSeconds({ text: expiresIn, source: '--expires-in' })
  const origin = args.text('origin')
  if (origin !== undefined) overrides.origin = origin
  return overrides
}

async function tellStatus(args: Arguments, id: string): Promise<number> {
  const status = await withSlots(args, ({ files }) => files.slots.status(id))
  if (status === null) throw refused('There is no slot with this id, or none any more.')
  if (args.has('json')) console.log(JSON.stringify(status))
  else for (const [name, value] of Object.entries(status)) console.log(`${name}: ${toText(value)}`)
  return 0
}

/** A handler's answer, and the names it chose, may hold anything. */
function toText(value: unknown): string {
  return typeof value === 'string' ? value : toPrintable(JSON.stringify(value))
}

async function revokeSlot(args: Arguments, id: string): Promise<number> {
  const status = await withSlots(args, async ({ files }) =>
    (await files.slots.revoke(id)) ? 'revoked' : files.slots.status(id),
  )
  if (status === 'revoked') return 0
  console.error(
    status === null
      ? 'titofisto: There is no slot with this id, or none any more.'
      : `titofisto: This slot can't be taken back: it is ${status.state}.`,
  )
  return exitRefused
}
