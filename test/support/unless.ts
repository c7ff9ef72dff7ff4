// Suites and tests that can't run everywhere: skipped, with the reason in their names, which is where
// `npm test` shows it. A skip without one fails the run.

import { describe, it } from 'vitest'
import type { TestOptions } from 'vitest'

/** `describe`, left out where there is a reason to. */
export function describeUnless(
  whyNot: string | null,
  name: string,
  suite: () => void,
  options: TestOptions = {},
): void {
  describe.skipIf(whyNot !== null)(withReason(name, whyNot), options, suite)
}

/** `it`, left out where there is a reason to. */
export function itUnless(whyNot: string | null, name: string, test: () => Promise<void>): void {
  it.skipIf(whyNot !== null)(withReason(name, whyNot), test)
}

function withReason(name: string, whyNot: string | null): string {
  return whyNot === null ? name : `${name} (skipped: ${whyNot})`
}
