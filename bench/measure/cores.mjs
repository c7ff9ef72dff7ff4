// @ts-check
// Who runs where: the server under test on core 0, everything else on core 1.

import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The core of the server under test. */
export const serverCore = 0
const loadCore = 1

/**
 * Puts this process, with what it will start, on the load's core.
 * @throws Error where the machine can't do that.
 */
export function moveToLoadCore() {
  if (process.platform !== 'linux') throw new Error('The bench reads /proc: it needs Linux.')
  if (availableParallelism() < 2)
    throw new Error('The bench needs two cores, one for the server and one for the load.')
  execFileSync('taskset', ['-a', '-c', '-p', String(loadCore), String(process.pid)])
}
