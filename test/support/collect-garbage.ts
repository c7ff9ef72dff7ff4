// Memory is what is left after a collection; before one, it is mostly what nobody holds any more.

import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collects all garbage, and waits until its memory is given back, which other threads do. */
export async function collectGarbage(): Promise<void> {
  // The flag counts from the next context on, and is taken back: other tests run without.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  for (let time = 0; time < 3; time++) {
    collect()
    await setTimeout(100)
  }
}
