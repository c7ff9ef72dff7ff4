// @ts-check
// Checks while it runs: what was uploaded is looked at as soon as it is done and once more later,
// when a stopped server has gone on; what was judged makes room.

import { expectationsOf, expectedOfFile } from './verdict/content.mjs'
import { judgeSlot } from './verdict/judge.mjs'
import { checkSavedFiles, isResumable, readSavedName, successesOf } from './verdict/saved-files.mjs'

/**
 * @typedef {import('./ledger.mjs').SlotEntry} SlotEntry
 * @typedef {import('./ledger.mjs').Ledger} Ledger
 * @typedef {import('./servers/ground.mjs').Ground} Ground
 * @typedef {import('./clients/downloads.mjs').Readable} Readable
 * @typedef {import('./servers/server.mjs').Server} Server
 */

/**
 * @typedef {object} Watching
 * @property {Ledger} ledger
 * @property {Readable[]} library
 * @property {(entry: SlotEntry, fault: string) => void} onFault
 */

/** How long after its end a slot is judged: longer than any stall and any connection that lingers. */
const settledMs = 14_000

/**
 * Looks at a slot that has just been used, and offers its files to readers.
 * @param {SlotEntry} entry
 * @param {Watching} watching
 */
export async function lookAtFresh(entry, { ledger, library, onFault }) {
  if (entry.conclusion !== 'done') return
  entry.ground.runLog.refresh()
  const last = entry.ground.runLog.runsOf(entry.id).findLast((run) => run.outcome === 'ok')
  if (last === undefined) return
  const faults = await checkSavedFiles(
    entry,
    last.names,
    (bytes) => (ledger.counts.checkedBytes += bytes),
  )
  // It was judged and deleted while we were waiting for its bytes.
  if (ledger.retired.has(entry.id)) return
  for (const fault of faults) onFault(entry, fault)
  const won = successesOf(entry)[0]?.of
  for (const name of last.names) {
    const file = won?.what === 'whole' ? won.files[readSavedName(name)?.file ?? 0] : undefined
    // Where several contents would do, readers can't tell.
    const [content, ...others] = isResumable(entry) ? expectationsOf(entry) : []
    const expected = others.length > 0 ? undefined : (content ?? (file && expectedOfFile(file)))
    if (expected !== undefined)
      library.push({ name, ground: entry.ground, expected, slot: entry.id })
  }
  if (library.length > mostReadable) library.splice(0, library.length - mostReadable)
}

const mostReadable = 200

/**
 * Judges what has settled, and deletes what was judged where there is too much of it. It must keep up with
 * the clients: what stays fills the disk, or the engine that is one.
 * @param {Ground} ground
 * @param {Watching} watching
 */
export async function judgeSettled(ground, watching) {
  const { ledger } = watching
  const settledBeforeMs = Date.now() - settledMs
  const server = ground.servers.find((each) => each.isUp && each.frozenMs === 0)
  if (server === undefined) return
  ground.runLog.refresh()
  await deleteAgain(ground, server, ledger)
  const sizes = await ground.saved.list()
  const namesBySlot = groupBySlot([...sizes.keys()])
  let excessBytes = [...sizes.values()].reduce((sum, bytes) => sum + bytes, -ground.mostSavedBytes)
  const due = [...ledger.slots.values()]
    .filter((entry) => entry.ground === ground && (entry.finishedMs ?? Infinity) <= settledBeforeMs)
    .values()
  const judgeNext = async () => {
    for (const entry of due) {
      if (excessBytes <= 0 && ledger.slots.size <= mostSlots) return
      const names = namesBySlot.get(entry.id) ?? []
      const judged = await judgeOnce(entry, { server, names, watching })
      if (judged === 'unreachable') return
      if (judged === 'retired') for (const name of names) excessBytes -= sizes.get(name) ?? 0
    }
  }
  await Promise.all(Array.from({ length: mostJudgedAtOnce }, judgeNext))
}

const mostJudgedAtOnce = 8

/**
 * @param {SlotEntry} entry
 * @param {{ readonly server: Server, readonly names: readonly string[], readonly watching: Watching }} setting
 * @returns {Promise<'retired' | 'kept' | 'unreachable'>}
 */
async function judgeOnce(entry, { server, names, watching: { ledger, library, onFault } }) {
  const state = await server.ask('status', entry.id).then(
    (status) => status?.state ?? null,
    () => undefined,
  )
  if (state === undefined) return 'unreachable'
  if (!endedStates.has(state ?? 'forgotten')) return 'kept'
  const faults = await judgeSlot(entry, {
    names,
    state,
    onChecked: (bytes) => (ledger.counts.checkedBytes += bytes),
  })
  for (const fault of faults) onFault(entry, fault)
  // What is wrong stays for whoever looks.
  if (faults.length > 0) return 'kept'
  for (let index = library.length - 1; index >= 0; index--)
    if (library[index]?.slot === entry.id) library.splice(index, 1)
  ledger.retire(entry.id)
  for (const name of names)
    await server.ask('delete', name).catch(() => ledger.undeleted.set(name, entry.ground))
  return 'retired'
}

/**
 * What could not be deleted while the storage was away.
 * @param {Ground} ground
 * @param {Server} server
 * @param {Ledger} ledger
 */
async function deleteAgain(ground, server, ledger) {
  for (const [name, whose] of ledger.undeleted) {
    if (whose !== ground) continue
    const isGone = await server.ask('delete', name).then(
      () => true,
      () => false,
    )
    if (!isGone) return
    ledger.undeleted.delete(name)
  }
}

/** Beyond these, slots that have ended are forgotten once they were judged. */
const mostSlots = 5000
const endedStates = new Set(['done', 'rejected', 'revoked', 'expired', 'forgotten'])

/** @param {readonly string[]} names */
export function groupBySlot(names) {
  /** @type {Map<string, string[]>} */
  const groups = new Map()
  for (const name of names) {
    const slot = readSavedName(name)?.slot ?? ''
    groups.set(slot, [...(groups.get(slot) ?? []), name])
  }
  return groups
}
