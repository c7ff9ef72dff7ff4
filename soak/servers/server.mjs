// @ts-check
// One server process as the soak sees it: started, asked, stopped, continued, killed, started again.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, openSync, closeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Disturbance
 * @property {string} what
 * @property {string} [server] Its name, where one of ours was disturbed.
 * @property {number} pid 0: the whole ground.
 * @property {boolean} [isOfStorage] Whether it befell nothing but what keeps the files.
 * @property {number} fromMs
 * @property {number} toMs `Infinity` as long as it lasts.
 */

/** A server that may be started again and again; its port and process differ each time. */
export class Server {
  /** @type {import('node:child_process').ChildProcess | null} */
  #child = null
  /** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map()
  #lastId = 0
  #isEndWanted = false
  /** Since when it is stopped; 0: it is not. */
  #frozenSinceMs = 0

  /**
   * @param {string} name
   * @param {{ dist: string, setup: object, stderrFile: string, disturbances: Disturbance[], onCrash: (text: string) => void }} facts
   */
  constructor(name, facts) {
    this.name = name
    this.facts = facts
    this.port = 0
    this.pid = 0
    this.isUp = false
  }

  /** How long it has been stopped, in milliseconds; 0: it is not. */
  get frozenMs() {
    return this.#frozenSinceMs === 0 ? 0 : Date.now() - this.#frozenSinceMs
  }

  async start() {
    const script = fileURLToPath(new URL('server-child.mjs', import.meta.url))
    const errors = openSync(this.facts.stderrFile, 'a')
    const child = fork(script, [this.facts.dist, JSON.stringify(this.facts.setup)], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', errors, errors, 'ipc'],
    })
    closeSync(errors)
    this.#child = child
    this.#isEndWanted = false
    this.#frozenSinceMs = 0
    this.pid = child.pid ?? 0
    child.on('exit', (code, signal) => this.#onExit(child, code, signal))
    child.on('message', (/** @type {any} */ message) => this.#onMessage(message))
    const started = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => null),
    ])
    if (started === null) throw new Error(`Server ${this.name} ended before it listened.`)
    this.port = started[0].port
    this.isUp = true
  }

  /**
   * Asks what server-child.mjs answers; rejects where the process is gone.
   * @param {string} question
   * @param {unknown} [value]
   * @returns {Promise<any>}
   */
  ask(question, value) {
    return new Promise((resolve, reject) => {
      if (!this.isUp || this.#child === null)
        return reject(new Error(`Server ${this.name} is down.`))
      const id = ++this.#lastId
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ id, question, value }, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  /** Stops it in its tracks, and gives the function that lets it go on. */
  freeze() {
    const disturbance = this.#disturb('stopped')
    this.#frozenSinceMs = Date.now()
    const child = this.#child
    child?.kill('SIGSTOP')
    return () => {
      child?.kill('SIGCONT')
      this.#frozenSinceMs = 0
      disturbance.toMs = Date.now()
    }
  }

  /** SIGKILL; resolves when it is gone. */
  kill() {
    return this.#end('killed', 'SIGKILL')
  }

  /** SIGTERM; resolves with the exit code when it is gone. */
  stop() {
    return this.#end('restarted', 'SIGTERM')
  }

  async restart() {
    await this.start()
    for (const disturbance of this.facts.disturbances)
      if (
        disturbance.toMs === Infinity &&
        disturbance.pid !== 0 &&
        disturbance.server === this.name
      )
        disturbance.toMs = Date.now()
  }

  /**
   * @param {string} what
   * @returns {Disturbance}
   */
  #disturb(what) {
    const disturbance = {
      what,
      server: this.name,
      pid: this.pid,
      fromMs: Date.now(),
      toMs: Infinity,
    }
    this.facts.disturbances.push(disturbance)
    return disturbance
  }

  /**
   * @param {string} what
   * @param {NodeJS.Signals} signal
   * @returns {Promise<number | null>}
   */
  async #end(what, signal) {
    const child = this.#child
    if (child === null || !this.isUp) return null
    this.#disturb(what)
    this.#isEndWanted = true
    const exited = once(child, 'exit')
    child.kill(signal)
    const [code] = await exited
    return code
  }

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number | null} code
   * @param {NodeJS.Signals | null} signal
   */
  #onExit(child, code, signal) {
    if (child !== this.#child) return
    this.isUp = false
    for (const { reject } of this.#waiting.values())
      reject(new Error(`Server ${this.name} has ended.`))
    this.#waiting.clear()
    if (this.#isEndWanted) return
    const text = `server ${this.name} (${child.pid}) ended by itself: ${signal ?? `code ${code}`}`
    appendFileSync(this.facts.stderrFile, `${text}\n`)
    this.facts.onCrash(text)
  }

  /** @param {any} message */
  #onMessage({ id, answer, error }) {
    const asker = this.#waiting.get(id)
    if (asker === undefined) return
    this.#waiting.delete(id)
    if (error === undefined) asker.resolve(answer)
    else asker.reject(new Error(error))
  }
}
