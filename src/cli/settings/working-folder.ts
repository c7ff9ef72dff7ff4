// What lies in the current folder may have come with it, by git or in an archive. What would change
// where files are served from, to whom, or under which secret, is left alone there, and said so.

import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { settingNames, variableOf } from './settings.ts'
import type { Settings } from './settings.ts'

/** Says which files of the current folder look like ours and are not read, a sentence each. */
export function findUntrusted(settings: Settings): readonly string[] {
  const sentences: string[] = []
  const variables = settings.find('settingsFile') === null ? variablesIn('.env') : []
  if (variables.length > 0)
    sentences.push(
      `.env is not read, since it may have come with this folder: it sets ${variables.join(', ')}. Give "--settings-file .env" if you trust it.`,
    )
  if (
    settings.find('state') === null &&
    (isFile('.titofisto/secret') || isFile('.titofisto/server.json'))
  )
    sentences.push(
      'The secret in .titofisto is not used, since it may have come with this folder. Give "--state .titofisto" if you made it.',
    )
  return sentences
}

/** Only names that we know: a stranger's text must not reach the terminal. */
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

/** A pipe would hold us up for ever, and so would a file without an end. */
function isFile(file: string): boolean {
  try {
    const facts = statSync(file)
    return facts.isFile() && facts.size <= maxFileBytes
  } catch {
    // Not there, or closed to us, or a loop of links: nothing that could count.
    return false
  }
}

const maxFileBytes = 1024 * 1024
