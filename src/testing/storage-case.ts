// What the cases of the storage contract are made of.

import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isTitofistoError } from '../errors.ts'
import type { TitofistoErrorCode } from '../error-codes.ts'
import { maxNameBytes } from '../storage/names/file-name.ts'
import type { ListOptions, OpenedFile, Storage } from '../storage/storage.ts'

/**
 * What a storage may lack, for a reason:
 *
 * - `all-names`: it takes names of every language. FAT takes some only.
 * - `lasting-opens`: what is open can be read to its end after it was replaced or removed. An object
 *   store may have to say `storage-failed` then; other bytes it must never give.
 * - `atomic-replaces`: a file that is replaced is there all the time. Many of FUSE take its name away
 *   first where somebody has it open.
 * - `atomic-moves`: of many moves and removals of one file at once one wins, and the others are told.
 *   An object store copies and removes.
 */
export type StorageAbility = 'all-names' | 'lasting-opens' | 'atomic-replaces' | 'atomic-moves'

/** One thing that a storage must do. */
export interface StorageCase {
  /** The fact, as the end of a sentence that begins with "a storage". */
  readonly name: string
  /** Only for storages that can do this. Missing: for all. */
  readonly needs?: StorageAbility
  /**
   * Rejects where the storage doesn't do it. The storage must be empty, and is not used again.
   * @example
   * import { mkdtemp } from 'node:fs/promises'
   * import { createLocalStorage } from 'titofisto'
   * import { storageContract } from 'titofisto/testing'
   *
   * for (const { run } of storageContract)
   *   await run(createLocalStorage({ root: await mkdtemp('./contract-') }))
   */
  readonly run: (storage: Storage) => Promise<void>
}

/** A file whose bytes are their own offsets. */
export function offsets(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, offset) => offset % 251)
}

/** Opens a file that must be there. */
export async function openFile(storage: Storage, name: string): Promise<OpenedFile> {
  const opened = await storage.open(name)
  assert.ok(opened !== null, `there is no ${name}`)
  return opened
}

/** Reads some of an open file. */
export async function readSpan(
  opened: OpenedFile,
  startByte: number,
  endByte: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of opened.chunks(startByte, endByte)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Reads a whole file. */
export async function readFile(storage: Storage, name: string): Promise<Buffer> {
  const opened = await openFile(storage, name)
  try {
    return await readSpan(opened, 0, opened.facts.sizeBytes)
  } finally {
    await opened.close()
  }
}

/** Reads a whole file of text. */
export async function readText(storage: Storage, name: string): Promise<string> {
  return (await readFile(storage, name)).toString()
}

/** The names of one page of a listing. */
export async function listNames(storage: Storage, options?: ListOptions): Promise<string[]> {
  return (await storage.list(options)).files.map((facts) => facts.name)
}

/** Writes a finished file into the spool, and gives its path. */
export async function spool(storage: Storage, text: string): Promise<string> {
  await mkdir(storage.spoolFolder, { recursive: true })
  spooled += 1
  const path = join(storage.spoolFolder, `upload-${spooled}`)
  await writeFile(path, text)
  return path
}

let spooled = 0

/** Checks that an error of ours comes, with this code. */
export async function rejectsWith(
  code: TitofistoErrorCode,
  work: Promise<unknown>,
  about?: string,
): Promise<void> {
  await assert.rejects(
    work,
    (error) => {
      assert.ok(isTitofistoError(error), `a TitofistoError, not ${String(error)}`)
      assert.equal(error.code, code, about)
      return true
    },
    about,
  )
}

const brokenNames = ['', '.', '..', '../x', '/x', 'x/', 'a//b', 'a/../b', 'a\\b', 'a\0b', 'a\nb']
const reservedNames = ['.titofisto', '.titofisto/tmp/x', 'a/.titofisto/x', 'a/.titofisto-x']

/** What is no name at all, or reserved for the storage itself. */
export const noNames: readonly string[] = [
  ...brokenNames,
  ...reservedNames,
  'a\ud800',
  'n'.repeat(maxNameBytes + 1),
]
