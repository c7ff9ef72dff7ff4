// What we know of a local file, and whether a path still leads to that very file.

import { statSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import type { FileName } from './file-name.ts'
import type { FileFacts } from './storage.ts'

/** Makes a file's facts from one `fstat`. */
export function makeLocalFacts(name: FileName, stats: BigIntStats): FileFacts {
  const { mtimeNs, size, ino } = stats
  const sizeBytes = Number(size)
  return {
    name,
    sizeBytes,
    mtimeNs,
    changedMs: Number(stats.ctimeNs / 1_000_000n),
    // Whole microseconds: what programs that see times as doubles can recompute.
    version: `${floorDivide(mtimeNs, 1000n)}-${sizeBytes}`,
    etag: `"${mtimeNs.toString(36)}-${sizeBytes.toString(36)}-${ino.toString(36)}"`,
  }
}

/** Remembers which inode facts were read from, for {@link isSameInode}. */
export function rememberInode(facts: FileFacts, path: string, stats: BigIntStats): void {
  inodes.set(facts, {
    path,
    dev: Number(stats.dev),
    ino: Number(stats.ino),
    size: Number(stats.size),
    mtimeMs: toDoubleMs(stats.mtimeNs),
    ctimeMs: toDoubleMs(stats.ctimeNs),
  })
}

/**
 * Whether the path still leads to the inode these facts were read from, unchanged; `undefined` for
 * facts that were not remembered. One synchronous stat.
 *
 * Doubles tell times a quarter of a microsecond apart, which no two changes with a look between
 * them are, and a `stat` with them is 12 % faster than one with bigints (2.4 and 2.7 µs).
 */
export function isSameInode(facts: FileFacts): boolean | undefined {
  const inode = inodes.get(facts)
  if (inode === undefined) return undefined
  const stats = statSync(inode.path, quietly)
  return (
    stats !== undefined &&
    stats.ctimeMs === inode.ctimeMs &&
    stats.mtimeMs === inode.mtimeMs &&
    stats.ino === inode.ino &&
    stats.size === inode.size &&
    stats.dev === inode.dev
  )
}

interface Inode {
  readonly path: string
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

// Beside the facts rather than in them: these paths are nobody's business.
const inodes = new WeakMap<FileFacts, Inode>()

const quietly = { throwIfNoEntry: false } as const

/** Nanoseconds as Node's own `mtimeMs` has them, to the last bit. */
function toDoubleMs(ns: bigint): number {
  const seconds = floorDivide(ns, 1_000_000_000n)
  return Number(seconds) * 1000 + Number(ns - seconds * 1_000_000_000n) / 1_000_000
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient
}
