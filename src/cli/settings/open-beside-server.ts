// `url` and `explain` speak for the running server where there is one, and for the settings alone
// where there is none.

import path from 'node:path'
import { findSecrets, fingerprintOf } from './find-secrets.ts'
import { openFiles } from './open-files.ts'
import { readServerNote, type ServerNote } from './server-note.ts'
import { readSettings, withFallback, type Settings } from './settings.ts'
import { openStateFolder, statePathOf } from './state-folder.ts'
import { findUntrusted } from './working-folder.ts'
import type { Titofisto } from '../../titofisto.ts'
import type { TitofistoOptions } from '../../titofisto-options.ts'
import type { Arguments } from '../arguments.ts'

/** Files, and the server that serves them. */
export interface FilesBesideServer {
  readonly files: Titofisto
  readonly settings: Settings
  /** The folder as the user would name it. */
  readonly root: string
  /** The running server's, for {@link toAbsoluteUrl}; `''` where none runs. */
  readonly origin: string
}

/**
 * Opens the files with the settings of the running server, unless others are given.
 *
 * @throws CliFailure as openFiles, findSecrets and readSettings.
 */
export function openBesideServer(
  args: Arguments,
  more: Partial<Pick<TitofistoOptions, 'sweepSeconds'>> = {},
): FilesBesideServer {
  const given = readSettings(args, process.env)
  for (const sentence of findUntrusted(given)) console.error(`titofisto: warning: ${sentence}`)
  const note = findServer(given)
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

/** The running server, if it serves what is asked for. */
function findServer(given: Settings): ServerNote | null {
  const state = openStateFolder(statePathOf(given))
  const note = state === null ? null : readServerNote(state)
  const root = given.find('root')
  const servesAnother =
    root !== null &&
    note?.settings.root !== undefined &&
    path.resolve(root.text) !== note.settings.root
  return servesAnother ? null : note
}
