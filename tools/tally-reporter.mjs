// @ts-check
// A vitest reporter: counts tests for `npm test` and shows why some were skipped. The JSON
// reporter knows no reasons, and counts neither a file that fails to load nor a failed hook.

import { writeFileSync } from 'node:fs'

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

export default class TallyReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {Tally} */
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    /** @type {Map<string, number>} */
    const skips = new Map()

    for (const module of modules) {
      for (const part of [module, ...module.children.allSuites()])
        tally.failed += part.errors().length
      for (const test of module.children.allTests()) {
        const result = test.result()
        tally[result.state === 'pending' ? 'failed' : result.state] += 1
        if (result.state !== 'skipped') continue
        const reason = `${module.relativeModuleId}: ${result.note ?? `no reason given (${test.fullName})`}`
        skips.set(reason, (skips.get(reason) ?? 0) + 1)
      }
    }

    for (const [reason, count] of skips) console.log(`skipped ${count} in ${reason}`)
    const file = process.env['TITOFISTO_TALLY_FILE']
    if (file) writeFileSync(file, JSON.stringify(tally))
  }
}
