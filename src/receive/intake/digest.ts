// The digests a client may send along: Content-Digest and Repr-Digest (RFC 9530) with sha-256 and
// sha-512, and the old Content-MD5 (RFC 1864). They are computed only when sent. A digest that can't
// be read is refused rather than ignored: whoever sends one wants to be checked.

import { createHash, type Hash } from 'node:crypto'
import { TitofistoError } from '../../errors.ts'
import type { Incoming } from '../../http/exchange.ts'
import { parseDictionary } from '../../http/structured-dictionary.ts'

/** A digest that the bytes must have. */
export interface ExpectedDigest {
  /** The header field it came in, for messages. */
  readonly field: string
  readonly algorithm: 'sha256' | 'sha512' | 'md5'
  readonly digest: Buffer
}

/**
 * Reads the digests a request sends along; other algorithms than ours are passed over.
 *
 * `Repr-Digest` is read where the body is the whole representation, so not for a piece of one.
 * @throws TitofistoError `upload-malformed` where one can't be read.
 */
export function readDigests(
  incoming: Incoming,
  options: { readonly isPiece: boolean } = { isPiece: false },
): readonly ExpectedDigest[] {
  const expected: ExpectedDigest[] = []
  readDigestField(incoming, 'Content-Digest', expected)
  if (!options.isPiece) readDigestField(incoming, 'Repr-Digest', expected)
  const md5 = incoming.header('content-md5')
  if (md5 !== undefined) {
    const digest = decodeBase64(md5.trim())
    if (digest?.length !== 16) throw unreadable('Content-MD5')
    expected.push({ field: 'Content-MD5', algorithm: 'md5', digest })
  }
  return expected
}

const algorithms = [
  ['sha-256', 'sha256', 32],
  ['sha-512', 'sha512', 64],
] as const

function readDigestField(incoming: Incoming, field: string, expected: ExpectedDigest[]): void {
  const text = incoming.header(field.toLowerCase())
  if (text !== undefined) expected.push(...parseDigests(field, text))
}

/**
 * Reads what a digest field says; other algorithms than ours are passed over.
 *
 * @throws TitofistoError `upload-malformed`
 */
export function parseDigests(field: string, text: string): readonly ExpectedDigest[] {
  const expected: ExpectedDigest[] = []
  const dictionary = parseDictionary(text)
  if (dictionary === null) throw unreadable(field)
  for (const [key, algorithm, lengthBytes] of algorithms) {
    const value = dictionary.get(key)
    if (value === undefined) continue
    const digest = value.startsWith(':') ? decodeBase64(value.slice(1, -1)) : null
    if (digest?.length !== lengthBytes) throw unreadable(field)
    expected.push({ field, algorithm, digest })
  }
  return expected
}

/** Writes what {@link parseDigests} has read; a record that keeps it grows by no more than that. */
export function formatDigests(digests: readonly ExpectedDigest[]): string {
  const keyOf = new Map<string, string>(algorithms.map(([key, algorithm]) => [algorithm, key]))
  return digests
    .map(({ algorithm, digest }) => `${keyOf.get(algorithm)}=:${digest.toString('base64')}:`)
    .join(', ')
}

function unreadable(field: string): TitofistoError {
  return new TitofistoError(
    'upload-malformed',
    `The header field ${field} can't be read. ${
      field === 'Content-MD5'
        ? 'It takes 16 bytes as base64.'
        : 'It takes "sha-256=:BASE64:" or "sha-512=:BASE64:" (RFC 9530).'
    }`,
  )
}

/** Decodes base64 with its padding, and nothing else; Node alone would pass over what is foreign. */
export function decodeBase64(text: string): Buffer | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** Checks passing bytes against digests. */
export interface DigestCheck {
  take(chunk: Buffer): void
  /** To be asked once. @throws TitofistoError `upload-digest-mismatch` where the bytes are not those that were meant. */
  verify(): void
}

/** Makes a check, or `null` where nothing is to be checked. */
export function createDigestCheck(expected: readonly ExpectedDigest[]): DigestCheck | null {
  if (expected.length === 0) return null
  const hashes = new Map<string, Hash>()
  for (const { algorithm } of expected)
    if (!hashes.has(algorithm)) hashes.set(algorithm, createHash(algorithm))
  return {
    take(chunk) {
      for (const hash of hashes.values()) hash.update(chunk)
    },
    verify() {
      const found = new Map<string, Buffer>()
      for (const [algorithm, hash] of hashes) found.set(algorithm, hash.digest())
      for (const { field, algorithm, digest } of expected)
        if (found.get(algorithm)?.equals(digest) !== true)
          throw new TitofistoError(
            'upload-digest-mismatch',
            `The bytes that came don't have the ${field} that was sent. Send them again.`,
            { field },
          )
    },
  }
}
