// `titofisto request FOLDER`: a link by which many people send files into a folder.

import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseUserFileName } from '../../storage/names/reserved-name.ts'
import { readCount } from '../arguments.ts'
import { parseByteSize } from '../byte-size.ts'
import { exitRefused, inUsersWords, refused, systemCode, wrongUsage } from '../cli-failure.ts'
import { defineInboxKind } from '../kinds/inbox-kind.ts'
import { withSlots } from '../kinds/open-slots.ts'
import { toPrintable } from '../printable.ts'
import { serveRequest } from '../server/serve-request.ts'
import { announceRequest } from '../server/announce-request.ts'
import { readId } from '../slot-id.ts'
import { filePlaceOf, folderPlace } from '../settings/file-place.ts'
import { findServerAround, withFilesOf } from '../settings/open-beside-server.ts'
import {
  flagOf,
  readSettings,
  settingNames,
  type SettingName,
  type Settings,
} from '../settings/settings.ts'
import { readSeconds } from '../settings/titofisto-settings.ts'
import { findUntrusted } from '../settings/working-folder.ts'
import { parseUntil, untilExamples } from '../until.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import type { RequestOptions } from '../../slots/requests/make-request.ts'
import type { FileRequest } from '../../slots/requests/file-request.ts'

/** What the server of a request needs, as `serve`'s. */
const serverFlags = settingNames.filter((name) => name !== 'exec' && name !== 'root')

/** Who gives one of these wants a server of their own. */
const ownServer: readonly SettingName[] = ['host', 'port', 'tlsCert', 'tlsKey', 'mediaUrl']

/** `titofisto request`. */
export const requestCommand: Command = {
  flags: {
    texts: [
      ...serverFlags.map(flagOf),
      'until',
      'max-uploads',
      'title',
      'message',
      'password',
      'max-bytes',
      'max-files',
      'expires-in',
      'root',
    ],
    lists: ['accept'],
    switches: ['name', 'no-qr', 'quiet', 'json'],
  },
  help: `Usage: titofisto request FOLDER [flags]
       titofisto request status ID
       titofisto request close ID

Prints a link by which many people can send files into a folder, each once, and a QR code of it.
Files arrive under their names, none is overwritten, and the log says who sent what.
Where a "titofisto serve" runs here that serves the folder, or one around it, that takes the files.
Otherwise this serves, until the request is over or Ctrl-C: --host 0.0.0.0 for others on your network.

  --until TIME         the end, in local time: ${untilExamples}
                       (default: in 7 days)
  --max-uploads N      the most uploads that are taken, 1 to 1000 (default 100)
  --title TEXT         what is asked for, in a line
  --message TEXT       what else there is to say
  --name               each person must give a name, and gets a folder of that name
  --password TEXT      what each must know besides the link; others on this machine see flags,
                       so TITOFISTO_REQUEST_PASSWORD may have it
  --max-bytes SIZE     the largest file: bytes, or 500kB, 100MB, 2GiB (default 100MiB)
  --max-files N        the most files that one person sends (default 20)
  --accept TYPE        what is taken, such as image/* or .csv; may be repeated (default all)
  --expires-in TIME    how long a person has to begin, once they have a place (default 1h)
  --no-qr              print no QR code
  --quiet              print the link, and only our own failures
  --json               print JSON lines on stdout: the link, then requests

  --s3 URL, --s3-endpoint URL   with it FOLDER is one in the bucket
  --host ADDRESS, --port PORT, --media-url URL, --mount-path PATH, --tls-cert FILE, --tls-key FILE,
  --timeout TIME, --param NAME, --public-namespace FOLDER, --stable TIME, --cors FILES,
  --cross-origin-resource-policy WHO, --interop django, --use-tz BOOLEAN, --time-zone ZONE,
  --secret-file FILE, --state FOLDER, --settings-file FILE, --stop-seconds TIME,
  --slots URL, --slots-prefix NAME, --spool FOLDER, --root FOLDER (of "status" and "close"): as for "titofisto serve"

"request status ID" says who sent what, "request close ID" ends it. ID may be the link.
Exit code 1 where the request is unknown, or over.
`,
  run(args) {
    const [first, second, ...rest] = args.positionals
    if (first === undefined || rest.length > 0)
      throw wrongUsage('Into which folder? "titofisto request FOLDER".')
    if (second === undefined) return makeRequest(args, first)
    if (first !== 'status' && first !== 'close')
      throw wrongUsage(
        'It is "titofisto request FOLDER", "request status ID" or "request close ID".',
      )
    const id = readId(second)
    return first === 'status' ? tellStatus(args, id) : closeRequest(args, id)
  },
}

async function makeRequest(args: Arguments, folder: string): Promise<number> {
  const options = readOptions(args)
  const settings = readSettings(args, process.env)
  const around = ownServer.some((name) => settings.find(name) !== null)
    ? null
    : findServerAround(settings, folder)
  const isInBucket = settings.find('s3') !== null || around?.settings.s3 !== undefined
  const served = around === null ? folder : (around.settings.root ?? '.')
  const prefix = isInBucket ? prefixInBucket(folder) : prefixBelow(served, folder)
  if (!isInBucket) makeFolder(folder)
  if (around === null) {
    for (const sentence of findUntrusted(settings)) console.error(`titofisto: warning: ${sentence}`)
    const place = isInBucket ? filePlaceOf(settings) : folderPlace(folder)
    return serveRequest(args, settings, { place, prefix }, (make) => inWords(make(options)))
  }
  // What it serves counts, and no other folder that is set: its slots are there.
  const find: Settings['find'] = (name) => (name === 'root' ? null : settings.find(name))
  return withFilesOf({ ...settings, find }, around, true, async (beside) => {
    const kind = defineInboxKind(beside.files, () => {})
    const request = await inWords(kind.request({ prefix }, options))
    await announceRequest(args, {
      request,
      folder: isInBucket ? beside.place.shown + prefix : folder,
      settings: beside.settings,
      origin: beside.origin,
      isServedHere: false,
    })
    return 0
  })
}

/** In a bucket a folder is nothing but the beginning of names. */
function prefixInBucket(folder: string): string {
  const name = folder.replace(/^(?:\.\/+)+|^\.$/, '').replace(/\/+$/, '')
  if (name === '') return ''
  if (parseUserFileName(`${name}/x`) === null)
    throw wrongUsage('The folder must be a name in the bucket, such as inbox or inbox/rome.')
  return `${name}/`
}

/** What names of files in a folder begin with, below the one that is served. */
function prefixBelow(root: string, folder: string): string {
  const way = path.relative(root, path.resolve(folder))
  if (way === '') return ''
  const prefix = `${way.split(path.sep).join('/')}/`
  if (parseUserFileName(`${prefix}x`) === null)
    throw wrongUsage(`The folder ${folder} has a name below which the server saves no files.`)
  return prefix
}

/** What is wrong with an option, by the flag that set it. */
async function inWords(made: Promise<FileRequest>): Promise<FileRequest> {
  try {
    return await made
  } catch (error) {
    throw inUsersWords(error, (option) => `--${flagsOfOptions[option] ?? flagOf(option)}`)
  }
}

const flagsOfOptions: Readonly<Record<string, string>> = {
  placeSeconds: 'expires-in',
  perPersonName: 'name',
}

function readOptions(args: Arguments): RequestOptions {
  const nowMs = Date.now()
  const until = args.text('until')
  const parsed = until === undefined ? null : parseUntil(until, nowMs)
  if (parsed?.kind === 'unclear')
    throw wrongUsage(`--until is unclear; it is a time such as ${untilExamples}.`)
  if (parsed?.kind === 'past') throw wrongUsage('--until is over already.')
  const password = args.text('password') ?? (process.env['TITOFISTO_REQUEST_PASSWORD'] || undefined)
  const maxBytes = args.text('max-bytes')
  const size = maxBytes === undefined ? null : parseByteSize(maxBytes)
  if (maxBytes !== undefined && size === null)
    throw wrongUsage('--max-bytes must be a number of bytes, or a size such as 500kB or 2GiB.')
  const title = args.text('title')
  const message = args.text('message')
  const maxUploads = readCount(args, 'max-uploads', 1000)
  const accept = args.list('accept')
  const place = args.text('expires-in')
  return {
    maxFiles: readCount(args, 'max-files', 1000) ?? 20,
    perPersonName: args.has('name'),
    ...(parsed?.kind === 'time' && { until: new Date(parsed.untilMs) }),
    ...(maxUploads !== null && { maxUploads }),
    ...(title !== undefined && { title }),
    ...(message !== undefined && { message }),
    ...(password !== undefined && { password }),
    ...(size !== null && { maxBytes: size }),
    ...(accept.length > 0 && { accept }),
    ...(place !== undefined && {
      placeSeconds: readSeconds({ text: place, source: '--expires-in' }),
    }),
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 })
  } catch (error) {
    // What is there and no folder is told of by whoever opens it.
    if (systemCode(error) === 'EEXIST') return
    throw refused(`The folder ${folder} can't be made (${systemCode(error)}).`, error)
  }
}

/** What `use` gives for a request, while its slots are open. */
function withRequest<Value>(
  args: Arguments,
  id: string,
  use: (request: FileRequest) => Promise<Value>,
): Promise<Value> {
  return withSlots(args, async ({ files }) => {
    const request = await files.requests.find(id)
    if (request === null) throw refused('There is no file request with this id, or none any more.')
    return use(request)
  })
}

async function tellStatus(args: Arguments, id: string): Promise<number> {
  const { status, uploads } = await withRequest(args, id, async (request) => {
    const taken = []
    for await (const upload of request.uploads()) taken.push(upload)
    return { status: await request.status(), uploads: taken }
  })
  if (args.has('json')) {
    console.log(JSON.stringify({ ...status, uploads }))
    return 0
  }
  for (const [name, value] of Object.entries(status ?? {}))
    if (value !== null) console.log(`${name}: ${toPrintable(String(value))}`)
  for (const { person, state, savedNames, handledAt } of uploads) {
    const what = savedNames.length === 0 ? state : `${handledAt ?? ''} ${savedNames.join(', ')}`
    console.log(`  ${toPrintable(`${person ?? 'somebody'}: ${what}`)}`)
  }
  return 0
}

async function closeRequest(args: Arguments, id: string): Promise<number> {
  if (await withRequest(args, id, (request) => request.close())) return 0
  console.error('titofisto: This file request is over already.')
  return exitRefused
}
