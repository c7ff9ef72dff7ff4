// The files of a folder of the storage, all pages of them.

import type { FileFacts, Storage } from '../storage/storage.ts'
import type { FileVerbs } from '../storage/verbs/file-verbs.ts'

/** What is in a folder: a file, or a folder whose name ends with a slash. */
export type InFolder = FileFacts | { readonly folder: string }

/**
 * What is in a folder: all files below it, or its own files and folders. `''` is the root.
 *
 * @throws TitofistoError `storage-failed`, `name-invalid`
 */
export async function* listIn(
  storage: Storage & FileVerbs,
  folder: string,
  isRecursive: boolean,
): AsyncGenerator<InFolder> {
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  let after = ''
  while (true) {
    const page = isRecursive
      ? { folders: [], ...(await storage.list({ prefix, after })) }
      : await storage.listFolder(prefix, { after })
    for (const name of page.folders) yield { folder: name }
    yield* page.files
    if (page.next === null) return
    after = page.next
  }
}
