// @ts-check
// What each slot may have become: every request that went to it, what the client saw, and what the
// bytes were. The verdict is read off it.

import { indexOfBody } from './pattern.mjs'

/**
 * A try to bring a whole upload at once.
 * @typedef {object} Try
 * @property {'whole'} what
 * @property {readonly { readonly body: number, readonly lengthBytes: number }[]} files
 * @property {string | null} fieldsDigest
 * @property {'good' | 'digest' | 'too-large' | 'abort'} fault
 */

/**
 * A piece of a resumable upload. Its bytes are those of its body at the upload's own positions.
 * @typedef {object} Piece
 * @property {'piece'} what
 * @property {boolean} isCreation
 * @property {number} body
 * @property {number} fromByte
 * @property {number} toByte Where it was to end.
 * @property {number | null} ackedByte How far the server said it came.
 * @property {'good' | 'checksum'} fault
 */

/** @typedef {{ what: 'head' | 'delete' }} Question */

/**
 * A request and its outcome.
 * @typedef {object} Deed
 * @property {Try | Piece | Question} of
 * @property {string} server
 * @property {number} pid
 * @property {string | null} key
 * @property {number} startMs
 * @property {number} endMs `Infinity` until it has ended.
 * @property {number | null} status
 * @property {string} end
 * @property {string} text What the answer said, cut.
 */

/**
 * @typedef {object} SlotEntry
 * @property {string} id
 * @property {import('./clients/plan.mjs').Plan} plan
 * @property {import('./servers/ground.mjs').Ground} ground
 * @property {number} mintedMs
 * @property {Deed[]} deeds
 * @property {number | null} lengthBytes Of a resumable upload.
 * @property {number | null} finishedMs When its client was through with it.
 * @property {string} conclusion What the client takes away: `done`, or why not.
 */

/** Everything that was done; slots that were judged and cleaned away leave only their number. */
export function createLedger() {
  /** @type {Map<string, SlotEntry>} */
  const slots = new Map()
  /** @type {Set<string>} */
  const retired = new Set()
  /** Files of theirs that may still be there: the server went away meanwhile. @type {Map<string, SlotEntry['ground']>} */
  const undeleted = new Map()
  const counts = {
    minted: 0,
    done: 0,
    refused: 0,
    retried: 0,
    unanswered: 0,
    requests: 0,
    downloads: 0,
    checkedBytes: 0,
    conditional: 0,
  }
  return {
    slots,
    retired,
    undeleted,
    counts,
    /**
     * @param {Omit<SlotEntry, 'deeds' | 'mintedMs' | 'finishedMs' | 'conclusion' | 'lengthBytes'>} facts
     * @returns {SlotEntry}
     */
    mint(facts) {
      const entry = {
        ...facts,
        mintedMs: Date.now(),
        deeds: [],
        lengthBytes: null,
        finishedMs: null,
        conclusion: 'unfinished',
      }
      slots.set(facts.id, entry)
      counts.minted += 1
      return entry
    },
    /** @param {string} id */
    retire(id) {
      const entry = slots.get(id)
      entry?.ground.runLog.forget(id)
      slots.delete(id)
      retired.add(id)
    },
  }
}

/** @typedef {ReturnType<typeof createLedger>} Ledger */

/**
 * A slot's life in lines, for whoever has to find out.
 * @param {SlotEntry} entry
 */
export function tellHistory(entry) {
  const { plan, ground } = entry
  const zero = entry.mintedMs
  const lines = entry.deeds.map(({ of, server, pid, startMs, endMs, status, end, text }) => {
    const when = `${startMs - zero}-${endMs === Infinity ? '...' : endMs - zero} ms`
    return {
      atMs: startMs,
      text: `${when} ${server}(${pid}) ${tellDeed(of)} -> ${status ?? 'no answer'} (${end})${text === '' ? '' : `: ${text}`}`,
    }
  })
  for (const run of ground.runLog.runsOf(entry.id))
    lines.push({
      atMs: run.startMs,
      text: `${run.startMs - zero}-${run.endMs === null ? '...' : run.endMs - zero} ms handler run ${run.run}, attempt ${run.attempt}: ${run.outcome}, saw ${run.files.map((file) => `${file.sizeBytes} bytes ${file.sha256.slice(0, 8)}`).join(', ')}, saved ${run.names.join(', ')}`,
    })
  const lastMs = entry.finishedMs ?? Date.now()
  for (const { what, pid, fromMs, toMs } of ground.disturbances)
    if (toMs >= zero && fromMs <= lastMs)
      lines.push({
        atMs: fromMs,
        text: `${fromMs - zero}-${toMs === Infinity ? '...' : toMs - zero} ms ${pid === 0 ? 'the ground' : `server process ${pid}`} was ${what}`,
      })
  lines.sort((a, b) => a.atMs - b.atMs)
  const head = `slot ${entry.id} of script ${plan.script} (${plan.mood}, ${plan.way}, ${plan.kind}, ground ${ground.name}; ${entry.conclusion})`
  return [
    head,
    `  handler told: ${JSON.stringify(plan.args)}`,
    ...lines.map((line) => `  ${line.text}`),
  ].join('\n')
}

/** @param {Deed['of']} of */
function tellDeed(of) {
  if (of.what === 'whole')
    return `whole upload (${of.fault}) of bodies ${of.files.map((file) => `${indexOfBody(file.body)} (${file.lengthBytes} bytes)`).join(', ')}`
  if (of.what !== 'piece') return of.what
  return `${of.isCreation ? 'creation' : 'piece'} (${of.fault}) of body ${indexOfBody(of.body)}, bytes ${of.fromByte}-${of.toByte}${of.ackedByte === null ? '' : `, acknowledged to ${of.ackedByte}`}`
}
