// What the slot kind `save` does with an upload: it keeps the files, and answers with links.

import { cleanReceivedName } from '../../receive/intake/received-name.ts'
import { toAbsoluteUrl } from '../absolute-url.ts'
import type { UploadedFile } from '../../receive/uploaded-file.ts'
import type { SlotCall } from '../../slots/kinds/handler-call.ts'
import type { Titofisto } from '../../titofisto.ts'
import type { SlotArgs } from './slot-args.ts'

/** A file that was kept. */
export interface SavedUpload {
  readonly name: string
  readonly url: string
  readonly sizeBytes: number
  readonly sha256?: string
}

/** What the uploader is told: the first file, and all of them where there are several. */
export interface SaveAnswer extends SavedUpload {
  readonly files?: readonly SavedUpload[]
}

/** Keeps all files of an upload, or none. */
export async function saveUpload(
  files: Titofisto,
  origin: string,
  call: Pick<SlotCall<SlotArgs>, 'args' | 'file' | 'files' | 'signal'>,
): Promise<SaveAnswer> {
  const { args, signal } = call
  const saved: string[] = []
  async function save(file: UploadedFile): Promise<SavedUpload> {
    signal.throwIfAborted()
    const sha256 = args.sha256 ? await file.sha256() : undefined
    const name = await file.save(nameToSave(args.prefix, file.name), { signal })
    saved.push(name)
    const url = await files.url(name)
    return {
      name,
      url: toAbsoluteUrl(url, origin),
      sizeBytes: file.sizeBytes,
      ...(sha256 !== undefined && { sha256 }),
    }
  }
  try {
    const first = await save(call.file)
    if (call.files.length === 1) return first
    const all = [first]
    for (const file of call.files.slice(1)) all.push(await save(file))
    return { ...first, files: all }
  } catch (error) {
    // The client is told that it failed and may send everything again.
    for (const name of saved) await files.storage.delete(name)
    throw error
  }
}

/**
 * The name to save a file under. It never begins with a dot: an uploader must not be able to write
 * `.env` or `.htaccess` into a folder that some program looks for them in.
 */
export function nameToSave(prefix: string, name: string): string {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const start = prefix.slice(folder.length)
  const fileName = start + name
  // Cleaned again where the start of the name leaves too little room for the rest.
  const fitting =
    Buffer.byteLength(fileName) > maxFileNameBytes ? cleanReceivedName(fileName) : fileName
  return (
    folder + (start === '' ? fitting.replace(/^\.+/, (dots) => '_'.repeat(dots.length)) : fitting)
  )
}

const maxFileNameBytes = 254
