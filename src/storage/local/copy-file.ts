// Copies a file into a private path, with its mode, sharing blocks where the file system can.

import { constants, createReadStream, createWriteStream } from 'node:fs'
import { copyFile, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { closeDescriptor, flushDescriptor, openDescriptor } from './descriptor.ts'
import type { LocalFolder } from './held-folder.ts'
import type { LocalRoot } from './local-root.ts'
import { isUnsupported } from '../system-error.ts'
import { newTemporaryPath, noteTemporary, removeQuietly } from './temporary-files.ts'

/** Copies a file to a new path among the storage's unfinished ones, and gives it. */
export async function copyToTemporary(
  root: LocalRoot,
  path: string,
  durable: boolean,
): Promise<string> {
  const copyPath = newTemporaryPath(root)
  await copyWhole(path, copyPath, durable)
  return copyPath
}

/** A private file beside those of a folder. */
interface CopyBeside {
  readonly path: string
  /** Removes it, if it is still there. Never rejects. */
  remove(): Promise<void>
}

/** Copies a file into the folder itself, which may be on another file system than the root. */
export async function copyBeside(
  root: LocalRoot,
  {
    path,
    folder,
    folderName,
  }: { readonly path: string; readonly folder: LocalFolder; readonly folderName: string },
  durable: boolean,
): Promise<CopyBeside> {
  const noted = await noteTemporary(root, folderName)
  const copyPath = folder.entryPath(noted.name)
  const remove = async (): Promise<void> => {
    await removeQuietly(copyPath)
    await noted.forget()
  }
  try {
    await copyWhole(path, copyPath, durable)
  } catch (error) {
    await remove()
    throw error
  }
  return { path: copyPath, remove }
}

async function copyWhole(path: string, copyPath: string, durable: boolean): Promise<void> {
  try {
    await copyFile(path, copyPath, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch(
      async (error: unknown) => {
        // Some of FUSE can neither share blocks nor copy by themselves.
        if (!isUnsupported(error)) throw error
        await pipeline(
          createReadStream(path),
          createWriteStream(copyPath, { mode: (await stat(path)).mode & 0o777 }),
        )
      },
    )
    if (durable) await flushFile(copyPath)
  } catch (error) {
    await removeQuietly(copyPath)
    throw error
  }
}

async function flushFile(path: string): Promise<void> {
  const descriptor = await openDescriptor(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    await flushDescriptor(descriptor)
  } finally {
    await closeDescriptor(descriptor)
  }
}
