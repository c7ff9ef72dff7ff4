// `url` and `explain` speak for the running server where there is one, and for the settings alone
// where there is none.

import path from 'node:path'
import { wrongUsage } from '../cli-failure.ts'
import { findSecrets, fingerprintOf } from './find-secrets.ts'
import { openFiles } from './open-files.ts'
import { readServerNotes, type ServerNote } from './server-note.ts'
import { readSettings, withFallback, type Settings } from './settings.ts'
import { openStateFolder, statePathOf } from './state-folder.ts'
import { findUntrusted } from './working-folder.ts'
import type { LocalStorage } from '../../storage/local/local.ts'
import type { Titofisto } from '../../titofisto.ts'
import type { TitofistoOptions } from '../../titofisto-options.ts'
import type { Arguments } from '../arguments.ts'

/** Files, and the server that serves them. */
export interface FilesBesideServer {
  readonly files: Titofisto<LocalStorage>
  readonly settings: Settings
  /** The folder as the user would name it. */
  readonly root: string
  /** The running server's, for {@link toAbsoluteUrl}; `''` where none runs. */
  readonly origin: string
}

/**
 * Opens the files with the settings of the running server, unless others are given. `about`: a URL,
 * which may say which of several servers is meant.
 *
 * @throws CliFailure as openFiles, findSecrets and readSettings, and where several servers run and
 * nothing says which is meant.
 */
export function openBesideServer(
  args: Arguments,
  more: Partial<Pick<TitofistoOptions, 'sweepSeconds'>> = {},
  about?: string,
): FilesBesideServer {
  const given = readSettings(args, process.env)
  for (const sentence of findUntrusted(given)) console.error(`titofisto: warning: ${sentence}`)
  return openBeside(given, findServer(given, about), more)
}

/**
 * Opens the files with the settings of a server, unless others are given; `null`: of none.
 *
 * @throws CliFailure as openFiles and findSecrets.
 */
export function openBeside(
  given: Settings,
  note: ServerNote | null,
  more: Partial<Pick<TitofistoOptions, 'sweepSeconds'>> = {},
): FilesBesideServer {
  const settings = note === null ? given : withFallback(given, note.settings, 'the running server')
  const { secrets, source } = findSecrets(settings)
  if (note !== null && note.fingerprint !== fingerprintOf(secrets))
    console.error(
      `titofisto: warning: the server at ${note.origin} has another secret than this command (${source}); links of one don't work with the other.`,
    )
  const root = settings.find('root')?.text ?? '.'
  return {
    files: openFiles(root, secrets, settings, { ...boundByAnApp(note), ...more }),
    settings,
    root: path.relative('', root) || '.',
    origin: note?.origin ?? '',
  }
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
  const root = given.find('root')
  const wanted = root === null ? null : path.resolve(root.text)
  const fitting = all.filter(({ settings }) => wanted === null || settings.root === wanted)
  const [first = null] = fitting
  const named = fitting.find(({ origin }) => about?.startsWith(`${origin}/`))
  if (named !== undefined) return named
  if (fitting.every(({ settings }) => settings.root === first?.settings.root)) return first
  const list = fitting.map(({ origin, settings }) => `${origin} serves ${settings.root}`)
  throw wrongUsage(`Several servers run here: ${list.join(', ')}. Say which is meant with --root.`)
}

/** The newest running server that serves a folder, or one that it is in; `null` where none does. */
export function findServerAround(given: Settings, folder: string): ServerNote | null {
  const state = openStateFolder(statePathOf(given))
  const wanted = path.resolve(folder)
  const notes = state === null ? [] : readServerNotes(state)
  return (
    notes.find(({ settings: { root } }) => root !== undefined && isWithin(wanted, root)) ?? null
  )
}

function isWithin(folder: string, root: string): boolean {
  const way = path.relative(root, folder)
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)
}
