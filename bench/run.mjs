// @ts-check
// npm run bench -- GROUP... [--rounds N] [--seconds N] [--only ours,send,...] [--on tmpfs|disk]
//   [--before DIST] [--no-build]

import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { moveToLoadCore } from './measure/cores.mjs'
import { prepareBench } from './measure/install.mjs'
import { isNginxThere } from './measure/nginx.mjs'
import { writeReport } from './measure/report.mjs'
import { memoryFolder } from './measure/work-folder.mjs'

/**
 * How much to measure.
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} seconds For each server, each round.
 * @property {(name: string) => boolean} isWanted Whether a peer takes part; ours always does.
 * @property {(placeName: 'tmpfs' | 'disk') => boolean} isPlaceWanted Where uploads go.
 * @property {string | null} beforeDist The `dist/` of an older build of ours to compare with.
 */

/** @type {Record<string, () => Promise<(effort: Effort) => Promise<import('./measure/report.mjs').Report>>>} */
const groups = {
  signing: async () => (await import('./groups/signing.mjs')).signing,
  small: async () => (await import('./groups/small.mjs')).small,
  random: async () => (await import('./groups/random.mjs')).random,
  connections: async () => (await import('./groups/connections.mjs')).connections,
  large: async () => (await import('./groups/large.mjs')).large,
  stalled: async () => (await import('./groups/stalled.mjs')).stalled,
  upload: async () => (await import('./groups/upload.mjs')).upload,
  'upload-small': async () => (await import('./groups/upload-small.mjs')).uploadSmall,
  'upload-many': async () => (await import('./groups/upload-many.mjs')).uploadMany,
  'upload-stalled': async () => (await import('./groups/upload-stalled.mjs')).uploadStalled,
  mint: async () => (await import('./groups/mint.mjs')).mint,
  stores: async () => (await import('./groups/stores.mjs')).stores,
}

process.exitCode = await main()

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      only: { type: 'string' },
      // Uploads to one place alone.
      on: { type: 'string' },
      // An older build of ours takes part: what did a change cost?
      before: { type: 'string' },
      // Measures dist/ as it is, also where a source is newer.
      'no-build': { type: 'boolean', default: false },
    },
  })
  const rounds = Number(values.rounds)
  const seconds = Number(values.seconds)
  const unknown = positionals.filter((name) => !(name in groups))
  const beforeDist = values.before === undefined ? null : path.resolve(values.before)
  const isBeforeThere = beforeDist === null || existsSync(path.join(beforeDist, 'index.js'))
  if (!isBeforeThere) console.error(`There is no index.js in ${beforeDist}.`)
  if (
    positionals.length === 0 ||
    unknown.length > 0 ||
    !(rounds >= 1) ||
    !(seconds > 0) ||
    !isBeforeThere
  ) {
    console.error(
      `Usage: npm run bench -- GROUP... [--rounds N] [--seconds N] [--only NAME,...] [--on tmpfs|disk] [--before DIST] [--no-build]\nGroups: ${Object.keys(groups).join(', ')}`,
    )
    return 2
  }
  await prepareBench({ mayBuild: !values['no-build'] })
  moveToLoadCore()
  const only = values.only?.split(',')
  const hasNginx = isNginxThere()
  if (!hasNginx) console.error('nginx is not installed: it is left out.')
  /** @param {string} name */
  function isWanted(name) {
    if (name.startsWith('nginx') && !hasNginx) return false
    return only === undefined || only.includes(name)
  }
  /** @param {string} name */
  function isPlaceWanted(name) {
    return values.on === undefined || values.on === name
  }
  try {
    for (const name of positionals) {
      const measure = await groups[name]?.()
      if (measure === undefined) continue
      console.error(`${name}: ${rounds} rounds of ${seconds} s for each server ...`)
      const report = await measure({ rounds, seconds, isWanted, isPlaceWanted, beforeDist })
      console.log(writeReport(name, report, { rounds, seconds }))
    }
  } finally {
    rmSync(memoryFolder, { recursive: true, force: true })
  }
  return 0
}
