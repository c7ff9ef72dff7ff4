// @ts-check
// `npm test`: everything. Arguments go to vitest: `npm test -- test/contracts`.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from './build.mjs'
import { runChecks } from './check.mjs'
import { ensureInstalled } from './install.mjs'
import { ensureMoto } from './moto.mjs'
import { runOnTerminal, toolPath } from './project.mjs'
import { ensureSystemPackages } from './system-packages.mjs'

await ensureInstalled()
await ensureSystemPackages()
await ensureMoto()

const steps = [...(await runChecks()), await checkedBuild()]
const tests = await runTests(process.argv.slice(2))

const failedSteps = steps.filter((step) => !step.passed).map((step) => step.name)
// Said again, since a long run has scrolled the first mention away.
if (failedSteps.length > 0) console.log(`Failed: ${failedSteps.join(', ')}`)

const passed = steps.filter((step) => step.passed).length + tests.passed
const failed = failedSteps.length + tests.failed
console.log(
  `${passed} passed, ${failed} failed${tests.skipped ? `, ${tests.skipped} skipped` : ''}`,
)
process.exitCode = failed === 0 ? 0 : 1

async function checkedBuild() {
  const { status, output } = await build()
  if (status !== 0) console.error(`\n── build ──\n${output.trim()}`)
  return { name: 'build', passed: status === 0 }
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<import('./tally-reporter.mjs').Tally>}
 */
async function runTests(args) {
  const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-test-'))
  const tallyFile = path.join(folder, 'tally.json')
  try {
    const status = await runOnTerminal(
      toolPath('vitest'),
      ['run', '--reporter=default', '--reporter=./tools/tally-reporter.mjs', ...args],
      { TITOFISTO_TALLY_FILE: tallyFile },
    )
    const tally = readTally(tallyFile)
    // A run that failed without a failed test (bad arguments, a crash) is a failure too.
    return status !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} file
 * @returns {import('./tally-reporter.mjs').Tally}
 */
function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, skipped: 0 } // vitest ended before it could report
  }
}
