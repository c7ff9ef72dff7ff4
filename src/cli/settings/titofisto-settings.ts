// Settings, which are texts, become options of createTitofisto; what is wrong with an option is
// said in the words of whoever set it: `--timeout`, not `timeoutSeconds`.

import { titofistoDefaults, type TitofistoOptions } from '../../titofisto-options.ts'
import { wrongUsage } from '../cli-failure.ts'
import { parseDuration } from '../duration.ts'
import { flagOf, type Found, type SettingName, type Settings } from './settings.ts'

/** Each option that a setting decides: the setting, and how its text is read. */
const optionsOfSettings = {
  mediaUrl: ['mediaUrl', readText],
  mountPath: ['mountPath', readText],
  timeoutSeconds: ['timeout', readSeconds],
  param: ['param', readText],
  publicNamespace: ['publicNamespace', ({ text }) => (text === 'false' ? false : text)],
  stableSeconds: ['stable', readSeconds],
  // Whether it is one of these words, createTitofisto says.
  cors: ['cors', ({ text }) => (text === 'false' ? false : (text as 'links'))],
  crossOriginResourcePolicy: ['crossOriginResourcePolicy', ({ text }) => text as 'same-site'],
  interop: ['interop', ({ text }) => text as 'django'],
  useTz: ['useTz', readBoolean],
  timeZone: ['timeZone', readText],
} as const satisfies {
  readonly [Option in keyof TitofistoOptions]?: readonly [
    SettingName,
    (value: Found) => TitofistoOptions[Option],
  ]
}

/** The options that settings decide. */
export type SetOptions = Pick<TitofistoOptions, keyof typeof optionsOfSettings>

/**
 * Turns settings into options; what is not set is left out.
 *
 * @throws CliFailure with exit code 2, naming the flag or variable, for what can't be parsed.
 */
export function toTitofistoOptions(settings: Settings): SetOptions {
  const options: Record<string, unknown> = {}
  for (const [option, [name, read]] of Object.entries(optionsOfSettings)) {
    const value = settings.find(name)
    if (value !== null) options[option] = read(value)
  }
  return options
}

/** How many seconds a link lives, unless its own terms say otherwise. @throws CliFailure as {@link readSeconds} */
export function readTimeout(settings: Settings): number {
  const timeout = settings.find('timeout')
  return timeout === null ? titofistoDefaults.timeoutSeconds : readSeconds(timeout)
}

function readText({ text }: Found): string {
  return text
}

/** Reads a duration. @throws CliFailure with exit code 2, naming the flag or variable. */
export function readSeconds(value: Found): number {
  const seconds = parseDuration(value.text)
  if (seconds === null)
    throw wrongUsage(`${value.source} must be seconds or a duration such as 45s, 30m, 1h or 7d.`)
  return seconds
}

function readBoolean(value: Found): boolean {
  if (value.text !== 'true' && value.text !== 'false')
    throw wrongUsage(`${value.source} must be "true" or "false".`)
  return value.text === 'true'
}

/** What the user set an option by: `--timeout`, `TITOFISTO_TIMEOUT`; `null` where no setting decides it. */
export function sourceOf(option: string, settings: Settings): string | null {
  if (!Object.hasOwn(optionsOfSettings, option)) return null
  const [name] = optionsOfSettings[option as keyof SetOptions]
  return settings.find(name)?.source ?? `--${flagOf(name)}`
}
