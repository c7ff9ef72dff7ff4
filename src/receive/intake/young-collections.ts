// A large upload may cost a full collection of the heap for each 9 MiB of it. V8 sets its limit for old
// objects a tenth above what is alive where a program makes few objects itself, as a server does that was
// idle for some seconds (on Node 24, any), and the network's buffers count against it. They are freed by
// collections of young objects, which come when enough of those were made, so too late. Where this is
// seen, we make some: numbers that nobody keeps (decisions/052).

import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'

const mebibyte = 1024 * 1024
/** In so much of what comes there are at most two full collections where all is well. */
const windowMebibytes = 128
const fewestFull = 3
/** For so much of what comes they are made; then it is looked anew whether they are needed. */
const lastingMebibytes = 1024
/** So long after the last large upload nobody looks any more. */
const idleMs = 60_000

/** What {@link createYoungCollections} works with. */
export interface Collections {
  /** Calls back after each full collection, until the function that it gives is called. */
  onFull(tell: () => void): () => void
  /** Makes so many bytes of objects, and keeps none. */
  makeYoung(bytes: number): void
}

/** To be told of each MiB of an upload. */
export const hurryYoungCollections: () => void = createYoungCollections({
  onFull: observeFull,
  makeYoung,
})

/** Makes what hurries collections of young objects, where full ones come too often. */
export function createYoungCollections(collections: Collections): () => void {
  let stopLooking: (() => void) | null = null
  let idle: NodeJS.Timeout | null = null
  let fullCount = 0
  let windowLeft = windowMebibytes
  let makingLeft = 0

  function stop(): void {
    idle = null
    stopLooking?.()
    stopLooking = null
    fullCount = 0
    makingLeft = 0
  }

  return () => {
    if (idle === null) idle = setTimeout(stop, idleMs).unref()
    else idle.refresh()
    stopLooking ??= collections.onFull(() => {
      fullCount += 1
      if (fullCount >= fewestFull) makingLeft = lastingMebibytes
    })
    windowLeft -= 1
    if (windowLeft === 0) {
      windowLeft = windowMebibytes
      fullCount = 0
    }
    if (makingLeft === 0) return
    makingLeft -= 1
    collections.makeYoung(mebibyte)
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

function makeYoung(bytes: number): void {
  for (let made = 0; made < bytes; made += arrayBytes) {
    const numbers: number[] = []
    // Room for as many, made at once.
    numbers.length = arrayBytes / 8
    numbers[0] = made
  }
}
