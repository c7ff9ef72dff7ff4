// @ts-check
// The verdict on one slot: what its clients saw, what its handler did and what was saved must fit
// together.

import { isSuccess } from '../clients/slot-client.mjs'
import { checkSavedFiles, isResumable, successesOf } from './saved-files.mjs'

/**
 * @typedef {import('../ledger.mjs').SlotEntry} SlotEntry
 * @typedef {import('../ledger.mjs').Deed} Deed
 * @typedef {import('../servers/run-log.mjs').Run} Run
 */

/**
 * Says what is wrong with a slot. Its ground's run log must be fresh.
 * @param {SlotEntry} entry
 * @param {{ readonly names: readonly string[], readonly state: string | null, readonly onChecked: (bytes: number) => void }} found Its saved files, and its state; `null` where it is gone.
 * @returns {Promise<readonly string[]>}
 */
export async function judgeSlot(entry, { names, state, onChecked }) {
  const runs = entry.ground.runLog.runsOf(entry.id)
  return [
    ...judgeAnswers(entry, runs),
    ...judgeWinners(entry, runs, names),
    ...judgeRuns(entry, runs),
    ...judgeState(entry, runs, state),
    ...(await checkSavedFiles(entry, names, onChecked)),
  ]
}

/**
 * Each answer must have its reason.
 * @param {SlotEntry} entry
 * @param {readonly Run[]} runs
 */
function judgeAnswers(entry, runs) {
  return entry.deeds.flatMap((deed) => {
    const why = whyUnexpected(entry, runs, deed)
    return why === null ? [] : [why]
  })
}

/**
 * @param {SlotEntry} entry
 * @param {readonly Run[]} runs
 * @param {Deed} deed
 */
function whyUnexpected(entry, runs, deed) {
  const { of, status, startMs, endMs, pid, end } = deed
  const fault = 'fault' in of ? of.fault : 'good'
  if (status === null) {
    if (end === 'aborted' || end === 'lost-hope' || end === 'sending' || fault === 'too-large')
      return null
    // A server that is down is replaced by one of another number; who gave up had its own reason.
    if (entry.ground.wasDisturbed(null, startMs, endMs)) return null
    return end === 'gave-up' && entry.plan.patienceMs < 40_000
      ? null
      : `no answer (${end}) to: ${of.what}, although nothing was done to server process ${pid}`
  }
  if (isSuccess(status)) {
    const isHarmless =
      of.what === 'whole' && deed.key !== null && runs.some((run) => run.endMs !== null)
    return fault === 'good' || fault === 'abort' || isHarmless
      ? null
      : `a request with the fault "${fault}" was answered by ${status}`
  }
  if (status === 404 || status === 409 || status === 423) return null // the slot's state decides
  if (fault === 'digest' && status === 400) return null
  if (fault === 'checksum' && status === 460) return null
  if (fault === 'too-large' && status === 413) return null
  const { args } = entry.plan
  if (status === 500 && runs.some((run) => run.outcome === 'threw' && overlaps(run, deed)))
    return null
  if (
    status === 422 &&
    args.reject !== null &&
    runs.some((run) => run.outcome === 'rejected' || run.outcome === 'retry')
  )
    return null
  if (status === 422 && args.throwTimes > 0 && of.what === 'head') return null
  // Whoever asks how far an upload came, or gives it up, stops what is still on its way.
  const isStopped = entry.deeds.some(
    (other) =>
      (other.of.what === 'head' || other.of.what === 'delete') &&
      other.startMs <= endMs &&
      other.endMs >= startMs,
  )
  if (status === 503 && of.what === 'piece' && isStopped) return null
  // A handler that failed so often, as on a full disk, is not run again on the same upload.
  if (status === 422 && runs.length >= mostRuns) return null
  const isTroubled = entry.ground.wasDisturbed(null, startMs - entry.ground.leaseMs, endMs)
  if (isTroubled && [408, 500, 503, 507].includes(status)) return null
  // While its storage is away there is one answer, and none that takes for ever.
  if (status === 503 && entry.ground.wasWithoutStorage(startMs, endMs)) return null
  return `${of.what} was answered by ${status}: ${deed.text}`
}

/**
 * @param {Run} run
 * @param {Deed} deed
 */
function overlaps(run, deed) {
  return run.startMs <= deed.endMs + 1000 && (run.endMs ?? Infinity) >= deed.startMs - 1000
}

/**
 * A success is one upload, saved once, whole.
 * @param {SlotEntry} entry
 * @param {readonly Run[]} runs
 * @param {readonly string[]} names
 */
function judgeWinners(entry, runs, names) {
  /** @type {string[]} */
  const faults = []
  const successes = successesOf(entry)
  const isReplayed = successes.every((deed) => deed.key !== null && deed.key === successes[0]?.key)
  if (successes.length > 1 && !isResumable(entry) && !isReplayed)
    faults.push(`${successes.length} uploads of one slot were answered by success`)
  if (entry.conclusion !== 'done') return faults
  const finished = runs.filter((run) => run.outcome === 'ok')
  const last = finished.at(-1)
  if (last === undefined)
    return [...faults, 'lost: a client saw success, but no handler has ended well']
  const missing = last.names.filter((name) => !names.includes(name))
  if (missing.length > 0)
    faults.push(`lost: a client saw success, but ${missing.join(', ')} is not there`)
  const surplus = names.filter((name) => !last.names.includes(name))
  const endMs = entry.finishedMs ?? Date.now()
  // A run that failed may have saved some of its files.
  const mayHaveFailed =
    entry.ground.wasDisturbed(null, entry.mintedMs, endMs) ||
    entry.ground.wasWithoutStorage(entry.mintedMs, endMs)
  if (surplus.length > 0 && !mayHaveFailed)
    faults.push(`doubled: beside ${last.names.join(', ')} there is ${surplus.join(', ')}`)
  const won = successes[0]?.of
  if (won?.what === 'whole') {
    if (last.files.length !== won.files.length)
      faults.push(`the handler saw ${last.files.length} files of ${won.files.length}`)
    if (last.fields !== won.fieldsDigest)
      faults.push('the handler saw other text fields than were sent')
  }
  return faults
}

/** How often a handler may be started on one upload. */
const mostRuns = 5

/** How long the outcome of a handler may take to be written down, on a loaded machine. */
const settlingMs = 10_000

/**
 * How often a handler may have run.
 * @param {SlotEntry} entry
 * @param {readonly Run[]} runs
 */
function judgeRuns(entry, runs) {
  const { plan, ground } = entry
  const counting = runs.filter(
    (run) => run.outcome === 'ok' || run.outcome === 'unknown' || run.outcome === 'rejected',
  )
  if (counting.length <= 1) return []
  if (!plan.isIdempotent)
    return [
      `the handler, which must not run twice, ran ${counting.length} times to no other end than success (${counting.map((run) => run.run).join(', ')})`,
    ]
  // It may run again only where the process of the run before died or stalled.
  const unfounded = counting
    .slice(0, -1)
    .filter(
      (run, index) =>
        !ground.wasDisturbed(null, run.startMs, counting[index + 1]?.startMs ?? Date.now()),
    )
  return unfounded.length === 0
    ? []
    : [
        `the handler ran again after run ${unfounded[0]?.run}, although nothing had happened to its process`,
      ]
}

/**
 * @param {SlotEntry} entry
 * @param {readonly Run[]} runs
 * @param {string | null} state
 */
function judgeState(entry, runs, state) {
  const { ground } = entry
  const endMs = entry.finishedMs ?? Date.now()
  switch (state) {
    case 'receiving':
    case 'handling':
      return [`the slot is without an end: ${state}, though nobody is at work`]
    case 'received': {
      const isFailed = runs.at(-1)?.outcome === 'threw' || runs.at(-1)?.outcome === 'failed'
      return isFailed ? [] : ['the slot is without an end: received, though its handler is due']
    }
    case 'open': {
      if (entry.conclusion === 'done') return ['a client saw success, but the slot is open']
      // While its handler's process was stopped it may have been interrupted, until the handler ended;
      // also where it was stopped after it had the slot and before it said that its handler began.
      const wrong = entry.deeds.filter(
        (deed) =>
          deed.status === 404 &&
          !runs.some((run) =>
            ground.wasDisturbed(
              run.pid,
              Math.min(run.startMs, deed.startMs - ground.leaseMs),
              deed.endMs,
            ),
          ),
      )
      return wrong.length === 0
        ? []
        : [`${wrong.length} requests were answered by 404, but the slot is open`]
    }
    case 'interrupted': {
      const last = runs.at(-1)
      // A handler that ended is written down a little later; its client may be long gone by then.
      const untilMs = Math.max(endMs, (last?.endMs ?? Infinity) + settlingMs)
      return ground.wasDisturbed(null, last?.startMs ?? entry.mintedMs, untilMs)
        ? []
        : ['the slot is interrupted, although nothing had happened to its server']
    }
    case 'rejected':
      return entry.plan.args.reject === 'final'
        ? []
        : ['the slot is rejected, although its handler was not told to']
    case 'done':
      return runs.some((run) => run.outcome === 'ok')
        ? []
        : ['the slot is done, but no handler has ended well']
    case 'revoked':
      return entry.deeds.some((deed) => deed.of.what === 'delete')
        ? []
        : ['the slot is revoked, although nobody did so']
    default:
      return []
  }
}
