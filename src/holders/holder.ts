// Who holds a slot. A holder's name says which process it belongs to, so that whoever finds the name
// in the store can see whether that process is gone. On Linux:
//
//   <place>.<pid>.<start>.<copy>.<claim>
//
// place: the machine since it was booted, and the namespaces that pid and start are told in; start:
// in ticks since then (proc(5), /proc/pid/stat, field 22); copy: this copy of the module, of which a
// process may have several (worker threads); claim: random. Elsewhere <copy>.<claim>, which shows
// nothing. All of it is safe in file names.

import { hash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { systemCodeOf } from '../storage/system-error.ts'

const copy = randomBytes(6).toString('base64url')

/** Names a new claim of this process. `claim` must be unique within it, and safe in file names. */
export function formatHolder(claim: string): string {
  return `${self().prefix}.${claim}`
}

/** Whether a claim was made by this copy of the module, in this process. */
export function isOwnHolder(holder: string): boolean {
  return holder.startsWith(`${self().prefix}.`)
}

/**
 * Whether a holder's process is provably gone: it ran on this machine, in the namespaces that we
 * see, and none of its threads is left. `false` where it lives, and where nothing can be seen.
 */
export function isHolderDead(holder: string): boolean {
  const [place, pidText = '', startText = ''] = holder.split('.')
  const { here } = self()
  const pid = Number.parseInt(pidText, 36)
  if (here === null || place !== here.place || !Number.isSafeInteger(pid) || pid <= 0) return false
  if (!isPidTaken(pid)) return true
  const facts = readProcess(String(pid))
  // Others' processes can be hidden from us (hidepid): then it is there, and that is all we know.
  if (facts === null) return false
  return facts.start !== startText || facts.isGone
}

interface Here {
  readonly place: string
  readonly start: string
}

let known: { readonly here: Here | null; readonly prefix: string } | undefined

/** What this process is; looked at once, and only where there are slots. */
function self(): { readonly here: Here | null; readonly prefix: string } {
  if (known !== undefined) return known
  const here = lookAround()
  const seen = here === null ? '' : `${here.place}.${process.pid.toString(36)}.${here.start}.`
  known = { here, prefix: `${seen}${copy}` }
  return known
}

function lookAround(): Here | null {
  if (process.platform !== 'linux') return null
  try {
    // A /proc of another namespace numbers processes in its own way.
    if (readlinkSync('/proc/self') !== String(process.pid)) return null
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const spaces = [readlinkSync('/proc/self/ns/pid'), readTimeNamespace()]
    const facts = readProcess('self')
    if (bootId === '' || facts === null) return null
    const place = hash('sha256', [bootId, ...spaces].join('\n'), 'base64url').slice(0, 16)
    return { place, start: facts.start }
  } catch {
    return null
  }
}

/** A time namespace shifts the start that is told; kernels before 5.6 have none. */
function readTimeNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/time')
  } catch {
    return ''
  }
}

/** A signal of number 0 is not sent; it only shows whether it could be, whatever /proc hides. */
function isPidTaken(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCodeOf(error) !== 'ESRCH'
  }
}

interface ProcessFacts {
  readonly start: string
  /** It has ended, nobody has asked yet how; and no other thread of it is in the middle of a write. */
  readonly isGone: boolean
}

function readProcess(pid: string): ProcessFacts | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in brackets, and may have anything in it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state, threads, start] = [fields[0], Number(fields[17]), Number(fields[19])]
    if (!Number.isSafeInteger(threads) || !Number.isSafeInteger(start)) return null
    const isGone = (state === 'Z' || state === 'X') && threads <= 1
    return { start: start.toString(36), isGone }
  } catch {
    return null
  }
}
