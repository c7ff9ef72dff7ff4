// Removes all files of a folder. Each removal stands by itself: what was interrupted is called again.

import { checkOptions, type OptionRules } from '../../options.ts'
import { mapAtOnce } from '../map-at-once.ts'
import { checkUserFileName } from '../names/reserved-name.ts'
import { aSignal } from '../storage-options.ts'
import type { Storage } from '../storage.ts'

/** How a folder is removed. */
export interface DeleteFolderOptions {
  /** Stops; what was removed by then is gone. */
  readonly signal?: AbortSignal
}

/** See `FileVerbs.deleteFolder`. */
export async function deleteFolder(
  storage: Storage,
  folder: string,
  options: DeleteFolderOptions,
): Promise<number> {
  checkOptions('deleteFolder()', options, rules)
  const { signal } = options
  // Always a whole folder's name, so that `users/1` never means `users/10`, and nothing means all.
  const text = typeof folder === 'string' && folder.endsWith('/') ? folder.slice(0, -1) : folder
  const prefix = `${checkUserFileName(text)}/`
  let count = 0
  for (let after: string | null = ''; after !== null;) {
    signal?.throwIfAborted()
    const page = await storage.list({ prefix, after })
    await mapAtOnce(page.files, maxAtOnce, async ({ name }) => {
      signal?.throwIfAborted()
      // Another one may have removed it meanwhile.
      if (await storage.delete(name)) count++
    })
    after = page.next
  }
  return count
}

const rules: OptionRules<DeleteFolderOptions> = {
  signal: aSignal,
}

const maxAtOnce = 8
