// @ts-check
// The whole of a soak: servers up, clients and trouble for a while, then all is healed, and everything
// that was done must have come to a good end.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bringToAnEnd } from './bring-to-an-end.mjs'
import { troubleGround } from './chaos.mjs'
import { downloadAlong } from './clients/downloads.mjs'
import { makePlan } from './clients/plan.mjs'
import { runClient } from './clients/upload-client.mjs'
import { createLedger, tellHistory } from './ledger.mjs'
import { createChance } from './random.mjs'
import { startBucket } from './servers/bucket.mjs'
import { startStoreEngine } from './servers/engine.mjs'
import { createGround } from './servers/ground.mjs'
import { countSockets } from './verdict/leftovers.mjs'
import { judgeSettled, lookAtFresh } from './watch.mjs'

/**
 * @typedef {object} SoakOptions
 * @property {number} seconds How long clients come.
 * @property {number} seed
 * @property {import('./clients/plan.mjs').Profile} profile
 * @property {string} dist The compiled source's folder.
 * @property {boolean} untilFound Whether the first fault ends it.
 * @property {number} clients How many at once.
 * @property {import('./servers/engine.mjs').StoreName} [store] Where the slots of the shared ground are. Default in files.
 * @property {import('./servers/bucket.mjs').StorageName} [storage] Where the files of the shared ground are. Default on this machine's disk.
 * @property {AbortSignal} [signal] Ends it before its time, as calmly.
 */

/**
 * @typedef {object} SoakResult
 * @property {readonly string[]} faults Each in words, with the slot's history.
 * @property {import('./ledger.mjs').Ledger['counts']} counts
 * @property {readonly string[]} notes
 * @property {string} folder Where it worked; removed if all was well.
 */

const leaseSeconds = 2
/** How long clients may go on with what they began. */
const leaveMs = 15_000

/**
 * Runs a soak.
 * @param {SoakOptions} options
 * @returns {Promise<SoakResult>}
 */
export async function soak(options) {
  const { seed, profile, untilFound } = options
  const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-soak-'))
  const ledger = createLedger()
  /** @type {string[]} */
  const faults = []
  /** @type {string[]} */
  const notes = []
  /** What is wrong with a slot, with what it takes to tell its history. @type {Map<import('./ledger.mjs').SlotEntry, Set<string>>} */
  const slotFaults = new Map()
  /** Counted from when all servers are up. */
  let untilMs = Infinity
  const isFound = () => untilFound && faults.length + slotFaults.size > 0
  options.signal?.addEventListener('abort', () => (untilMs = Math.min(untilMs, Date.now())))
  const isOver = () => Date.now() >= untilMs || isFound()
  const isCutOff = () => Date.now() >= untilMs + leaveMs || isFound()

  /** @param {string} fault */
  const onFault = (fault) => void faults.push(fault)
  /**
   * @param {import('./ledger.mjs').SlotEntry} entry
   * @param {string} fault
   */
  const onSlotFault = (entry, fault) => {
    slotFaults.set(entry, (slotFaults.get(entry) ?? new Set()).add(fault))
  }

  const engine = await startStoreEngine(options.store ?? 'files')
  const bucket = await startBucket(options.storage ?? 'files')
  const grounds = makeGrounds({ folder, dist: options.dist, engine, bucket, onCrash: onFault })
  if (grounds.every((ground) => ground.smallDisk === null))
    notes.push('skipped: a disk that fills up (a mount of its own needs root)')
  try {
    const startMs = Date.now()
    await Promise.all(grounds.flatMap((ground) => ground.servers).map((server) => server.start()))
    const slowness = slownessOf(Date.now() - startMs)
    notes.push(`patience: ${slowness.toFixed(1)} times that of an idle machine`)
    const first = grounds[0]?.servers[0]
    untilMs = Date.now() + options.seconds * 1000
    const idleSockets = countSockets(first?.pid ?? 0)

    /** @type {import('./clients/downloads.mjs').Readable[]} */
    const library = []
    const watching = { ledger, library, onFault: onSlotFault }
    let script = 0
    async function work() {
      while (!isOver()) {
        const plan = makePlan(seed, ++script, profile)
        const ground = pickGround(grounds, plan)
        const fitting = {
          ...plan,
          patienceMs: plan.patienceMs * slowness,
          fileBytes: plan.fileBytes.map((bytes) => fitSize(bytes, plan, ground)),
        }
        const entry = await runClient(fitting, ground, ledger, { isOver, isCutOff })
        if (entry !== null) await lookAtFresh(entry, watching)
      }
    }
    async function judgeAlong() {
      while (!isOver()) {
        await sleep(2000)
        for (const ground of grounds) await judgeSettled(ground, watching)
        await recheck(ledger, watching)
      }
    }
    const readers = ['first', 'second'].map((name) =>
      downloadAlong({
        library,
        ledger,
        isOver,
        chance: createChance(seed, `${name} reader`),
        onFault: (readable, fault) => {
          const entry = ledger.slots.get(readable.slot)
          if (entry !== undefined) onSlotFault(entry, fault)
        },
      }),
    )
    const troubles =
      profile === 'forms'
        ? []
        : grounds.map((ground) =>
            troubleGround(ground, createChance(seed, `trouble ${ground.name}`), {
              isOver,
              stallsOnly: profile === 'stalls',
              onFault,
            }),
          )
    await Promise.all([
      ...Array.from({ length: options.clients }, work),
      ...readers,
      ...troubles,
      judgeAlong(),
    ])
    if (!isFound())
      await bringToAnEnd({ grounds, ledger, idleSockets, onFault, onSlotFault, notes })
  } finally {
    await Promise.all(grounds.flatMap((ground) => ground.servers).map((server) => server.kill()))
    await engine?.stop()
    await bucket?.stop()
    for (const [entry, told] of slotFaults)
      faults.push(`${[...told].join('\n')}\n${tellHistory(entry)}`)
    for (const ground of grounds) ground.leave(faults.length > 0)
    if (faults.length === 0) rmSync(folder, { recursive: true, force: true })
  }
  return { faults, counts: ledger.counts, notes, folder }
}

/**
 * A loaded machine needs patient clients: how long servers took to start tells.
 * @param {number} startMs
 */
function slownessOf(startMs) {
  return Math.min(8, Math.max(1, startMs / 1000))
}

/**
 * Files that are done are looked at again: a server that was stopped may have gone on since.
 * @param {import('./ledger.mjs').Ledger} ledger
 * @param {Parameters<typeof lookAtFresh>[1]} watching
 */
async function recheck(ledger, watching) {
  const nowMs = Date.now()
  for (const entry of ledger.slots.values()) {
    if (
      entry.finishedMs === null ||
      nowMs - entry.finishedMs < recheckAfterMs ||
      rechecked.has(entry)
    )
      continue
    rechecked.add(entry)
    // No reader need learn of them twice.
    await lookAtFresh(entry, { ...watching, library: [] })
  }
}

const recheckAfterMs = 7000
/** @type {WeakSet<import('./ledger.mjs').SlotEntry>} */
const rechecked = new WeakSet()

/** @param {{ folder: string, dist: string, engine: import('./servers/engine.mjs').Engine | null, bucket: import('./servers/bucket.mjs').Bucket | null, onCrash: (fault: string) => void }} facts */
function makeGrounds({ engine, bucket, ...facts }) {
  return [
    createGround({
      ...facts,
      name: 'shared',
      engine,
      bucket,
      serverNames: ['A', 'B'],
      durable: true,
      leaseSeconds,
      replaySeconds: 600,
      mostUploadBytes: bucket === null ? 8_000_000 : 14_000_000,
      // A bucket is in memory.
      mostSavedBytes: bucket === null ? 600_000_000 : 200_000_000,
      smallDiskMegabytes: 0,
    }),
    createGround({
      ...facts,
      name: 'alone',
      engine: null,
      bucket: null,
      serverNames: ['C'],
      durable: false,
      leaseSeconds,
      replaySeconds: 40,
      mostUploadBytes: 700_000,
      mostSavedBytes: 25_000_000,
      smallDiskMegabytes: 160,
    }),
  ]
}

/**
 * How large a file that was planned is on a ground: S3 is sent larger ones in parts.
 * @param {number} plannedBytes
 * @param {import('./clients/plan.mjs').Plan} plan
 * @param {import('./servers/ground.mjs').Ground} ground
 */
function fitSize(plannedBytes, { way }, { bucket, mostUploadBytes }) {
  const isToGrow = bucket !== null && way !== 'form' && plannedBytes > 1_000_000
  return Math.min(isToGrow ? 3 * plannedBytes : plannedBytes, mostUploadBytes)
}

/**
 * @param {readonly import('./servers/ground.mjs').Ground[]} grounds
 * @param {import('./clients/plan.mjs').Plan} plan
 */
function pickGround([shared, alone], plan) {
  const ground = plan.mood === 'any' && plan.groundChoice < 0.25 ? alone : shared
  if (ground === undefined) throw new Error('There is no ground.')
  return ground
}
