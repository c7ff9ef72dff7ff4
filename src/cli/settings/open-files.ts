// What `serve`, `url` and `explain` all begin with: where the files are, the secret, and titofisto over both.

import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { createLocalStorage } from '../../storage/local/local.ts'
import type { Storage } from '../../storage/storage.ts'
import type { FileVerbs } from '../../storage/verbs/file-verbs.ts'
import { createTitofisto, type Titofisto } from '../../titofisto.ts'
import { inUsersWords, refused, systemCode } from '../cli-failure.ts'
import type { FilePlace } from './file-place.ts'
import { openBucket } from './open-bucket.ts'
import { openSlotEngine, type SlotEngine } from './open-slot-engine.ts'
import { sourceOf, toTitofistoOptions } from './titofisto-settings.ts'
import type { TitofistoOptions } from '../../titofisto-options.ts'
import type { Settings } from './settings.ts'

/** Files behind time tokens, wherever they are. */
export type CliFiles = Titofisto<Storage & FileVerbs>

/** Files, with the connections that lead to them. */
export interface OpenFiles {
  readonly files: CliFiles
  /** Looks whether the place of the files takes new ones. @throws TitofistoError */
  readonly readyForUploads: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What a command wants of them. */
export interface OpenOptions extends Partial<
  Pick<TitofistoOptions, 'bindOf' | 'log' | 'sweepSeconds'>
> {
  /** Whether slots are asked for: only then is their engine connected to. */
  readonly needsSlots: boolean
}

/**
 * Puts files behind time tokens, as the settings say.
 *
 * @throws CliFailure where they can't be served, or a setting is wrong.
 */
export async function openFiles(
  place: FilePlace,
  secrets: readonly string[],
  settings: Settings,
  { needsSlots, ...more }: OpenOptions,
): Promise<OpenFiles> {
  const options = toTitofistoOptions(settings)
  // What an engine lacks is for the server's log: other commands are over in a moment.
  const log = more.log ?? (() => {})
  const { storage, readyForUploads, closePlace } = await openPlace(place, settings, log)
  let engine: SlotEngine | null = null
  async function disconnect(): Promise<void> {
    await engine?.close()
    closePlace()
  }
  try {
    if (needsSlots) engine = await openSlotEngine(settings, log)
    const slotStore = engine === null ? {} : { slotStore: engine.store }
    const files = createTitofisto({ ...options, ...more, ...slotStore, secret: secrets, storage })
    return { files, readyForUploads, close: () => files.close().then(disconnect) }
  } catch (error) {
    await disconnect()
    throw inUsersWords(error, (option) => sourceOf(option, settings))
  }
}

interface OpenPlace extends Pick<OpenFiles, 'readyForUploads'> {
  readonly storage: Storage & FileVerbs
  readonly closePlace: () => void
}

async function openPlace(
  place: FilePlace,
  settings: Settings,
  log: NonNullable<OpenOptions['log']>,
): Promise<OpenPlace> {
  if (place.kind === 'bucket') {
    const { storage, close } = await openBucket(place, settings, log)
    return { storage, readyForUploads: () => storage.ready(), closePlace: close }
  }
  checkFolder(place.root)
  const storage = createLocalStorage({ root: path.resolve(place.root) })
  return { storage, readyForUploads: async () => {}, closePlace() {} }
}

function checkFolder(root: string): void {
  let isFolder: boolean
  try {
    isFolder = statSync(root).isDirectory()
    if (isFolder) accessSync(root, constants.R_OK | constants.X_OK)
  } catch (error) {
    throw refused(whyNotReadable(root, systemCode(error)), error)
  }
  if (!isFolder) throw refused(`${root} is not a folder.`)
}

function whyNotReadable(root: string, code: string): string {
  switch (code) {
    case 'ENOENT':
      return `There is no folder ${root}. Create it, or name another.`
    case 'EACCES':
    case 'EPERM':
      return `The folder ${root} can't be read: permission denied.`
    default:
      return `The folder ${root} can't be read (${code}).`
  }
}
