// Settings come from four places; the nearest to the person who types wins:
// flags, then the environment, then the file of --settings-file, then what the running server says of
// itself. But a command to be run never comes from a file, and nothing from a file that nobody named.

import { wrongUsage } from '../cli-failure.ts'
import { readSettingsFile, type SettingsFile } from '../settings-file.ts'
import { maskSlotsUrl } from './slots-url.ts'
import type { Arguments } from '../arguments.ts'

/**
 * What decides what a link is, without which two processes would not agree on it, each with the word
 * that stands for its value: `mediaUrl` is `--media-url` and `TITOFISTO_MEDIA_URL`.
 */
const valueWords = {
  root: 'FOLDER',
  s3: 'URL',
  s3Endpoint: 'URL',
  slots: 'URL',
  slotsPrefix: 'NAME',
  spool: 'FOLDER',
  mediaUrl: 'URL',
  mountPath: 'PATH',
  timeout: 'TIME',
  param: 'NAME',
  publicNamespace: 'FOLDER',
  stable: 'TIME',
  interop: 'django',
  useTz: 'BOOLEAN',
  timeZone: 'ZONE',
  secretFile: 'FILE',
  state: 'FOLDER',
  settingsFile: 'FILE',
} as const

/** A setting that decides what a link is. */
export type LinkSetting = keyof typeof valueWords

/** Settings that decide what a link is. */
export const linkSettings = Object.keys(valueWords) as readonly LinkSetting[]

/** Settings of the server alone. */
export const serverSettings = [
  'host',
  'port',
  'cors',
  'crossOriginResourcePolicy',
  'stopSeconds',
  'tlsCert',
  'tlsKey',
  'exec',
] as const

/** All that can be set. */
export const settingNames: readonly SettingName[] = [...linkSettings, ...serverSettings]

/** A setting's name. */
export type SettingName = LinkSetting | (typeof serverSettings)[number]

/** The end of a command's help: the settings that it shares with the server. */
export function helpOnSettings(names: readonly LinkSetting[] = linkSettings): string {
  const flags = names.map((name) => `--${flagOf(name)} ${valueWords[name]}`)
  const starts = [0, 6, 10, 14]
  const lines = starts.map((start, index) => flags.slice(start, starts[index + 1]).join(', '))
  return `  ${lines.join(',\n  ')}: as for "titofisto serve"\n`
}

/** A setting's text, and where it was found: `--port`, `TITOFISTO_PORT`, `TITOFISTO_PORT in FILE`. */
export interface Found {
  readonly text: string
  readonly source: string
}

/** All that was set. */
export interface Settings {
  /**
   * What was set, or `null`. An empty variable is one that was not set.
   *
   * @throws CliFailure with exit code 2 where it is a command to be run, set in a file.
   */
  find(name: SettingName): Found | null
  /** The variable TITOFISTO_SECRET; unlike the others it may be found empty. No flag: others see flags in `ps`. */
  readonly secret: Found | null
}

/**
 * Reads the settings from flags, environment and the file that these two name.
 *
 * @throws CliFailure as readSettingsFile.
 */
export function readSettings(args: Arguments, env: NodeJS.ProcessEnv): Settings {
  const named = args.text(flagOf('settingsFile')) ?? (env[variableOf('settingsFile')] || undefined)
  const file = named === undefined ? null : readSettingsFile(named)
  const places = [
    (name: SettingName) => found(args.text(flagOf(name)), `--${flagOf(name)}`),
    (name: SettingName) => found(env[variableOf(name)] || undefined, variableOf(name)),
    (name: SettingName) => (file === null ? null : foundInFile(name, file)),
  ]
  return {
    secret: found(env[secretVariable], secretVariable) ?? (file === null ? null : secretIn(file)),
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
  // A secret that was given is never looked for elsewhere.
  const isSecretNeeded = settings.secret === null && settings.find('secretFile') === null
  const isFileNew = texts.settingsFile !== undefined && settings.find('settingsFile') === null
  return {
    secret:
      isSecretNeeded && isFileNew && texts.settingsFile !== undefined
        ? secretIn(readSettingsFile(texts.settingsFile))
        : settings.secret,
    find: (name) =>
      settings.find(name) ??
      (name === 'slots' && isFileNew ? slotsInFile(texts) : null) ??
      found(texts[name], source),
  }
}

/** A note leaves a password out; the file that it names has it, if it is where the server had it from. */
function slotsInFile(texts: Readonly<Partial<Record<SettingName, string>>>): Found | null {
  const { slots, settingsFile } = texts
  if (slots === undefined || settingsFile === undefined) return null
  const inFile = foundInFile('slots', readSettingsFile(settingsFile))
  return inFile !== null && maskSlotsUrl(inFile.text) === slots ? inFile : null
}

const secretVariable = 'TITOFISTO_SECRET'

/** The flag of a setting, or of an option by its own name, without dashes: `expires-in` of `expiresIn`. */
export function flagOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** A setting's environment variable. */
export function variableOf(name: SettingName): string {
  return `TITOFISTO_${flagOf(name).replaceAll('-', '_').toUpperCase()}`
}

/** Naming a file of settings does not mean to run commands from it. */
function foundInFile(name: SettingName, { variables, shownPath }: SettingsFile): Found | null {
  const text = variables[variableOf(name)] || undefined
  const source = `${variableOf(name)} in ${shownPath}`
  if (name === 'exec' && text !== undefined)
    throw wrongUsage(
      `${source} is refused: a file must not say what is run. Take it out, and give "serve" its command by --exec or in the environment.`,
    )
  return found(text, source)
}

function secretIn({ variables, shownPath }: SettingsFile): Found | null {
  return found(variables[secretVariable], `${secretVariable} in ${shownPath}`)
}

function found(text: string | undefined, source: string): Found | null {
  return text === undefined ? null : { text, source }
}
