// @ts-check
// `npm start`: a running server with a sample folder, right after `git clone`. Arguments go to
// `titofisto serve`: `npm start -- --port 8080`.

import { ensureBuilt } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { runOnTerminal } from './project.mjs'

await ensureInstalled()
await ensureBuilt()
const args = ['dist/cli/main.js', 'serve', '--demo', ...process.argv.slice(2)]
process.exitCode = await runOnTerminal(process.execPath, args)
