// What a storage in S3 keeps on this machine: uploads that are not whole yet, files on their way to S3,
// and notes of what was begun there, so that a sweep finds what a crash has left.

import { randomUUID } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { TitofistoError } from '../../errors.ts'
import { orNull, toStorageError } from '../system-error.ts'
import type { Place } from './bucket.ts'

/** An upload in parts that was begun at S3. */
export interface UnfinishedUpload extends Place {
  readonly UploadId: string
  /** Says that it goes on. */
  readonly renew?: () => Promise<void>
}

/** A storage's folder on this machine. */
export interface StateFolder {
  readonly spoolFolder: string
  /** Makes the folders. @throws TitofistoError `storage-failed` */
  make(): void
  /** A path for a new file that whoever makes it removes. */
  newPath(): string
  /** Notes an upload that was begun. */
  note(
    upload: UnfinishedUpload,
  ): Promise<{ readonly renew: () => Promise<void>; readonly forget: () => Promise<void> }>
  /** Removes what is older; `abort` gives uploads up at S3. Gives the number. @throws TitofistoError */
  sweep(olderThanMs: number, abort: (upload: UnfinishedUpload) => Promise<boolean>): Promise<number>
}

const noteSuffix = '.upload'

/** Makes the view of it; nothing is written yet. */
export function openStateFolder(path: string): StateFolder {
  const root = resolve(path)
  const spoolFolder = join(root, 'spool')
  const temporaryFolder = join(root, 'tmp')

  function make(): void {
    try {
      mkdirSync(root, { recursive: true, mode: 0o700 })
      for (const folder of [spoolFolder, temporaryFolder]) makePrivate(folder)
    } catch (error) {
      throw toStorageError(error, 'make its state folder')
    }
  }

  return {
    spoolFolder,
    make,
    newPath() {
      make()
      return join(temporaryFolder, randomUUID())
    },
    async note({ Bucket, Key, UploadId }) {
      make()
      const notePath = join(temporaryFolder, randomUUID() + noteSuffix)
      const text = JSON.stringify({ Bucket, Key, UploadId })
      await writeFile(notePath, text, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
        throw toStorageError(error, 'write a note in its state folder')
      })
      return {
        async renew() {
          const now = new Date()
          await utimes(notePath, now, now).catch(() => {})
        },
        forget: () => unlink(notePath).catch(() => {}),
      }
    },
    async sweep(olderThanMs, abort) {
      let removed = 0
      for (const entry of (await orNull(['ENOENT'], () => readdir(temporaryFolder))) ?? []) {
        const entryPath = join(temporaryFolder, entry)
        const stats = await orNull(['ENOENT'], () => stat(entryPath))
        if (stats === null || !stats.isFile() || Date.now() - stats.mtimeMs < olderThanMs) continue
        if (entry.endsWith(noteSuffix)) {
          const upload = parseNote(await readFile(entryPath, 'utf8').catch(() => ''))
          if (upload !== null && !(await abort(upload))) continue
        }
        await unlink(entryPath).catch(() => {})
        removed += 1
      }
      return removed
    },
  }
}

/** A link there would lead uploads anywhere. */
function makePrivate(folder: string): void {
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) return
  if (stats !== undefined)
    throw new TitofistoError(
      'storage-failed',
      'Something that is no folder stands in the place of a folder in the stateFolder. Remove it.',
    )
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

function parseNote(text: string): UnfinishedUpload | null {
  try {
    const note: unknown = JSON.parse(text)
    if (typeof note !== 'object' || note === null) return null
    const { Bucket, Key, UploadId } = note as Record<string, unknown>
    if (typeof Bucket !== 'string' || typeof Key !== 'string' || typeof UploadId !== 'string')
      return null
    return { Bucket, Key, UploadId }
  } catch {
    return null
  }
}
