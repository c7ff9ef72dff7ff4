// A file's time of change, as exact as its storage knows it.

import type { FileFacts } from './storage.ts'

/** In nanoseconds since 1970. */
export function exactMtimeNs({ mtimeMs, mtimeNs }: FileFacts): bigint {
  return mtimeNs === undefined ? BigInt(Math.floor(mtimeMs)) * 1_000_000n : BigInt(mtimeNs)
}
