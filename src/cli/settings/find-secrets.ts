// Where the secret comes from: it is given, or one is generated once and kept in the state folder.

import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { secretRule } from '../../token/keyring.ts'
import { refused, systemCode, wrongUsage } from '../cli-failure.ts'
import { createStateFolder, statePathOf } from './state-folder.ts'
import type { Found, Settings } from './settings.ts'

/** Secrets, newest first, and where they came from in words. */
export interface FoundSecrets {
  readonly secrets: readonly string[]
  readonly source: string
}

/**
 * Finds the secrets: TITOFISTO_SECRET, or a file, or the state folder, where one is generated if
 * there is none.
 *
 * @throws CliFailure where it is weak, not readable, or the state folder is not private.
 */
export function findSecrets(settings: Settings): FoundSecrets {
  const file = settings.find('secretFile')
  const given = settings.secret
  if (file !== null && (given === null || file.source === '--secret-file'))
    return toSecrets(readSecretFile(file), `The secret in ${file.text} (${file.source})`)
  if (file !== null)
    throw wrongUsage(
      `Both ${given?.source} and ${file.source} are set; give the secret in one place.`,
    )
  if (given !== null) return toSecrets(given.text, given.source)
  return keepSecret(statePathOf(settings))
}

/** A new secret: 256 bits, as 43 characters of base64url. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Tells two secrets apart without giving either away. */
export function fingerprintOf(secrets: readonly string[]): string {
  return createHmac('sha256', secrets[0] ?? '')
    .update('titofisto.v1 fingerprint')
    .digest('base64url')
    .slice(0, 16)
}

const secretFileName = 'secret'

function keepSecret(statePath: string): FoundSecrets {
  const state = createStateFolder(statePath)
  let text = state.read(secretFileName)
  if (text === null) {
    state.writeOnce(secretFileName, `${makeSecret()}\n`)
    // Read again: another process may have been faster.
    text = state.read(secretFileName) ?? ''
  }
  return toSecrets(text.replace(/\n$/, ''), `The secret in ${state.shownPath}/${secretFileName}`)
}

function readSecretFile(file: Found): string {
  try {
    // The line feed at its end is the file's, as editors and `echo` write it.
    return readFileSync(file.text, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw refused(`${file.source}: ${file.text} can't be read (${systemCode(error)}).`, error)
  }
}

/**
 * Several secrets, newest first, have white space between them. At its ends there is none: another
 * program that reads the same text would sign with it.
 */
function toSecrets(text: string, source: string): FoundSecrets {
  const secrets = text.split(/\s+/)
  if (text.trim() === '') throw wrongUsage(`${source} is empty; "titofisto secret" makes a secret.`)
  const wrong = secretRule(text.trim() === text ? secrets : [text])
  if (wrong !== null) throw wrongUsage(`${source} ${wrong.reason}.`)
  return { secrets, source }
}
