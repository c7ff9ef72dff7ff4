// A large upload may cost a full collection of the heap for each 20 MiB of it. The network's buffers
// count against V8's limit for old objects, and are freed by collections of young objects, which come
// only when enough of those were made: a server that copies bytes to a disk makes few. And V8 sets that
// limit just above what is alive, on Node 24 always, on Node 20 once it has tidied up an idle process,
// until its old objects grow by 10 MiB. Where too many full collections are seen, we do both for it: make
// young objects that nobody keeps, and hold some old ones while uploads come (decisions/052).

import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

const mebibyte = 1024 * 1024
/** In so much of what comes there are at most two full collections where all is well. */
const windowMebibytes = 128
const fewestFull = 3
/** For so much of what comes something is done; then it is looked anew whether it is needed. */
const lastingMebibytes = 1024
/** More than V8 wants to see, taken a MiB at a time: all of it at once would be felt. */
const mostHeldMebibytes = 16
/**
 * A heap that is nearly full is collected often, too, and must be left what it has. Up to 192 MiB of what
 * is free by V8's words are for young objects alone (Node 24).
 */
const leastFreeBytes = 256 * mebibyte
/**
 * So long after the last large upload what is held is let go, and nobody looks any more. V8 tidies up
 * after some 8 s without work, and must not find it then.
 */
const idleMs = 2000

/** What {@link createFullCollections} works with. */
export interface Collections {
  /** Calls back after each full collection, until the function that it gives is called. */
  onFull(tell: () => void): () => void
  /** Makes a MiB of young objects, and keeps none. */
  makeYoung(): void
  /** Makes a MiB of old objects. */
  makeOld(): object
  /** How many bytes of objects there may be more, by V8's words. */
  readFreeBytes(): number
}

/** To be told of each MiB of an upload. May cost 16 MiB of memory while they come. */
export const avoidFullCollections: () => void = createFullCollections({
  onFull: observeFull,
  makeYoung,
  makeOld,
  readFreeBytes() {
    const { heap_size_limit: limitBytes, used_heap_size: usedBytes } = getHeapStatistics()
    return limitBytes - usedBytes
  },
})

/** Makes what keeps full collections of the heap seldom, where they come too often. */
export function createFullCollections(collections: Collections): () => void {
  let stopLooking: (() => void) | null = null
  let idle: NodeJS.Timeout | null = null
  let fullCount = 0
  let windowLeft = windowMebibytes
  let lastingLeft = 0
  let held: object[] = []

  function rest(): void {
    idle = null
    stopLooking?.()
    stopLooking = null
    fullCount = 0
    held = []
  }

  return () => {
    if (idle === null) idle = setTimeout(rest, idleMs).unref()
    else idle.refresh()
    stopLooking ??= collections.onFull(() => {
      fullCount += 1
      if (fullCount >= fewestFull) lastingLeft = lastingMebibytes
    })
    windowLeft -= 1
    if (windowLeft === 0) {
      windowLeft = windowMebibytes
      fullCount = 0
    }
    if (lastingLeft === 0) return
    lastingLeft -= 1
    collections.makeYoung()
    if (collections.readFreeBytes() < leastFreeBytes) held = []
    else if (held.length < mostHeldMebibytes) held.push(collections.makeOld())
    if (lastingLeft === 0) held = []
  }
}

function observeFull(tell: () => void): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (isFull(entry)) tell()
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

/** Node's types leave out what it says of a collection. */
function isFull({ detail }: PerformanceEntry & { readonly detail?: unknown }): boolean {
  const kind = typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : 0
  return kind === constants.NODE_PERFORMANCE_GC_MAJOR
}

/** From 128 KiB on V8 counts an array as a large object. */
const arrayBytes = 8 * 1024

function makeYoung(): void {
  for (let made = 0; made < mebibyte; made += arrayBytes) {
    const numbers: number[] = []
    // Room for as many, made at once.
    numbers.length = arrayBytes / 8
    numbers[0] = made
  }
}

/** So large that V8 counts it as old at once. */
function makeOld(): object {
  return Array.from<number>({ length: mebibyte / 8 }).fill(0.5)
}
