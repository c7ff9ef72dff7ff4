// What `serve` says first: what it serves, links that work, and what to try next. Pure.

import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { typeOfName } from '../../http/media-type.ts'
import { encodeStrictly } from '../../http/percent.ts'
import { formatDuration } from '../duration.ts'
import { toPrintable } from '../printable.ts'
import { quoteForShell } from '../shell-words.ts'
import type { Colours } from '../colour.ts'
import type { FilePlace } from '../settings/file-place.ts'

/** A link to show. */
export interface WelcomeLink {
  readonly name: string
  readonly url: string
  /** A word on what is special about it, or `''`. */
  readonly remark: string
}

/** URLs of slots to show, one for each way to upload. */
export interface WelcomeSlots {
  readonly form: string
  readonly bytes: string
  /** `null` where there is no tus client to try. */
  readonly tus: string | null
}

/** What there is to say. */
export interface WelcomeFacts {
  readonly place: FilePlace
  /** Where the files are for clients. */
  readonly baseUrl: string
  readonly timeoutSeconds: number
  /** Where the secret came from, as the start of a sentence. */
  readonly secretSource: string
  readonly links: readonly WelcomeLink[]
  /** Whether there are more files than links. */
  readonly hasMore: boolean
  readonly takesUploads: boolean
  /** Slots to try; `null` where none were made. */
  readonly slots: WelcomeSlots | null
  readonly param: string
  /** How this program is called: `titofisto`. */
  readonly command: string
  /** Whether to show commands to try. */
  readonly examples: boolean
  /** The link of the owner's page; `null` where there is none. */
  readonly ownerLink: string | null
  /** Where others of the network reach it. */
  readonly lan: readonly string[]
  /** A link for phones that look at the screen; `null` for none. */
  readonly qrCode: string | null
  readonly colours: Colours
  /** What it must fit on; `null` where nobody looks at one. */
  readonly screen: Screen | null
}

/** A terminal's size. */
export interface Screen {
  readonly rows: number
  readonly columns: number
}

/** Formats the words that greet whoever started a server. */
export function formatWelcome(facts: WelcomeFacts): string {
  const { place, baseUrl, colours, lan, qrCode, screen, ownerLink } = facts
  const tail = [
    ...(facts.links.length === 0 ? [] : formatTerms(facts)),
    ...(facts.examples ? formatTrials(facts) : []),
    ...formatSlots(facts),
    'Stop with Ctrl-C.',
    '',
  ]
  const head = [
    ...(qrCode === null ? [] : [qrCode, '']),
    colours.bold(`titofisto serves ${nameOfPlace(place)} at ${baseUrl}`),
    ...(lan.length === 0 ? [] : [`Others on your network reach it at ${lan.join(', ')}`]),
    ...(ownerLink === null
      ? []
      : [
          '',
          'Your page. Who has this link can do there what you can:',
          `  ${colours.link(ownerLink)}`,
        ]),
    '',
  ]
  // What would scroll away is of no use: the first link stays in sight.
  const roomRows =
    screen === null || facts.examples ? Infinity : screen.rows - rowsOf([...head, ...tail], screen)
  const links = facts.links.length === 0 ? formatAdvice(facts) : formatLinks(facts, roomRows)
  return [...head, ...links, ...tail].join('\n')
}

/** What is served, within a sentence. */
export function nameOfPlace({ kind, shown }: FilePlace): string {
  return kind === 'folder' ? `the folder ${shown}` : shown
}

function formatAdvice({ place, hasMore, command }: WelcomeFacts): string[] {
  const nothing = place.kind === 'folder' ? 'The folder is empty.' : 'There are no files yet.'
  return [
    hasMore ? 'Ask for a link:' : `${nothing} Put a file into it, then ask for a link:`,
    '',
    `  ${command} url NAME`,
    '',
  ]
}

function formatLinks(
  { links, hasMore, colours, screen }: WelcomeFacts,
  roomRows: number,
): string[] {
  const more = '  ... and more files; "ls" lists them, "url" makes links for them.'
  const shown: string[] = []
  let isCut = hasMore
  for (const { name, url, remark } of links) {
    const lines = [
      `  ${colours.bold(toPrintable(name))}${remark === '' ? '' : `  (${remark})`}`,
      `    ${colours.link(url)}`,
    ]
    // The last row is the prompt's, or the log's.
    const fits = screen === null || rowsOf([...shown, ...lines, more, '', ''], screen) <= roomRows
    if (shown.length > 0 && !fits) {
      isCut = true
      break
    }
    shown.push(...lines)
  }
  return [...shown, ...(isCut ? [more] : []), '']
}

/** How many rows of a screen lines take; long ones go on in the next row. */
function rowsOf(lines: readonly string[], { columns }: Screen): number {
  const rows = lines
    .flatMap((line) => line.split('\n'))
    .map((line) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)))
  return rows.reduce((sum, each) => sum + each, 0)
}

function formatTerms({ timeoutSeconds, secretSource }: WelcomeFacts): string[] {
  return [
    timeoutSeconds === Infinity
      ? 'Links work until their file or the secret changes.'
      : `Links work for ${formatDuration(timeoutSeconds)}, or until their file or the secret changes.`,
    `${secretSource} signs them.`,
    '',
  ]
}

function formatSlots(facts: WelcomeFacts): string[] {
  const { place, takesUploads, slots, command } = facts
  if (!takesUploads) return []
  return [
    ...(slots === null ? [] : formatSlotTrials(facts, slots)),
    slots === null
      ? '  # one upload, from whoever has the URL; files from many; and where all uploads stand'
      : '  # another slot; a link for many; and where all of them stand',
    `  ${command} slot --save-to inbox/ --max-bytes 10MB --expires-in 1h`,
    `  ${command} request ${quoteForShell(pathIn(place, 'inbox') ?? 'inbox')}`,
    `  ${command} slots`,
    '',
  ]
}

/** Where a file of this machine is; `null` of a bucket. */
function pathIn(place: FilePlace, name: string): string | null {
  return place.kind === 'folder' ? path.join(place.root, name) : null
}

function formatSlotTrials({ place, links }: WelcomeFacts, slots: WelcomeSlots): string[] {
  const sample = links.find(isText) ?? links[0]
  const samplePath = sample === undefined ? null : pathIn(place, sample.name)
  const name = samplePath === null ? 'FILE' : path.basename(samplePath)
  const file = quoteForShell(samplePath ?? 'FILE')
  const named = quoteForShell(`${slots.bytes}?filename=${encodeStrictly(name)}`)
  const tus = slots.tus === null ? null : quoteForShell(slots.tus)
  return [
    '  # upload slots: each takes one upload, as a form, as bare bytes, or by tus; then it is a 404',
    `  curl -F file=@${file} ${quoteForShell(slots.form)}`,
    `  curl -T ${file} ${named}`,
    ...(tus === null ? [] : [`  node -e ${quoteForShell(tusScript)} ${tus} ${file}`]),
    '',
  ]
}

/** Uploads a file, and prints what the slot's handler answered. */
const tusScript = [
  'const { Upload } = require("tus-js-client"), [, url, file] = process.argv;',
  'new Upload(require("fs").readFileSync(file), {',
  'endpoint: url, headers: { Accept: "application/json" },',
  'metadata: { filename: require("path").basename(file) },',
  'onSuccess: ({ lastResponse }) => console.log(lastResponse.getBody()),',
  'onError: ({ message }) => console.error(message) }).start()',
].join(' ')

function formatTrials({ links, param, command }: WelcomeFacts): string[] {
  const signed = links.filter(({ url }) => url.includes(`?${param}=`))
  const link = signed.find(isText) ?? signed[0]
  if (link === undefined) return []
  const url = quoteForShell(link.url)
  const tampered = quoteForShell(tamper(link.url))
  return [
    'Try:',
    '',
    '  # the file, and its first 16 bytes',
    // Only text is something for a terminal; anything else is saved under its name.
    isText(link) ? `  curl ${url}` : `  curl -OJ ${url}`,
    `  curl -i -r 0-15 ${url}`,
    '',
    '  # a link with one changed character: the same 404 as for a file that is not there; and why',
    `  curl -i ${tampered}`,
    `  ${command} explain ${tampered}`,
    '',
    '  # why a link works; and another one, for ten minutes and as a download',
    `  ${command} explain ${url}`,
    `  ${command} url ${quoteForShell(link.name)} --expires-in 10m --download copy-of-it`,
    '',
  ]
}

function isText({ name }: WelcomeLink): boolean {
  return typeOfName(name).startsWith('text/plain')
}

/** Changes the first character of a token's signature, which is its last 43 characters. */
function tamper(url: string): string {
  const at = url.length - 43
  return url.slice(0, at) + (url.charAt(at) === 'A' ? 'B' : 'A') + url.slice(at + 1)
}
