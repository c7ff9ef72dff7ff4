// What `serve`, `url` and `explain` all begin with: the folder, the secret, and titofisto over both.

import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { createLocalStorage, type LocalStorage } from '../../storage/local/local.ts'
import { createTitofisto, type Titofisto } from '../../titofisto.ts'
import { inUsersWords, refused, systemCode } from '../cli-failure.ts'
import { sourceOf, toTitofistoOptions } from './titofisto-settings.ts'
import type { TitofistoOptions } from '../../titofisto-options.ts'
import type { Settings } from './settings.ts'

/**
 * Puts the files of a folder behind time tokens, as the settings say.
 *
 * @throws CliFailure where the folder can't be served, or a setting is wrong.
 */
export function openFiles(
  root: string,
  secrets: readonly string[],
  settings: Settings,
  more: Partial<Pick<TitofistoOptions, 'bindOf' | 'log' | 'sweepSeconds'>> = {},
): Titofisto<LocalStorage> {
  const options = toTitofistoOptions(settings)
  checkFolder(root)
  try {
    const storage = createLocalStorage({ root: path.resolve(root) })
    return createTitofisto({ ...options, ...more, secret: secrets, storage })
  } catch (error) {
    throw inUsersWords(error, (option) => sourceOf(option, settings))
  }
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
