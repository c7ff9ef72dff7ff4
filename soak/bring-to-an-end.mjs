// @ts-check
// The end of a soak: nobody is at work any more, and everything must have come to a good end.

import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { countLingering } from './clients/exchange.mjs'
import { judgeSlot } from './verdict/judge.mjs'
import {
  checkDescriptors,
  checkLeftAmongFiles,
  checkPrivateFiles,
  checkStderr,
  readServerLog,
} from './verdict/leftovers.mjs'
import { groupBySlot } from './watch.mjs'

/**
 * @typedef {import('./servers/ground.mjs').Ground} Ground
 * @typedef {object} Ending
 * @property {readonly Ground[]} grounds
 * @property {import('./ledger.mjs').Ledger} ledger
 * @property {number} idleSockets How many an idle server has.
 * @property {(fault: string) => void} onFault
 * @property {(entry: import('./ledger.mjs').SlotEntry, fault: string) => void} onSlotFault
 * @property {string[]} notes
 */

/**
 * Lets leases lapse and sweeps, ends every slot, and looks at all that is left.
 * @param {Ending} ending
 */
export async function bringToAnEnd(ending) {
  while (countLingering() > 0) await sleep(100)
  await Promise.all(ending.grounds.map((ground) => endGround(ground, ending)))
}

/**
 * @param {Ground} ground
 * @param {Ending} ending
 */
async function endGround(ground, ending) {
  const { idleSockets, onFault, notes } = ending
  const [server] = ground.servers
  // One that has ended by itself was told of.
  if (server === undefined || ground.servers.some((each) => !each.isUp)) return
  for (const each of ground.servers)
    for (const fault of await checkDescriptors(each, ground, idleSockets)) onFault(fault)
  await sleep(2 * ground.leaseMs + 500)
  await sweepTwice(ground)
  await judgeAll(ground, server, ending)
  for (const { id, state } of await server.ask('list'))
    if (state !== 'done') await server.ask('revoke', id)
  // What nobody needs is removed once it is older than two leases.
  await sleep(2 * ground.leaseMs + 500)
  await sweepTwice(ground)
  // The sweep lets a day go by: a save may pause. Here nobody is at work any more.
  await server.ask('removeTemporaries', 1000)
  // A look at what S3 can do that was cut short is made again.
  for (const each of ground.servers) await each.ask('ready')
  for (const fault of checkPrivateFiles(ground)) onFault(fault)
  const left = await checkLeftAmongFiles(ground)
  for (const fault of left.faults) onFault(fault)
  if (left.excusedCount > 0)
    notes.push(`${ground.name}: ${left.excusedCount} left among the files that nobody was told of`)
  for (const each of ground.servers) {
    const bytes = await each.ask('memory')
    notes.push(`memory of server ${each.name}: ${Math.round(bytes / 1024 / 1024)} MiB`)
    if (bytes > mostMemoryBytes)
      onFault(`server ${each.name} holds ${bytes} bytes of memory although nothing goes on`)
    const code = await each.stop()
    if (code !== 0) onFault(`server ${each.name} ended with ${code}`)
  }
  for (const fault of checkStderr(ground)) onFault(fault)
  const log = readServerLog(path.join(path.dirname(ground.stderrFile), 'server.log'))
  for (const fault of log.faults) onFault(fault)
  for (const [what, count] of log.counts) notes.push(`${ground.name} logged ${count} x ${what}`)
}

/** 32 MiB of it may be files that are asked for often. */
const mostMemoryBytes = 112 * 1024 * 1024

/**
 * By each server: what one has left it knows itself to be over, and others can't.
 * @param {Ground} ground
 */
async function sweepTwice({ servers }) {
  for (const server of [...servers, ...servers]) await server.ask('sweep')
}

/**
 * @param {Ground} ground
 * @param {import('./servers/server.mjs').Server} server
 * @param {Ending} ending
 */
async function judgeAll(ground, server, { ledger, onFault, onSlotFault }) {
  ground.runLog.refresh()
  const saved = await ground.saved.list()
  const namesBySlot = groupBySlot([...saved.keys()].filter((name) => !ledger.undeleted.has(name)))
  const onChecked = (/** @type {number} */ bytes) => void (ledger.counts.checkedBytes += bytes)
  for (const entry of ledger.slots.values()) {
    if (entry.ground !== ground) continue
    const status = await server.ask('status', entry.id)
    const names = namesBySlot.get(entry.id) ?? []
    namesBySlot.delete(entry.id)
    const state = status?.state ?? null
    for (const fault of await judgeSlot(entry, { names, state, onChecked }))
      onSlotFault(entry, fault)
  }
  for (const [slot, names] of namesBySlot)
    onFault(
      ledger.retired.has(slot)
        ? `files came after their slot was judged: ${names.join(', ')}`
        : `files of no slot: ${names.join(', ')}`,
    )
}
