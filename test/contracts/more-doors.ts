// Doors that differ little from one that each run tries: older releases of a framework, and the same
// server hung in elsewhere.

import { it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { describeDoor } from './door-contract.ts'
import type { StartDoor } from './door.ts'
import { describeUnless } from '../support/unless.ts'

/** Runs the whole battery over a door, in `npm run matrix` alone. */
export function describeDoorInMatrix(name: string, start: StartDoor): void {
  if (runsAllClients()) describeDoor(name, start)
  else describeUnless('`npm run matrix` runs it', name, () => it('is a door'))
}
