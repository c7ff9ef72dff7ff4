// @ts-check
// npm, for whatever installs: a registry that stalls or breaks off in the middle of a package ends npm
// itself at once (it repeats requests, never bodies), and what it has fetched by then is in its cache.

import { setTimeout as sleep } from 'node:timers/promises'
import { projectFolder, run } from './project.mjs'

const maxAttempts = 3

/** By which npm's own setting, five minutes, is replaced: how long a registry may say nothing. */
const idleMilliseconds = 60_000

/** What npm ends with where another attempt may do, and never for what the registry refuses. */
const passingTrouble =
  /code (EIDLETIMEOUT|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ECONNRESET|EPIPE|EAI_AGAIN|EINTEGRITY|ERR_STREAM_PREMATURE_CLOSE|Z_BUF_ERROR|E429|E5\d\d)\b/u

/**
 * Runs an npm command that installs, again where the way to the registry broke. Never rejects.
 * @param {readonly string[]} args
 * @param {string} [cwd] Default: the project folder.
 * @param {NodeJS.ProcessEnv} [env] Added to our own environment.
 * @returns {Promise<import('./project.mjs').Run>} The last attempt.
 */
export async function install(args, cwd = projectFolder, env = {}) {
  // `npm test --silent` must not silence npm's errors.
  const settings = {
    npm_config_loglevel: 'error',
    npm_config_fetch_timeout: String(idleMilliseconds),
    ...env,
  }
  for (let attempt = 1; ; attempt++) {
    const done = await run('npm', [...args, '--no-audit', '--no-fund'], settings, cwd)
    const trouble = done.status === 0 ? undefined : passingTrouble.exec(done.output)?.[1]
    if (trouble === undefined || attempt === maxAttempts) return done
    console.error(`The way to the registry broke (${trouble}); npm is asked again ...`)
    await sleep(1000 * attempt)
  }
}
