// The notes that running servers leave in the state folder, so that `url` and `explain` speak of the
// same files and print addresses that work. Each server has a note of its own, named by its process:
// one that starts beside another takes nothing away from it.

import { settingNames, type SettingName } from './settings.ts'
import type { StateFolder } from './state-folder.ts'

/** What a running server says of itself. */
export interface ServerNote {
  readonly pid: number
  /** `http://127.0.0.1:8080` */
  readonly origin: string
  /** Tells whether another process has the same secret; see {@link fingerprintOf}. */
  readonly fingerprint: string
  /** When it began to listen, in milliseconds since 1970. */
  readonly sinceMs: number
  /** The settings that were given to it; files by absolute paths. */
  readonly settings: Readonly<Partial<Record<SettingName, string>>>
}

const noteName = /^server-(\d{1,10})\.json$/

function nameOf(pid: number): string {
  return `server-${pid}.json`
}

/** Leaves a note, and takes those away whose servers were killed. */
export function writeServerNote(state: StateFolder, note: ServerNote): void {
  for (const name of state.list())
    if (noteName.test(name) && !isRunning(pidIn(name)) && pidIn(name) !== note.pid)
      state.remove(name)
  state.write(nameOf(note.pid), `${JSON.stringify(note, null, 2)}\n`)
}

/** Removes a server's note. */
export function removeServerNote(state: StateFolder, pid: number): void {
  state.remove(nameOf(pid))
}

/** The notes of the servers that run now, the newest first. */
export function readServerNotes(state: StateFolder): readonly ServerNote[] {
  const notes: ServerNote[] = []
  for (const name of state.list()) {
    if (!noteName.test(name) || !isRunning(pidIn(name))) continue
    const note = parseNote(state.read(name))
    if (note !== null && note.pid === pidIn(name)) notes.push(note)
  }
  return notes.toSorted((one, other) => other.sinceMs - one.sinceMs)
}

function pidIn(name: string): number {
  return Number(noteName.exec(name)?.[1] ?? 0)
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
  const { pid, origin, fingerprint, sinceMs, settings } = value as Partial<
    Record<keyof ServerNote, unknown>
  >
  if (typeof pid !== 'number' || typeof origin !== 'string' || typeof fingerprint !== 'string')
    return null
  if (typeof sinceMs !== 'number' || typeof settings !== 'object' || settings === null) return null
  const texts: Partial<Record<SettingName, string>> = {}
  for (const name of settingNames) {
    const noted = (settings as Partial<Record<SettingName, unknown>>)[name]
    if (typeof noted === 'string') texts[name] = noted
  }
  return { pid, origin, fingerprint, sinceMs, settings: texts }
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
