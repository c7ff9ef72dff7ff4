// Settings, which are texts, become options of createTitofisto; what is wrong with an option is
// said in the words of whoever set it: `--timeout`, not `timeoutSeconds`.

import { wrongUsage } from '../cli-failure.ts'
import { parseDuration } from '../duration.ts'
import { flagOf } from './settings.ts'
import type { TitofistoOptions } from '../../titofisto-options.ts'
import type { Found, SettingName, Settings } from './settings.ts'

/** The options that settings decide. */
export type SetOptions = Pick<
  TitofistoOptions,
  | 'mediaUrl'
  | 'mountPath'
  | 'timeoutSeconds'
  | 'param'
  | 'publicNamespace'
  | 'stableSeconds'
  | 'interop'
  | 'useTz'
  | 'timeZone'
>

/**
 * Turns settings into options; what is not set is left out.
 *
 * @throws CliFailure with exit code 2, naming the flag or variable, for what can't be parsed.
 */
export function toTitofistoOptions(settings: Settings): SetOptions {
  const mediaUrl = settings.find('mediaUrl')
  const mountPath = settings.find('mountPath')
  const timeout = settings.find('timeout')
  const param = settings.find('param')
  const publicNamespace = settings.find('publicNamespace')
  const stable = settings.find('stable')
  const interop = settings.find('interop')
  const useTz = settings.find('useTz')
  const timeZone = settings.find('timeZone')
  return {
    ...(mediaUrl && { mediaUrl: mediaUrl.text }),
    ...(mountPath && { mountPath: mountPath.text }),
    ...(timeout && { timeoutSeconds: readSeconds(timeout) }),
    ...(param && { param: param.text }),
    ...(publicNamespace && {
      publicNamespace: publicNamespace.text === 'false' ? false : publicNamespace.text,
    }),
    ...(stable && { stableSeconds: readSeconds(stable) }),
    ...(interop && { interop: readInterop(interop) }),
    ...(useTz && { useTz: readBoolean(useTz) }),
    ...(timeZone && { timeZone: timeZone.text }),
  }
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

function readInterop(value: Found): 'django' {
  if (value.text !== 'django') throw wrongUsage(`${value.source} can only be "django".`)
  return value.text
}

/**
 * Says in the user's words what createTitofisto says of its options; other errors stay as they are.
 */
export function nameTheSetting(error: unknown, settings: Settings): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return error
  const option = /Option "(\w+)"/.exec(error.message)?.[1] ?? ''
  const name = settingOf[option]
  if (name === undefined) return error
  const source = settings.find(name)?.source ?? `--${flagOf(name)}`
  return wrongUsage(error.message.replace(`Option "${option}"`, source), error)
}

const settingOf: Readonly<Record<string, SettingName>> = {
  mediaUrl: 'mediaUrl',
  mountPath: 'mountPath',
  timeoutSeconds: 'timeout',
  param: 'param',
  publicNamespace: 'publicNamespace',
  stableSeconds: 'stable',
  interop: 'interop',
  useTz: 'useTz',
  timeZone: 'timeZone',
}
