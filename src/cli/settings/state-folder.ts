// The private folder in which `serve` and the other commands find each other: the generated secret,
// and the address of the running server. Whoever can read it can make links, and whoever can write
// it can send users elsewhere; so it is refused unless it is its owner's alone.

import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { refused, systemCode } from '../cli-failure.ts'
import type { Stats } from 'node:fs'
import type { Settings } from './settings.ts'

/** Files in a folder that is private. */
export interface StateFolder {
  /** The folder as the user named it, for messages. */
  readonly shownPath: string
  /** A file's text, or `null` where there is none. @throws CliFailure where others can read it. */
  read(name: string): string | null
  /** Writes a file in one step. @throws CliFailure where it can't be written. */
  write(name: string, text: string): void
  /** Writes a file unless it is there; of any number of processes that do so, one wins. */
  writeOnce(name: string, text: string): void
  remove(name: string): void
  /** The names of all files. */
  list(): readonly string[]
}

/** Where the state folder is: where a setting says, or {@link defaultStatePath}. */
export function statePathOf(settings: Settings): string {
  return settings.find('state')?.text ?? defaultStatePath()
}

/**
 * Where the state of the current folder is unless a setting says otherwise: in the user's home. What
 * lies in the current folder itself may have come with it, in an archive or by git, and then someone
 * else knows the secret. `.titofisto` is in the path so that no storage ever serves it.
 *
 * @throws CliFailure where there is no home.
 */
function defaultStatePath(env: NodeJS.ProcessEnv = process.env): string {
  const stateHome = env['XDG_STATE_HOME'] ?? ''
  const home = path.isAbsolute(stateHome) ? stateHome : path.join(homedir(), '.local', 'state')
  if (!path.isAbsolute(home))
    throw refused(
      'There is no home folder to keep the secret in; give a folder with --state, or a secret in TITOFISTO_SECRET.',
    )
  const folder = createHash('sha256').update(realpathSync('.')).digest('hex').slice(0, 32)
  return path.join(home, '.titofisto', folder)
}

/**
 * Opens the state folder, or gives `null` where there is none.
 *
 * @throws CliFailure where it is not private.
 */
export function openStateFolder(folder: string): StateFolder | null {
  let facts: Stats
  try {
    facts = lstatSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw unusable(folder, error)
  }
  if (!facts.isDirectory()) throw refused(`The state folder ${folder} is not a folder.`)
  checkPrivate(folder, facts, '700')
  return toStateFolder(folder)
}

/**
 * Opens the state folder, and makes it where there is none.
 *
 * @throws CliFailure where it can't be made or is not private.
 */
export function createStateFolder(folder: string): StateFolder {
  const opened = openStateFolder(folder)
  if (opened !== null) return opened
  try {
    mkdirSync(path.dirname(folder), { recursive: true, mode: 0o700 })
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw unusable(folder, error)
    // Another process was faster, and not necessarily one of ours.
    openStateFolder(folder)
  }
  const state = toStateFolder(folder)
  // A secret in a repository is a secret no more.
  state.writeOnce('.gitignore', '*\n')
  return state
}

function toStateFolder(folder: string): StateFolder {
  const within = (name: string) => path.join(folder, name)
  function writeBeside(name: string, text: string): string {
    const temporary = within(`.${name}.${randomBytes(8).toString('hex')}`)
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' })
    return temporary
  }
  return {
    shownPath: folder,
    read: (name) => readPrivateFile(within(name)),
    write(name, text) {
      try {
        renameSync(writeBeside(name, text), within(name))
      } catch (error) {
        throw unusable(folder, error)
      }
    },
    writeOnce(name, text) {
      try {
        const temporary = writeBeside(name, text)
        try {
          linkSync(temporary, within(name))
        } catch (error) {
          if (systemCode(error) !== 'EEXIST') throw error
        } finally {
          rmSync(temporary, { force: true })
        }
      } catch (error) {
        throw unusable(folder, error)
      }
    },
    remove: (name) => rmSync(within(name), { force: true }),
    list() {
      try {
        return readdirSync(folder)
      } catch (error) {
        throw unusable(folder, error)
      }
    },
  }
}

/** Checks the very descriptor that is then read, so that nothing can be put in between. */
function readPrivateFile(file: string): string | null {
  let descriptor: number
  try {
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw refused(`The file ${file} can't be read (${systemCode(error)}).`, error)
  }
  try {
    checkPrivate(file, fstatSync(descriptor), '600')
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

function checkPrivate(shownPath: string, facts: Stats, rightMode: string): void {
  // Windows has neither owners nor modes to look at.
  if (process.getuid === undefined) return
  if (facts.uid !== process.getuid())
    throw refused(`${shownPath} belongs to another user; give another folder with --state.`)
  if ((facts.mode & 0o077) !== 0)
    throw refused(
      `${shownPath} is open to other users (mode ${(facts.mode & 0o777).toString(8)}), so the secret in it may be known. ` +
        `Run "chmod ${rightMode} ${shownPath}", and delete the secret in it if others may have seen it.`,
    )
}

function unusable(folder: string, error: unknown): Error {
  return refused(
    `The state folder ${folder} can't be used (${systemCode(error)}); give another with --state, or a secret in TITOFISTO_SECRET.`,
    error,
  )
}
