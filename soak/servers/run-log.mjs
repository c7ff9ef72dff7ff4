// @ts-check
// What handlers did, as they wrote it down themselves: the lines of all servers of a ground.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/**
 * One run of a handler.
 * @typedef {object} Run
 * @property {string} run
 * @property {number} pid
 * @property {number} attempt
 * @property {number} startMs
 * @property {number | null} endMs `null`: it was never heard of again.
 * @property {readonly { readonly sizeBytes: number, readonly sha256: string }[]} files
 * @property {string} fields
 * @property {readonly string[]} names What it saved.
 * @property {'ok' | 'threw' | 'failed' | 'rejected' | 'retry' | 'unknown'} outcome
 */

/**
 * @typedef {object} RunLog
 * @property {() => void} refresh Reads what was written since.
 * @property {(slot: string) => readonly Run[]} runsOf
 * @property {(slot: string) => void} forget
 */

/**
 * @param {string} file
 * @returns {RunLog}
 */
export function createRunLog(file) {
  /** @type {Map<string, Map<string, Run>>} */
  const slots = new Map()
  let offset = 0
  let rest = ''

  /** @param {any} line */
  function take({ slot, run, pid, attempt, what, atMs, files, fields, names, outcome }) {
    const runs = slots.get(slot) ?? new Map()
    slots.set(slot, runs)
    if (what === 'start')
      runs.set(run, {
        run,
        pid,
        attempt,
        startMs: atMs,
        endMs: null,
        files,
        fields,
        names: [],
        outcome: 'unknown',
      })
    else if (what === 'saved') runs.set(run, { ...runs.get(run), names })
    else runs.set(run, { ...runs.get(run), outcome, endMs: atMs })
  }

  return {
    refresh() {
      const text = rest + readFrom(file, offset)
      offset += Buffer.byteLength(text) - Buffer.byteLength(rest)
      const lines = text.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) take(JSON.parse(line))
    },
    runsOf: (slot) => [...(slots.get(slot)?.values() ?? [])],
    forget: (slot) => void slots.delete(slot),
  }
}

/**
 * @param {string} file
 * @param {number} offset
 */
function readFrom(file, offset) {
  let descriptor
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const bytes = Buffer.alloc(fstatSync(descriptor).size - offset)
    const count = readSync(descriptor, bytes, 0, bytes.length, offset)
    return bytes.toString('utf8', 0, count)
  } finally {
    closeSync(descriptor)
  }
}
