// SIGTERM and SIGINT ask a server to stop; a second one, not to wait any longer.

import { constants } from 'node:os'

/** Signals this close together are one: under npm a single Ctrl-C arrives two or three times. */
const sameSignalMs = 500

/** Resolves at the first signal; a later one ends the process at once, with 128 and its number. */
export function waitForStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | null = null
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        firstMs ??= performance.now()
        if (performance.now() - firstMs > sameSignalMs)
          process.exit(128 + constants.signals[signal])
        resolve(signal)
      })
  })
}
