// The face of the package: what is named here is public, nothing else.

export { createTitofisto } from './titofisto.ts'
export { isTitofistoError, TitofistoError } from './errors.ts'
export { isOptionError } from './options.ts'
export { createLocalStorage } from './storage/local/local.ts'
export { withFileVerbs } from './storage/verbs/file-verbs.ts'
export { createFileSlotStore } from './slots/stores/file.ts'
export { createMemorySlotStore } from './slots/stores/memory.ts'
export { isSlotRejection, SlotRejection } from './slots/handling/slot-rejection.ts'
export { generateName, getValidName } from './storage/names/valid-name.ts'
export { redact } from './redact.ts'
export type { Titofisto } from './titofisto-api.ts'
export type { TitofistoEvent } from './titofisto-events.ts'
export type { TitofistoOptions } from './titofisto-options.ts'
export type { TitofistoErrorCode, TitofistoErrorFields } from './error-codes.ts'
export type { OptionError, OptionFault } from './options.ts'
export type { SlotKind, UploadResult } from './slots/slot-kind.ts'
export type { Slots } from './slots/slots.ts'
export type { SlotDefinition } from './slots/kinds/define-kind.ts'
export type { PlatformRequest, SlotCall, SlotFacts } from './slots/kinds/handler-call.ts'
export type { SlotOverrides, SlotTicket } from './slots/minting/mint.ts'
export type { SlotAnswer } from './slots/minting/slot-answer.ts'
export type { RequestOptions } from './slots/requests/make-request.ts'
export type {
  FileRequest,
  FileRequestStatus,
  FileRequestUpload,
} from './slots/requests/file-request.ts'
export type { FileRequests } from './slots/requests/file-requests.ts'
export type { SlotStatus } from './slots/minting/status.ts'
export type { SlotRejectionOptions } from './slots/handling/slot-rejection.ts'
export type { SlotId, SlotRecord, SlotState } from './slots/record/slot.ts'
export type { ListSlotsOptions, SlotPage, SlotStore } from './slots/stores/store.ts'
export type { FileSlotStoreOptions } from './slots/stores/file.ts'
export type { SweepReport } from './slots/sweep/sweep.ts'
export type { LocalStorage } from './storage/local/local.ts'
export type { LocalStorageOptions } from './storage/local/local-options.ts'
export type {
  FileFieldLimits,
  FormFields,
  Received,
  ReceivedFields,
  ReceiveOptions,
} from './receive/receive-options.ts'
export type { FileVerbs } from './storage/verbs/file-verbs.ts'
export type { DeleteFolderOptions } from './storage/verbs/delete-folder.ts'
export type { StreamOptions } from './storage/verbs/file-stream.ts'
export type { FolderPage, ListFolderOptions } from './storage/verbs/folder-page.ts'
export type { ReadOptions, ReadTextOptions } from './storage/verbs/read-file.ts'
export type { SaveFromUrlOptions } from './storage/verbs/save-from-url.ts'
export type { UploadLimits } from './receive/upload-limits.ts'
export type { UploadedFile } from './receive/uploaded-file.ts'
export type { PageField, PageOptions, UploadPageOptions } from './pages/page-options.ts'
export type { PageTexts } from './pages/words/page-texts.ts'
export type { UrlOptions } from './media/link.ts'
export type { Explanation } from './titofisto-explain.ts'
export type { Log, LogEntry } from './log.ts'
export type { NodeHandler } from './http/node/node-types.ts'
export type { ReceivableRequest } from './titofisto-request.ts'
export type { FetchHandler, FetchResponder, RespondOptions } from './http/fetch/fetch-door.ts'
export type { FileFacts, FileMetadata } from './storage/file-facts.ts'
export type { OpenedFile, Storage } from './storage/storage.ts'
export type { Delivery, ReadAhead, RedirectTerms, RedirectUrl } from './storage/delivery.ts'
export type {
  AdoptOptions,
  FileList,
  FileSource,
  ListOptions,
  SaveOptions,
} from './storage/storage-values.ts'
