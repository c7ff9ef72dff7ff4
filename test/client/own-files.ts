// Files whose bytes tell them apart, and what is known of them.

import { createHash } from 'node:crypto'

/** Bytes that are no others: they depend on the seed and on where they stand. */
export function bytesOf(sizeBytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes)
  for (let index = 0; index < sizeBytes; index++) bytes[index] = (index * 31 + (index >> 8)) ^ seed
  return bytes
}

/** A file as somebody chose it: the same one each time, until it is changed. */
export function fileOf(
  sizeBytes: number,
  { seed = 7, name = 'film.bin', lastModified = 1_700_000_000_000 } = {},
): File {
  const type = 'application/x-film'
  return new File([bytesOf(sizeBytes, seed)], name, { type, lastModified })
}

/** The SHA-256 of such a file's bytes. */
export function sha256Of(sizeBytes: number, seed = 7): string {
  return createHash('sha256').update(bytesOf(sizeBytes, seed)).digest('hex')
}
