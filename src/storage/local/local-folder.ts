// Folders held open: everything done in one goes through its descriptor, so that a folder swapped
// for a link between the check and the use leads nowhere.

import { constants, fstatSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { TitofistoError } from '../../errors.ts'
import { closeQuietly, flushFolder, giveMode, openDescriptor } from './descriptor.ts'
import { descriptorPath, readDescriptorPlace } from './descriptor-place.ts'
import { pooledCalls, type FileCalls } from './file-calls.ts'
import { folderPath, isInside, type LocalRoot } from './local-root.ts'
import type { LocalFolder } from './held-folder.ts'
import { isNameRefused } from './probe-name.ts'
import {
  isAbsence,
  isDenial,
  nameRefused,
  systemCodeOf,
  toNamingError,
  toStorageError,
} from '../system-error.ts'

/**
 * Opens the folder of this name, `''` for the root; `null` where there is none inside the root that we
 * may read.
 *
 * `links: 'refuse'` takes no symbolic link on the way, whatever the root's own rule.
 */
export async function openLocalFolder(
  root: LocalRoot,
  name: string,
  links: LocalRoot['symlinks'] = root.symlinks,
  calls: FileCalls = pooledCalls,
): Promise<LocalFolder | null> {
  const path = folderPath(root, name)
  let descriptor: number
  try {
    descriptor = await calls.open(path, asFolder)
  } catch (error) {
    if (isAbsence(error)) return null
    throw toStorageError(error, 'open a folder')
  }
  const stats = fstatSync(descriptor, nanoseconds)
  root.seenFolders.note(path, stats.dev)
  const place = readDescriptorPlace(descriptor, path, stats)
  if (place === null || !(links === 'refuse' ? place === path : isInside(root, place))) {
    closeQuietly(descriptor)
    return null
  }
  return createFolder(descriptor, place)
}

/** How missing folders are made. */
export interface FolderMaking {
  /** Their exact mode, whatever the process's umask. */
  readonly folderMode: number
  /** Whether each new folder is flushed to the disk before anything is put into it. */
  readonly durable: boolean
  /** How a folder that is there already is opened. */
  readonly calls: FileCalls
}

/**
 * Opens the folder of this name, and makes what is missing of it.
 *
 * @throws TitofistoError `name-taken` where a part of the name is no folder, `name-invalid` where a
 * link leads out of the root, `storage-full`, `storage-failed`
 */
export async function openOrMakeLocalFolder(
  root: LocalRoot,
  name: string,
  making: FolderMaking,
): Promise<LocalFolder> {
  const existing = await openLocalFolder(root, name, root.symlinks, making.calls)
  if (existing !== null) return existing
  let folder = await openLocalFolder(root, '')
  if (folder === null)
    throw new TitofistoError('storage-failed', "The storage's root folder is gone.")
  const walked: string[] = []
  for (const part of name === '' ? [] : name.split('/')) {
    walked.push(part)
    const parent: LocalFolder = folder
    try {
      folder = await openOrMakePart(root, parent, walked, making)
    } catch (error) {
      if (await isNameRefused(parent, part, error)) throw nameRefused(error, walked.join('/'))
      throw toNamingError(error, 'make a folder', walked.join('/'))
    } finally {
      parent.close()
    }
  }
  return folder
}

const asFolder =
  constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK | constants.O_NOCTTY

const nanoseconds = { bigint: true } as const

function createFolder(descriptor: number, place: string): LocalFolder {
  const path = descriptorPath(descriptor, place)
  return {
    path,
    entryPath: (name) => `${path}/${name}`,
    flush: async () => void (await flushFolder(descriptor)),
    close: () => closeQuietly(descriptor),
  }
}

async function openOrMakePart(
  root: LocalRoot,
  parent: LocalFolder,
  walked: readonly string[],
  making: FolderMaking,
): Promise<LocalFolder> {
  const path = parent.entryPath(walked.at(-1) ?? '')
  const isNew = await makeFolder(path, making.folderMode)
  const descriptor = await openDescriptor(path, asFolder).catch((error: unknown) => {
    throw isAbsence(error) && !isDenial(error) ? notAFolder(walked.join('/'), error) : error
  })
  try {
    const stats = fstatSync(descriptor, nanoseconds)
    const place = readDescriptorPlace(descriptor, root.prefix + walked.join('/'), stats)
    if (place === null || !isAllowed(root, place, walked)) throw leadsAway(root, walked.join('/'))
    if (isNew) {
      await giveMode(descriptor, making.folderMode)
      if (making.durable) await parent.flush()
    }
    return createFolder(descriptor, place)
  } catch (error) {
    closeQuietly(descriptor)
    throw error
  }
}

/** `true` where it was made, `false` where something was there. */
async function makeFolder(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, mode)
    return true
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false
    throw error
  }
}

function isAllowed(root: LocalRoot, place: string, walked: readonly string[]): boolean {
  return root.symlinks === 'refuse'
    ? place === root.prefix + walked.join('/')
    : isInside(root, place)
}

function notAFolder(fileName: string, cause: unknown): TitofistoError {
  return new TitofistoError(
    'name-taken',
    "A part of this file name before its last slash is taken by something that isn't a folder.",
    { fileName, cause },
  )
}

function leadsAway(root: LocalRoot, fileName: string): TitofistoError {
  const rule = root.symlinks === 'refuse' ? 'is a symbolic link' : 'leads out of the root folder'
  return new TitofistoError(
    'name-invalid',
    `A part of this file name before its last slash ${rule}.`,
    { fileName },
  )
}
