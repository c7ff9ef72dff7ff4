// @ts-check
// node soak/planted/plant-and-soak.mjs staging|takeover [--seconds N] [--seed S] [--profile P]
// Puts a fault back and soaks until it is found. Ends with 0 if it was, with 1 if not.

import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { writeReport } from '../report.mjs'
import { soak } from '../soak.mjs'
import { plantedFaults } from './faults.mjs'
import { plant } from './plant.mjs'

process.exitCode = await main()

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      profile: { type: 'string' },
    },
  })
  const [name] = positionals
  if (name !== 'staging' && name !== 'takeover') {
    console.error(
      `Usage: node soak/planted/plant-and-soak.mjs ${Object.keys(plantedFaults).join('|')} [--seconds N] [--seed S] [--profile mix|forms|stalls]`,
    )
    return 2
  }
  const fault = plantedFaults[name]
  const seconds = Number(values.seconds)
  const seed = Number(values.seed)
  const profile = /** @type {import('../clients/plan.mjs').Profile} */ (
    values.profile ?? fault.profile
  )
  const planted = await plant(fault)
  try {
    const result = await soak({
      seconds,
      seed,
      profile,
      dist: planted.dist,
      clients: 16,
      untilFound: true,
    })
    console.log(writeReport(result, { seed, seconds, profile }))
    const isFound = result.faults.some((text) =>
      /should belong to|is no more what its handler read/.test(text),
    )
    console.log(isFound ? `found: ${fault.what}` : `NOT found: ${fault.what}`)
    // What was put there on purpose need not be looked into.
    if (isFound) rmSync(result.folder, { recursive: true, force: true })
    return isFound ? 0 : 1
  } finally {
    await planted.remove()
  }
}
