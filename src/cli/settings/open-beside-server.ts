// `url` and `explain` speak for the running server where there is one, and for the settings alone
// where there is none.

import path from 'node:path'
import { wrongUsage } from '../cli-failure.ts'
import { filePlaceOf, type FilePlace } from './file-place.ts'
import { findSecrets, fingerprintOf } from './find-secrets.ts'
import { openFiles, type CliFiles, type OpenOptions } from './open-files.ts'
import { readServerNotes, type ServerNote } from './server-note.ts'
import { readSettings, withFallback, type Settings } from './settings.ts'
import { openStateFolder, statePathOf } from './state-folder.ts'
import { findUntrusted } from './working-folder.ts'
import type { TitofistoOptions } from '../../titofisto-options.ts'
import type { Arguments } from '../arguments.ts'

/** Files, and the server that serves them. */
export interface FilesBesideServer {
  readonly files: CliFiles
  readonly settings: Settings
  /** A folder as the user would name it. */
  readonly place: FilePlace
  /** The running server's, for {@link toAbsoluteUrl}; `''` where none runs. */
  readonly origin: string
}

/** What a command wants of them. */
export interface BesideOptions extends Pick<OpenOptions, 'needsSlots'> {
  /** A URL, which may say which of several servers is meant. */
  readonly about?: string
}

/**
 * Opens the files with the settings of the running server, unless others are given, for as long as
 * `use` takes.
 *
 * @throws CliFailure as openFiles, findSecrets and readSettings, and where several servers run and
 * nothing says which is meant; what `use` throws.
 */
export async function withFiles<Value>(
  args: Arguments,
  { needsSlots, about }: BesideOptions,
  use: (beside: FilesBesideServer) => Promise<Value>,
): Promise<Value> {
  const given = readSettings(args, process.env)
  for (const sentence of findUntrusted(given)) console.error(`titofisto: warning: ${sentence}`)
  return withFilesOf(given, findServer(given, about), needsSlots, use)
}

/**
 * Opens the files with the settings of a server, unless others are given; `null`: of none.
 *
 * @throws CliFailure as openFiles and findSecrets; what `use` throws.
 */
export async function withFilesOf<Value>(
  given: Settings,
  note: ServerNote | null,
  needsSlots: boolean,
  use: (beside: FilesBesideServer) => Promise<Value>,
): Promise<Value> {
  const settings = note === null ? given : withFallback(given, note.settings, 'the running server')
  const { secrets, source } = findSecrets(settings)
  if (note !== null && note.fingerprint !== fingerprintOf(secrets))
    console.error(
      `titofisto: warning: the server at ${note.origin} has another secret than this command (${source}); links of one don't work with the other.`,
    )
  const place = filePlaceOf(settings)
  // What such a command does is over in a moment: sweeping is the server's.
  const options = { ...boundByAnApp(note), sweepSeconds: 0, needsSlots }
  const { files, close } = await openFiles(place, secrets, settings, options)
  try {
    return await use({ files, settings, place: asNamed(place), origin: note?.origin ?? '' })
  } finally {
    await close()
  }
}

function asNamed(place: FilePlace): FilePlace {
  if (place.kind === 'bucket') return place
  const root = path.relative('', place.root) || '.'
  return { ...place, root, shown: root }
}

/**
 * `serve` takes no bound links; with none running, links are those of an app that has a `bindOf`.
 * Nothing is served here, so nobody asks ours.
 */
function boundByAnApp(note: ServerNote | null): Pick<TitofistoOptions, 'bindOf'> {
  return note === null ? { bindOf: () => null } : {}
}

/**
 * The running server, if it serves what is asked for. Of several that serve one folder, the newest.
 *
 * @throws CliFailure with exit code 2 where several run and nothing says which is meant.
 */
function findServer(given: Settings, about: string | undefined): ServerNote | null {
  const state = openStateFolder(statePathOf(given))
  const all = state === null ? [] : readServerNotes(state)
  const isWanted = servesWanted(given)
  const fitting = all.filter(({ settings }) => isWanted(settings))
  const [first = null] = fitting
  const named = fitting.find(({ origin }) => about?.startsWith(`${origin}/`))
  if (named !== undefined || first === null) return named ?? null
  const firstPlace = placeIn(first.settings)
  if (fitting.every(({ settings }) => placeIn(settings) === firstPlace)) return first
  const list = fitting.map(({ origin, settings }) => `${origin} serves ${placeIn(settings)}`)
  const flags = fitting.some(({ settings }) => settings.s3 !== undefined)
    ? '--root or --s3'
    : '--root'
  throw wrongUsage(
    `Several servers run here: ${list.join(', ')}. Say which is meant with ${flags}.`,
  )
}

type NotedTexts = ServerNote['settings']

/** What tells whether a server serves the place that was asked for; any, where none was. */
function servesWanted(given: Settings): (texts: NotedTexts) => boolean {
  const root = given.find('root')
  if (given.find('s3') !== null) {
    const { shown } = filePlaceOf(given)
    const endpoint = given.find('s3Endpoint')?.text
    return ({ s3, s3Endpoint }) =>
      s3 === shown && (endpoint === undefined || endpoint === s3Endpoint)
  }
  const wanted = root === null ? null : path.resolve(root.text)
  return (texts) => wanted === null || texts.root === wanted
}

/** Tells the places of servers apart. */
function placeIn({ root = '', s3, s3Endpoint }: NotedTexts): string {
  if (s3 === undefined) return root
  return s3Endpoint === undefined ? s3 : `${s3} of ${s3Endpoint}`
}

/**
 * The newest running server that serves a folder of this machine, or one that it is in; where none
 * does, the newest that serves a bucket, if that is the newest of all. `null` where there is none.
 */
export function findServerAround(given: Settings, folder: string): ServerNote | null {
  const state = openStateFolder(statePathOf(given))
  const wanted = path.resolve(folder)
  const notes = state === null ? [] : readServerNotes(state)
  if (given.find('s3') !== null) {
    const isWanted = servesWanted(given)
    return notes.find(({ settings }) => isWanted(settings)) ?? null
  }
  const [newest] = notes
  const isInBucket = newest?.settings.s3 !== undefined && given.find('root') === null
  return (
    notes.find(({ settings: { root } }) => root !== undefined && isWithin(wanted, root)) ??
    (isInBucket ? newest : null)
  )
}

function isWithin(folder: string, root: string): boolean {
  const way = path.relative(root, folder)
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)
}
