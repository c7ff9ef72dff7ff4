// The face of the package: what is named here is public, nothing else.

export { createTitofisto } from './titofisto.ts'
export { isTitofistoError, TitofistoError } from './errors.ts'
export { createLocalStorage } from './storage/local.ts'
export { redact } from './redact.ts'
export type { Titofisto } from './titofisto.ts'
export type { TitofistoOptions } from './titofisto-options.ts'
export type { TitofistoErrorCode } from './errors.ts'
export type { UrlOptions } from './media/link.ts'
export type { Explanation } from './media/explain.ts'
export type { Log, LogEntry } from './log.ts'
export type { NodeHandler } from './http/node.ts'
export type { FetchHandler } from './http/fetch.ts'
export type {
  FileFacts,
  FileList,
  FileSource,
  ListOptions,
  OpenedFile,
  SaveOptions,
  Storage,
} from './storage/storage.ts'
