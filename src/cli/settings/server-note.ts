// The note that a running `serve` leaves in the state folder, so that `url` and `explain` speak of
// the same files and print addresses that work.

import type { StateFolder } from './state-folder.ts'
import { settingNames, type SettingName } from './settings.ts'

/** What a running server says of itself. */
export interface ServerNote {
  readonly pid: number
  /** `http://127.0.0.1:8080`, without a slash at its end. */
  readonly origin: string
  /** Tells whether another process has the same secret; see {@link fingerprintOf}. */
  readonly fingerprint: string
  /** The settings it runs with, as texts. */
  readonly settings: Readonly<Partial<Record<SettingName, string>>>
}

const noteFileName = 'server.json'

/** Leaves the note. @throws CliFailure where it can't be written. */
export function writeServerNote(state: StateFolder, note: ServerNote): void {
  state.write(noteFileName, `${JSON.stringify(note, null, 2)}\n`)
}

/** Removes the note, unless another server has put its own there. */
export function removeServerNote(state: StateFolder, pid: number): void {
  if (parseNote(state.read(noteFileName))?.pid === pid) state.remove(noteFileName)
}

/** The note of the server that runs now; `null` where none does. */
export function readServerNote(state: StateFolder): ServerNote | null {
  const note = parseNote(state.read(noteFileName))
  return note !== null && isRunning(note.pid) ? note : null
}

/** `null` for anything but a note: another program, or another version, may have written here. */
function parseNote(text: string | null): ServerNote | null {
  if (text === null) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { pid, origin, fingerprint, settings } = value as Partial<Record<keyof ServerNote, unknown>>
  if (typeof pid !== 'number' || typeof origin !== 'string' || typeof fingerprint !== 'string')
    return null
  if (typeof settings !== 'object' || settings === null) return null
  const texts: Partial<Record<SettingName, string>> = {}
  for (const name of settingNames) {
    const noted = (settings as Partial<Record<SettingName, unknown>>)[name]
    if (typeof noted === 'string') texts[name] = noted
  }
  return { pid, origin, fingerprint, settings: texts }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It runs, but as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
