// Which file this is, so that no upload ever goes on with another's bytes. It goes to the server when
// an upload begins (tus: Upload-Metadata), comes back when it is asked for, and goes along with each
// piece, which the server refuses where it differs.

/** The most bytes that are looked at: so many places, so many bytes at each. */
const places = 32
const placeBytes = 4096

/**
 * What a file is known by: name, type, size, when it was changed, and bytes from all over it. What
 * has no such time (a recording, a picture that was drawn) is known only as long as it is held here.
 *
 * @throws DOMException where the file can't be read any more.
 */
export async function describeFile(file: Blob, fileName: string | undefined): Promise<string> {
  const changedMs = 'lastModified' in file ? Number(file.lastModified) : null
  const identity =
    changedMs === null ? randomText() : `${file.size}.${changedMs}.${await hashSample(file)}`
  const pairs = [
    ['filename', fileName],
    ['filetype', file.type],
    ['fingerprint', identity],
  ]
  return pairs.flatMap(([key = '', value]) => (value ? `${key} ${toBase64(value)}` : [])).join(',')
}

/** A text that nobody guesses. Not `randomUUID()`: without TLS browsers have none. */
export function randomText(): string {
  return toText(crypto.getRandomValues(new Uint32Array(4)))
}

async function hashSample(file: Blob): Promise<string> {
  const lastStart = Math.max(0, file.size - placeBytes)
  const starts = Array.from({ length: places }, (_, place) =>
    Math.floor((lastStart * place) / (places - 1)),
  )
  const sample = new Blob(starts.map((start) => file.slice(start, start + placeBytes)))
  return hash(new Uint8Array(await sample.arrayBuffer()))
}

/**
 * 128 bits in four lanes, each as FNV-1a does it with a multiplier of its own. No cryptography, which
 * browsers lack without TLS: who forges a fingerprint harms only the upload that is theirs anyway.
 */
export function hash(bytes: Uint8Array): string {
  const mix = (multiplier: number): number =>
    bytes.reduce((lane, byte) => Math.imul(lane ^ byte, multiplier), 0x811c9dc5) >>> 0
  return toText(multipliers.map(mix))
}

const multipliers = [0x01000193, 0x5bd1e995, 0x9e3779b1, 0xc2b2ae3d]

function toText(numbers: Iterable<number>): string {
  return [...numbers].map((number) => number.toString(36)).join('.')
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
