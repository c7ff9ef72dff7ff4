// @ts-check
// A vitest reporter: counts tests for `npm test` and shows why some were skipped; a skip without a reason
// fails. The JSON reporter knows no reasons, and counts neither a file that fails to load nor a failed hook.

import { writeFileSync } from 'node:fs'
import { leftOutTests } from './matrix-tests.mjs'

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

export default class TallyReporter {
  /** Whether a name was asked for: then all others are skipped, and need no reason. */
  #isFiltered = false

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#isFiltered = vitest.config.testNamePattern !== undefined
  }

  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {Tally} */
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    /** @type {Map<string, string[]>} */
    const skips = new Map()

    for (const module of modules) {
      for (const part of [module, ...module.children.allSuites()])
        tally.failed += part.errors().length
      for (const test of module.children.allTests()) {
        const result = test.result()
        tally[result.state === 'pending' ? 'failed' : result.state] += 1
        if (result.state !== 'skipped') continue
        // A suite that is skipped can say why in its name alone.
        const inName = /\(skipped: ([^)]*)\)/.exec(test.fullName)?.[1]
        const reason = result.note ?? inName
        if (reason === undefined && !this.#isFiltered) tally.failed += 1
        const key = `${module.relativeModuleId}: ${reason ?? 'NO REASON GIVEN'}`
        const names = skips.get(key) ?? []
        names.push(test.fullName)
        skips.set(key, names)
      }
    }

    showSlowest(modules)
    if (leftOutTests.length > 0) console.log(`left to npm run matrix: ${leftOutTests.join(', ')}`)
    for (const [reason, [first, ...others]] of skips) {
      const rest = others.length === 0 ? '' : ` and ${others.length} more`
      console.log(`skipped in ${reason} ("${first}"${rest})`)
    }
    const file = process.env['TITOFISTO_TALLY_FILE']
    if (file) writeFileSync(file, JSON.stringify(tally))
  }
}

/**
 * Shows what a run's time went into, so that nobody has to guess when it grows.
 * @param {readonly import('vitest/node').TestModule[]} modules
 */
function showSlowest(modules) {
  const files = modules.map((module) => {
    const { duration, collectDuration } = module.diagnostic()
    return { name: module.relativeModuleId, seconds: (duration + collectDuration) / 1000 }
  })
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, 25)
  if (files.length < 50) return
  for (const { name, seconds } of slowest) console.log(`slow: ${seconds.toFixed(0)} s ${name}`)
}
