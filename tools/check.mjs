// @ts-check
// `npm run check`: everything that can be told without running the code, in seconds.

import { ensureInstalled } from './install.mjs'
import { compilerPath, isStartedDirectly, run, toolPath } from './project.mjs'

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {boolean} passed
 * @property {string} output What the tool said.
 */

/** @type {readonly (readonly [name: string, command: string, args: readonly string[]])[]} */
const checks = [
  ['types', compilerPath, []],
  ['types of the page script', compilerPath, ['-p', 'src/pages/browser']],
  ["types of the owner's page script", compilerPath, ['-p', 'src/cli/browse/browser']],
  ['types of the element', compilerPath, ['-p', 'tsconfig.client.json', '--noEmit']],
  ['lint', toolPath('oxlint'), ['--type-aware', '--deny-warnings']],
  ['format', toolPath('oxfmt'), ['--check']],
  ['unused code', toolPath('knip'), ['--no-progress']],
  ['imports', process.execPath, ['tools/import-rule.mjs']],
  ['size of the client', process.execPath, ['tools/client-size.mjs']],
]

/**
 * Runs all checks at once and prints those that fail.
 * @returns {Promise<readonly Check[]>}
 */
export async function runChecks() {
  const results = await Promise.all(
    checks.map(async ([name, command, args]) => {
      const { status, output } = await run(command, args)
      return { name, passed: status === 0, output }
    }),
  )
  for (const { name, passed, output } of results) {
    if (!passed) console.error(`\n── ${name} ──\n${output.trim()}`)
  }
  return results
}

if (isStartedDirectly(import.meta.url)) {
  await ensureInstalled()
  const failed = (await runChecks()).filter((check) => !check.passed)
  if (failed.length > 0) {
    console.error(`\nFailed: ${failed.map((check) => check.name).join(', ')}`)
    process.exitCode = 1
  }
}
