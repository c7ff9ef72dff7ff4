// @ts-check
// Test files that take long, and that few changes break: `npm run matrix` runs them, `npm test` does
// not, since it is to end within half an hour on two cores.

import { runsAllClients } from './system-packages.mjs'

const longTests = [
  'test/browser/two-gibibytes.test.ts',
  'test/cli/s3.test.ts',
  'test/client/app.test.ts',
  'test/fault/other-machine.test.ts',
  'test/fault/slot-store-file-systems.test.ts',
  'test/file-systems/mounted.test.ts',
  'test/file-systems/refusing-calls.test.ts',
  'test/interop/mint-elsewhere.test.ts',
  'test/middleware/zoo.test.ts',
  'test/slots/memory.test.ts',
  'test/slots/two-gibibytes.test.ts',
  'test/soak/soak.test.ts',
]

/** Those that this run leaves out. */
export const leftOutTests = runsAllClients() ? [] : longTests
