// Warns of settings in the current folder that are not read. They may have come with it, by git or in
// an archive, and would change which files are served, to whom, or under which secret.

import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { settingNames, variableOf, type Settings } from './settings.ts'

/** Says which files of the current folder look like ours and are not read, a sentence each. */
export function findUntrusted(settings: Settings): readonly string[] {
  const sentences: string[] = []
  const variables = settings.find('settingsFile') === null ? variablesIn('.env') : []
  if (variables.length > 0)
    sentences.push(
      `.env is not read, since it may have come with this folder: it sets ${variables.join(', ')}. Give "--settings-file .env" if you trust it.`,
    )
  if (settings.find('state') === null && isFile('.titofisto/secret'))
    sentences.push(
      'The secret in .titofisto is not used, since it may have come with this folder. Give "--state .titofisto" if you made it.',
    )
  return sentences
}

/** The names of our variables only: a stranger's text must not reach the terminal. */
function variablesIn(file: string): readonly string[] {
  if (!isFile(file)) return []
  try {
    const set = parseEnv(readFileSync(file, 'utf8'))
    const known = ['TITOFISTO_SECRET', ...settingNames.map(variableOf)]
    return known.filter((name) => Object.hasOwn(set, name))
  } catch {
    // What we don't read need not be readable.
    return []
  }
}

/** Reads regular files of limited size only: a pipe or an endless file would hang us. */
function isFile(file: string): boolean {
  try {
    const facts = statSync(file)
    return facts.isFile() && facts.size <= maxFileBytes
  } catch {
    // Not there, not readable, or a loop of links: then it can't count anyway.
    return false
  }
}

const maxFileBytes = 1024 * 1024
