// The face of the package: what is named here is public, nothing else.

export { createTitofisto } from './titofisto.ts'
export { isTitofistoError, TitofistoError } from './errors.ts'
export { createLocalStorage } from './storage/local.ts'
export { createFileSlotStore } from './slots/stores/file.ts'
export { createMemorySlotStore } from './slots/stores/memory.ts'
export { isSlotRejection, SlotRejection } from './slots/slot-rejection.ts'
export { getValidName } from './storage/valid-name.ts'
export { redact } from './redact.ts'
export type { Titofisto } from './titofisto.ts'
export type { TitofistoOptions } from './titofisto-options.ts'
export type { TitofistoErrorCode } from './errors.ts'
export type { SlotKind, Slots } from './slots/create-slots.ts'
export type { SlotDefinition } from './slots/define.ts'
export type { SlotCall, SlotFacts, SlotFile } from './slots/call.ts'
export type { SlotOverrides, SlotTicket } from './slots/mint.ts'
export type { SlotStatus } from './slots/status.ts'
export type { SlotRejectionOptions } from './slots/slot-rejection.ts'
export type { SlotId, SlotRecord, SlotState } from './slots/slot.ts'
export type { SlotStore } from './slots/stores/store.ts'
export type { LocalStorage } from './storage/local.ts'
export type { LocalStorageOptions } from './storage/local-options.ts'
export type { UrlOptions } from './media/link.ts'
export type { Explanation } from './media/explain.ts'
export type { Log, LogEntry } from './log.ts'
export type { NodeHandler } from './http/node/node-types.ts'
export type { FetchHandler } from './http/fetch-door.ts'
export type {
  AdoptOptions,
  FileFacts,
  FileList,
  FileSource,
  ListOptions,
  OpenedFile,
  SaveOptions,
  Storage,
} from './storage/storage.ts'
