// A server of files whose own heap is small pays for it: the buffers of the network count against
// V8's limit for old objects, which is 19 MB where 8 are alive, and each time that it is reached all
// of the heap is collected, 25 to 50 times for an upload of a gigabyte. An application holds 15 MB or more,
// and never sees this. So we hold some, too (decisions/028).

/** Enough for V8 to leave room; what is in it is no pointer, so that no collection looks into it. */
const heldBytes = 16 * 1024 * 1024

let held: readonly number[] | null = null

/** Keeps this process's heap as large as an application's. Costs 16 MiB of memory. */
export function keepHeapRoomy(): void {
  held ??= Array.from({ length: heldBytes / 8 }, () => 0.5)
}
