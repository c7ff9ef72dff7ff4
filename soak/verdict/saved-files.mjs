// @ts-check
// The saved files of a slot: which there must or may be, and whether their bytes are right.

import { createHash } from 'node:crypto'
import { isSuccess } from '../clients/slot-client.mjs'
import { expectationsOf, expectedOfFile, whyWrong } from './content.mjs'

/**
 * @typedef {import('../ledger.mjs').SlotEntry} SlotEntry
 * @typedef {import('./content.mjs').Expected} Expected
 */

/** @param {SlotEntry} entry */
export function isResumable({ plan }) {
  return plan.way === 'tus' || plan.way === 'double-tus'
}

/** @param {SlotEntry} entry */
export function successesOf(entry) {
  return entry.deeds.filter(({ of, status }) => {
    if (!isSuccess(status)) return false
    return (
      of.what === 'whole' ||
      (of.what === 'piece' && of.ackedByte === entry.lengthBytes && of.ackedByte === of.toByte)
    )
  })
}

/**
 * The contents that a slot's files may have: one list of files for each upload that may have won.
 * @param {SlotEntry} entry
 * @returns {readonly (readonly Expected[])[]}
 */
export function possibleContents(entry) {
  if (isResumable(entry)) return expectationsOf(entry).map((expected) => [expected])
  const won = successesOf(entry)
  return won.length > 0 ? contentsOf(won) : contentsOf(entry.deeds)
}

/** @param {SlotEntry['deeds']} candidates */
function contentsOf(candidates) {
  return candidates.flatMap(({ of }) => (of.what === 'whole' ? [of.files.map(expectedOfFile)] : []))
}

/**
 * What the name of a saved file says.
 * @param {string} name `<folder>/<slot>.<run>.<file>.<copy>.bin`
 */
export function readSavedName(name) {
  const match = /^(?:public\/)?kept\/([A-Za-z0-9_-]{22})\.(\d+)\.(\d+)\.(\d+)\.bin$/.exec(name)
  if (match === null) return null
  const [, slot = '', run, file, copy] = match
  return { slot, run: Number(run), file: Number(file), copy: Number(copy) }
}

/**
 * Says what is wrong with a slot's saved files; counts the bytes it looked at.
 * @param {SlotEntry} entry
 * @param {readonly string[]} names All files there are of this slot.
 * @param {(bytes: number) => void} onChecked
 * @returns {Promise<readonly string[]>}
 */
export async function checkSavedFiles(entry, names, onChecked) {
  /** @type {string[]} */
  const faults = []
  /** @type {Map<string, string>} */
  const shas = new Map()
  /** By run: uploads that every file of it so far may come from. @type {Map<number, readonly (readonly Expected[])[]>} */
  const leftByRun = new Map()
  for (const name of names) {
    const facts = readSavedName(name)
    if (facts === null) {
      faults.push(`the file ${name} has a name that no handler asked for`)
      continue
    }
    const bytes = await entry.ground.saved.read(name)
    if (bytes === null) {
      faults.push(`the file ${name} is gone`)
      continue
    }
    onChecked(bytes.length)
    shas.set(name, createHash('sha256').update(bytes).digest('hex'))
    const left = leftByRun.get(facts.run) ?? contentsOfRun(entry, facts.run)
    const fitting = left.filter((files) => {
      const expected = files[facts.file]
      return (
        expected !== undefined &&
        expected.lengthBytes === bytes.length &&
        whyWrong(bytes, 0, expected) === null
      )
    })
    if (fitting.length > 0) {
      leftByRun.set(facts.run, fitting)
      continue
    }
    const closest = left.find((files) => files[facts.file]?.lengthBytes === bytes.length) ?? left[0]
    const expected = closest?.[facts.file]
    const why =
      expected === undefined
        ? 'no request brought such a file'
        : (whyWrong(bytes, 0, expected) ??
          `it has ${bytes.length} bytes instead of ${expected.lengthBytes}`)
    faults.push(`${name}: ${why}`)
  }
  return [...faults, ...checkHandlersView(entry, shas)]
}

/**
 * What a run of the handler may have saved. One that failed, as on a full disk, had an upload that did
 * not win; what it had saved by then is its own affair.
 * @param {SlotEntry} entry
 * @param {number} run 0 where all runs save under the same names.
 */
function contentsOfRun(entry, run) {
  const last = entry.ground.runLog.runsOf(entry.id).findLast(({ outcome }) => outcome === 'ok')
  const isEarlier = run > 0 && last !== undefined && run < last.attempt
  return isEarlier && !isResumable(entry) ? contentsOf(entry.deeds) : possibleContents(entry)
}

/**
 * What the handler read is what it saved.
 * @param {SlotEntry} entry
 * @param {ReadonlyMap<string, string>} shas
 */
function checkHandlersView(entry, shas) {
  const last = entry.ground.runLog.runsOf(entry.id).findLast((run) => run.outcome === 'ok')
  if (last === undefined) return []
  return last.names.flatMap((name) => {
    const seen = last.files[readSavedName(name)?.file ?? 0]
    const sha = shas.get(name)
    return sha === undefined || sha === seen?.sha256
      ? []
      : [
          `${name} is no more what its handler read (${seen?.sha256.slice(0, 8)}, now ${sha.slice(0, 8)})`,
        ]
  })
}
