// The browser's half: what is named here is public, nothing else.

export { upload } from './upload.ts'
export { isUploadError, UploadError } from './upload-error.ts'
export { refreshing } from './refreshing.ts'
export type { Upload } from './upload.ts'
export type { UploadOptions, UploadTarget } from './upload-options.ts'
export type { UploadProgress, UploadState } from './progress.ts'
export type { UploadErrorCode, UploadErrorFields } from './upload-error.ts'
export type { UploadFields } from './load.ts'
export type { UploadWords } from './words.ts'
export type { RefreshingUrl, RefreshOptions } from './refreshing.ts'
export type { FreshUrl } from './link-life.ts'
export type { LinkElement } from './show-link.ts'
