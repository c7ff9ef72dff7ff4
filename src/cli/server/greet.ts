// What a server that has begun says: where it is, links that work, and slots to try.

import { createRequire } from 'node:module'
import path from 'node:path'
import { isTitofistoError } from '../../errors.ts'
import { titofistoDefaults } from '../../titofisto-options.ts'
import { toAbsoluteUrl } from '../absolute-url.ts'
import { demoPageName, demoRemarks } from '../demo/demo-folder.ts'
import { coloursOf } from '../colour.ts'
import { formatQrCode, lanOrigins } from './reach.ts'
import { ownCommand } from '../shell-words.ts'
import { readTimeout } from '../settings/titofisto-settings.ts'
import {
  formatWelcome,
  nameOfPlace,
  type Screen,
  type WelcomeLink,
  type WelcomeSlots,
} from './welcome.ts'
import type { FilePlace } from '../settings/file-place.ts'
import type { CliFiles } from '../settings/open-files.ts'
import type { Arguments } from '../arguments.ts'
import type { Settings } from '../settings/settings.ts'

/** What there is to say. */
export interface Greeting {
  readonly takesUploads: boolean
  readonly files: CliFiles
  readonly settings: Settings
  readonly place: FilePlace
  readonly origin: string
  readonly secretSource: string
  /** The link of the owner's page; `null` where there is none. */
  readonly ownerLink: string | null
}

/** Prints what the flags want to be printed. */
export async function greet(args: Arguments, greeting: Greeting): Promise<void> {
  const { settings, place, origin, secretSource } = greeting
  const mediaUrl = settings.find('mediaUrl')?.text ?? titofistoDefaults.mediaUrl
  const baseUrl = toAbsoluteUrl(mediaUrl, origin)
  const ownerLink = greeting.ownerLink === null ? null : toAbsoluteUrl(greeting.ownerLink, origin)
  if (args.has('json')) {
    console.log(JSON.stringify({ event: 'listening', origin, url: baseUrl, root: place.shown }))
    if (ownerLink !== null) console.log(JSON.stringify({ event: 'browse', url: ownerLink }))
    return
  }
  if (args.has('quiet')) {
    console.log(`titofisto serves ${nameOfPlace(place)} at ${baseUrl}`)
    // Nobody else can say it, and without it there is no page.
    if (ownerLink !== null) console.log(ownerLink)
    return
  }
  // Node's types take every stdout for a terminal's.
  const { isTTY, rows, columns }: Partial<NodeJS.WriteStream> = process.stdout
  // Commands to try are longer than a screen.
  const examples = args.has('examples') || (args.has('demo') && !isTTY)
  const colours = coloursOf(process.stdout, process.env)
  const lan = lanOrigins(settings, origin)
  const { links, hasMore } = await makeLinks(args.has('demo'), greeting).catch(noLinks)
  const firstUrl = (ownerLink ?? links[0]?.url)?.replace(origin, lan[0] ?? origin) ?? null
  console.log(
    formatWelcome({
      place,
      baseUrl,
      ownerLink,
      timeoutSeconds: readTimeout(settings),
      secretSource,
      links,
      hasMore,
      takesUploads: greeting.takesUploads,
      // Whoever serves a folder of their own may want no uploads; those who do ask for a slot.
      slots: examples ? await makeSlots(greeting).catch(noSlots) : null,
      param: settings.find('param')?.text ?? titofistoDefaults.param,
      command: ownCommand(process.argv, process.env),
      examples,
      lan,
      qrCode:
        lan.length === 0 || firstUrl === null || !colours.isOn
          ? null
          : formatQrCode(firstUrl, colours),
      colours,
      screen: isTTY ? toScreen(rows, columns) : null,
    }),
  )
}

/** The screen, or as much of it as every terminal has. */
function toScreen(rows = 24, columns = 80): Screen {
  return { rows: Math.min(rows, 24), columns }
}

/** A slot for each way to upload; `null` where no uploads are taken. */
async function makeSlots({ files, origin, takesUploads }: Greeting): Promise<WelcomeSlots | null> {
  if (!takesUploads) return null
  async function mint(): Promise<string> {
    const { url } = await files.slots.mint('save', { prefix: 'uploads/', sha256: true })
    return toAbsoluteUrl(url, origin)
  }
  const [form, bytes] = await Promise.all([mint(), mint()])
  return { form, bytes, tus: canLoadTusClient() ? await mint() : null }
}

/** Whether the command that is printed for tus would find its client, as in our own repository. */
function canLoadTusClient(): boolean {
  try {
    createRequire(path.resolve('here.js')).resolve('tus-js-client')
    return true
  } catch {
    return false
  }
}

function noSlots(error: unknown): null {
  if (!isTitofistoError(error)) throw error
  console.error(`titofisto: warning: no slots can be shown. ${error.message}`)
  return null
}

const mostLinks = 8

async function makeLinks(
  isDemo: boolean,
  { files, origin }: Greeting,
): Promise<{ readonly links: readonly WelcomeLink[]; readonly hasMore: boolean }> {
  const { files: listed, next } = await files.storage.list({ limit: 50 })
  // Hidden files are rarely what somebody wants to share first.
  const names = listed.map((facts) => facts.name).filter((name) => !/(?:^|\/)\./.test(name))
  const links: WelcomeLink[] = []
  for (const name of names.slice(0, mostLinks)) {
    // A file may go between the look into the folder and the look at it.
    if (!(await files.storage.exists(name))) continue
    const url = await files.url(name, isDemo && name === demoPageName ? { inline: true } : {})
    const remark = isDemo ? (demoRemarks[name] ?? '') : ''
    links.push({ name, url: toAbsoluteUrl(url, origin), remark })
  }
  return { links, hasMore: next !== null || names.length > mostLinks }
}

/** A folder that can be served in part is served in part. */
function noLinks(error: unknown): { readonly links: []; readonly hasMore: true } {
  if (!isTitofistoError(error)) throw error
  console.error(`titofisto: warning: no links can be shown. ${error.message}`)
  return { links: [], hasMore: true }
}
