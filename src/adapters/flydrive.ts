// titofisto/flydrive: for FlyDrive 1.3 and 2, and AdonisJS's drive, which is made of it.

export { createDriveDriver } from './flydrive-driver.ts'
export { createDriveUrls } from './flydrive-urls.ts'
export type { DriveClasses, DriveListOptions, TitofistoDriver } from './flydrive-driver.ts'
export type { DriveReadOptions } from './flydrive-range.ts'
export type {
  DriveOptions,
  DriveUrlBuilder,
  DriveUrlHook,
  DriveUrlOptions,
} from './flydrive-urls.ts'
export type { OriginOption } from './absolute-url.ts'
