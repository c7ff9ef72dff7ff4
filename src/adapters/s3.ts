// The face of `titofisto/s3`: files in a bucket of S3, by the client of `@aws-sdk/client-s3`. Nothing but
// this face leads to that package.

export { createS3Storage } from '../storage/s3/s3.ts'
export type { S3Storage } from '../storage/s3/s3.ts'
export type { S3ClientLike, S3StorageOptions } from '../storage/s3/s3-options.ts'
