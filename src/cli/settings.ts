// Settings come from four places; the nearest to the person who types wins:
// flags, then the environment, then a `.env` file, then what the running server says of itself.
// But a command to be run never comes from a file.

import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { refused, systemCode, wrongUsage } from './cli-failure.ts'
import type { Arguments } from './arguments.ts'

/** What can be set everywhere: `mediaUrl` is `--media-url` and `TITOFISTO_MEDIA_URL`. */
export const settingNames = [
  'root',
  'mediaUrl',
  'mountPath',
  'timeout',
  'param',
  'publicNamespace',
  'stable',
  'interop',
  'useTz',
  'timeZone',
  'secretFile',
  'state',
  'host',
  'port',
  'stopSeconds',
  'tlsCert',
  'tlsKey',
  'exec',
] as const

/** A setting's name. */
export type SettingName = (typeof settingNames)[number]

/** A setting's text, and where it was found: `--port`, `TITOFISTO_PORT`, `TITOFISTO_PORT in .env`. */
export interface Found {
  readonly text: string
  readonly source: string
}

/** All that was set. */
export interface Settings {
  /**
   * What was set, or `null`. An empty variable is one that was not set.
   *
   * @throws CliFailure with exit code 2 where it is a command to be run, set in `.env`.
   */
  find(name: SettingName): Found | null
  /** The variable TITOFISTO_SECRET; unlike the others it may be found empty. No flag: others see flags in `ps`. */
  readonly secret: Found | null
}

/**
 * Reads the settings from flags, environment and the `.env` file of the current folder.
 *
 * @throws CliFailure where there is a `.env` file that can't be read.
 */
export function readSettings(args: Arguments, env: NodeJS.ProcessEnv): Settings {
  const envFile = readEnvFile()
  const places = [
    (name: SettingName) => found(args.text(flagOf(name)), `--${flagOf(name)}`),
    (name: SettingName) => found(env[variableOf(name)] || undefined, variableOf(name)),
    (name: SettingName) => foundInEnvFile(name, envFile[variableOf(name)] || undefined),
  ]
  return {
    secret:
      found(env[secretVariable], secretVariable) ??
      found(envFile[secretVariable], `${secretVariable} in .env`),
    find(name) {
      for (const place of places) {
        const value = place(name)
        if (value !== null) return value
      }
      return null
    },
  }
}

/** Settings with a last place to look in. */
export function withFallback(
  settings: Settings,
  texts: Readonly<Partial<Record<SettingName, string>>>,
  source: string,
): Settings {
  return {
    secret: settings.secret,
    find: (name) => settings.find(name) ?? found(texts[name], source),
  }
}

const secretVariable = 'TITOFISTO_SECRET'

/** A setting's flag, without dashes. */
export function flagOf(name: SettingName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** A setting's environment variable. */
export function variableOf(name: SettingName): string {
  return `TITOFISTO_${flagOf(name).replaceAll('-', '_').toUpperCase()}`
}

/** A `.env` file may have come with the folder, by git or in an archive: it must not run commands. */
function foundInEnvFile(name: SettingName, text: string | undefined): Found | null {
  const source = `${variableOf(name)} in .env`
  if (name === 'exec' && text !== undefined)
    throw wrongUsage(
      `${source} is refused: a file in a folder must not say what is run. Take it out, and give "serve" its command by --exec or in the environment.`,
    )
  return found(text, source)
}

function found(text: string | undefined, source: string): Found | null {
  return text === undefined ? null : { text, source }
}

function readEnvFile(): NodeJS.Dict<string> {
  let text: string
  try {
    text = readFileSync('.env', 'utf8')
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') return {}
    // `.env` is a folder in some Python projects.
    if (code === 'EISDIR') return {}
    throw refused(`The file .env can't be read (${code}).`, error)
  }
  return parseEnv(text)
}
