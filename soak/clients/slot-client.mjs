// @ts-check
// What every way of uploading shares: the slot, the servers that may be asked, and the ledger.

import { setTimeout as sleep } from 'node:timers/promises'
import { bodyNumber } from '../pattern.mjs'
import { exchange } from './exchange.mjs'

/**
 * @typedef {import('../ledger.mjs').SlotEntry} SlotEntry
 * @typedef {import('../ledger.mjs').Deed} Deed
 * @typedef {import('../servers/server.mjs').Server} Server
 */

/** A client that uploads to one slot. */
export class SlotClient {
  #bodies = 0

  /**
   * @param {SlotEntry} entry
   * @param {string} target The slot's path.
   * @param {import('../ledger.mjs').Ledger} ledger
   * @param {() => boolean} isCutOff Whether clients are to leave everything as it is.
   */
  constructor(entry, target, ledger, isCutOff) {
    this.entry = entry
    this.plan = entry.plan
    this.target = target
    this.ledger = ledger
    this.isCutOff = isCutOff
    this.chance = entry.plan.chance
  }

  /** A number for the next body. */
  newBody() {
    return bodyNumber(this.plan.script, this.#bodies++)
  }

  get isOutOfBodies() {
    return this.#bodies > 110
  }

  /** A server of the slot's ground that is up, whether or not it moves. */
  async pickServer() {
    while (!this.isCutOff()) {
      const up = this.entry.ground.servers.filter((server) => server.isUp)
      const [first] = up
      // Uploads press each other only within one process.
      if (first !== undefined && this.plan.mood === 'forms' && this.chance.happens(0.85))
        return first
      if (up.length > 0) return this.chance.pick(up)
      await sleep(50)
    }
    const [server] = this.entry.ground.servers
    if (server === undefined) throw new Error('A ground has a server.')
    return server
  }

  /**
   * Sends one request, and writes it down.
   * @param {Server} server
   * @param {Deed['of']} of
   * @param {Omit<import('./exchange.mjs').Request, 'port' | 'target' | 'patienceMs'> & { key?: string | null }} request
   */
  async send(server, of, request) {
    const { plan, entry } = this
    const hopeMs = entry.ground.leaseMs + 400
    /** @type {Deed} */
    const deed = {
      of,
      server: server.name,
      pid: server.pid,
      key: request.key ?? null,
      startMs: Date.now(),
      endMs: Infinity,
      status: null,
      end: 'sending',
      text: '',
    }
    entry.deeds.push(deed)
    this.ledger.counts.requests += 1
    const outcome = await exchange({
      ...request,
      port: server.port,
      target: this.target,
      patienceMs: plan.patienceMs,
      lingers: plan.lingers && !this.isCutOff(),
      hasLostHope: () =>
        this.isCutOff() || (server.frozenMs > hopeMs && entry.ground.servers.length > 1),
    })
    deed.endMs = outcome.endMs
    deed.status = outcome.isWholeAnswer ? outcome.status : null
    deed.end = outcome.end
    const isTold = deed.status !== null && deed.status >= 400
    if (isTold) deed.text = outcome.body.toString('latin1').slice(0, 100).trim()
    if (deed.status === null) this.ledger.counts.unanswered += 1
    else if (deed.status >= 400) this.ledger.counts.refused += 1
    return {
      deed,
      status: deed.status,
      headers: outcome.headers,
      body: outcome.body,
      end: outcome.end,
    }
  }
}

/** @param {number | null} status */
export function isSuccess(status) {
  return status !== null && status >= 200 && status < 300
}
