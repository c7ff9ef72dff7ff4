// Which folder a file store is in: for who looks after what lies beside its slots.

import type { SlotStore } from './store.ts'

const folders = new WeakMap<SlotStore, string>()

/** Notes a store's folder, an absolute path, and gives the store. */
export function inFolder(folder: string, store: SlotStore): SlotStore {
  folders.set(store, folder)
  return store
}

/** The folder of a file store; `undefined` for any other store. */
export function folderOfStore(store: SlotStore): string | undefined {
  return folders.get(store)
}
