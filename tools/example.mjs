// @ts-check
// `npm run example`: the school's photos (examples/school-photos/), right after `git clone`. What it
// keeps is in example-school/, and there again the next time.

import { ensureBuilt } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { runOnTerminal } from './project.mjs'

await ensureInstalled()
await ensureBuilt()
const args = ['examples/school-photos/main.mjs', ...process.argv.slice(2)]
process.exitCode = await runOnTerminal(process.execPath, args)
