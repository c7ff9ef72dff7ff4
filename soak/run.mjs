// @ts-check
// npm run soak -- [--minutes N | --seconds N] [--seed S] [--profile mix|forms|stalls] [--dist PATH]
//                 [--clients N] [--store files|redis|postgres] [--storage files|s3] [--until-found]

import path from 'node:path'
import { parseArgs } from 'node:util'
import { build, isBuildNeeded } from '../tools/build.mjs'
import { projectFolder } from '../tools/project.mjs'
import { writeReport } from './report.mjs'
import { storageNames } from './servers/bucket.mjs'
import { storeNames } from './servers/engine.mjs'
import { soak } from './soak.mjs'

process.exitCode = await main()

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      profile: { type: 'string', default: 'mix' },
      dist: { type: 'string' },
      clients: { type: 'string', default: '16' },
      store: { type: 'string', default: 'files' },
      storage: { type: 'string', default: 'files' },
      'until-found': { type: 'boolean', default: false },
    },
  })
  const seconds =
    values.seconds === undefined ? 60 * Number(values.minutes ?? 1) : Number(values.seconds)
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
  const clients = Number(values.clients)
  const { profile } = values
  const store = storeNames.find((name) => name === values.store)
  const storage = storageNames.find((name) => name === values.storage)
  const isProfile = profile === 'mix' || profile === 'forms' || profile === 'stalls'
  if (
    store === undefined ||
    storage === undefined ||
    !isProfile ||
    !(seconds > 0) ||
    !Number.isInteger(seed) ||
    !(clients >= 1)
  ) {
    console.error(
      'Usage: npm run soak -- [--minutes N | --seconds N] [--seed S] [--profile mix|forms|stalls] [--dist PATH] [--clients N] [--store files|redis|postgres] [--storage files|s3] [--until-found]',
    )
    return 2
  }
  if (values.dist === undefined && isBuildNeeded()) {
    const { status, output } = await build()
    if (status !== 0) {
      console.error(output)
      return 2
    }
  }
  const dist = path.resolve(values.dist ?? path.join(projectFolder, 'dist'))
  console.error(
    `soak: ${seconds} s, seed ${seed}, profile ${profile}, slots in ${store}, files in ${storage} ...`,
  )
  const interruption = new AbortController()
  process.once('SIGINT', () => interruption.abort()).once('SIGTERM', () => interruption.abort())
  const result = await soak({
    signal: interruption.signal,
    seconds,
    seed,
    profile,
    dist,
    clients,
    store,
    storage,
    untilFound: values['until-found'],
  })
  console.log(writeReport(result, { seed, seconds, profile, store, storage }))
  return result.faults.length === 0 ? 0 : 1
}
