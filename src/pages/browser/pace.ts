// How fast it goes, and how long it will take: by the last seconds, so that neither jumps.

/** A speed, and what it means for what is left. */
export interface Pace {
  readonly bytesPerSecond: number
  readonly secondsLeft: number
}

const windowMs = 8000
/** What a first second says is mostly how large the buffers are. */
const leastMs = 1500

/** Makes a meter of an upload; told how far it is, it gives its pace, or `null` while nobody knows. */
export function createPaceMeter(
  totalBytes: number,
): (sentBytes: number, nowMs: number) => Pace | null {
  let samples: { readonly sentBytes: number; readonly atMs: number }[] = []
  return (sentBytes, atMs) => {
    // It went on from an earlier place.
    if (sentBytes < (samples.at(-1)?.sentBytes ?? 0)) samples = []
    samples.push({ sentBytes, atMs })
    while (samples.length > 2 && (samples[1]?.atMs ?? atMs) < atMs - windowMs) samples.shift()
    const first = samples[0]
    if (first === undefined || atMs - first.atMs < leastMs) return null
    const bytesPerSecond = ((sentBytes - first.sentBytes) * 1000) / (atMs - first.atMs)
    if (bytesPerSecond <= 0) return null
    return { bytesPerSecond, secondsLeft: (totalBytes - sentBytes) / bytesPerSecond }
  }
}
