// @ts-check
// Ours with a kind of slot whose handler moves the file into place, as an application's would.

import http from 'node:http'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { listen, readSetup } from './listen.mjs'

const { root, store, durable, dist } = readSetup()
/** @type {typeof import('../../dist/index.js')} */
const { createLocalStorage, createMemorySlotStore, createTitofisto } = await import(
  dist === undefined ? '../../dist/index.js' : pathToFileURL(`${dist}/index.js`).href
)
const slotStore =
  store === 'memory' ? createMemorySlotStore() : store === 'file' ? null : await openEngine()

async function openEngine() {
  const { openStoreAt } = await import('../../test/support/engines/open-store.mjs')
  return openStoreAt(new URL('../../dist', import.meta.url).href, store)
}

const yearMs = 365 * 86_400_000
let clockAheadMs = 0

const files = createTitofisto({
  secret: 'the bench signs with this secret, and nothing else does',
  storage: createLocalStorage({ root, durable }),
  durable,
  ...(slotStore === null ? {} : { slotStore }),
  timeoutSeconds: 86_400,
  // Else it would sweep while another server is measured on the same core.
  sweepSeconds: 0,
  now: () => Date.now() + clockAheadMs,
})

let saved = 0
const kind = files.slot('bench', {
  maxBytes: 4 * 1024 ** 3,
  async handler({ file }) {
    await file.save(`uploads/${++saved}.bin`)
  },
})

listen(http.createServer(files.handler), {
  async mint(/** @type {number} */ count) {
    const started = performance.now()
    const targets = await mintAtOnce(count)
    return { targets, mintMs: performance.now() - started }
  },
  /** Mints so many and lets time take them all away: warm code, and an empty store. */
  async warmUp(/** @type {number} */ count) {
    await mintAtOnce(count)
    for (let sweeps = 0; sweeps < 5; sweeps++) {
      clockAheadMs += yearMs
      const { checkedSlots } = await files.slots.sweep()
      if (checkedSlots === 0) return
    }
    throw new Error('The sweep left slots that expired years ago.')
  },
  async mintOnly(/** @type {number} */ count) {
    await mintAtOnce(count)
  },
  sweep: () => files.slots.sweep(),
  /** The median of what one claim takes, one after another: what the store does for it alone. */
  async claimMs(/** @type {number} */ count) {
    if (slotStore === null) return Number.NaN
    const waits = []
    for (let claim = 0; claim < count; claim++) {
      const { id } = await kind.create()
      const record = await slotStore.read(id)
      if (record === null) throw new Error('A slot that was just made is gone.')
      const started = performance.now()
      await slotStore.replace({ ...record, revision: 2 }, 1)
      waits.push(performance.now() - started)
    }
    return waits.sort((one, other) => one - other)[Math.floor(count / 2)]
  },
  /** What is really held, after a collection. */
  heapBytes() {
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc')
    collect()
    collect()
    return process.memoryUsage().heapUsed
  },
})

/**
 * Mints as an application under load does: several requests at once.
 * @param {number} count
 */
async function mintAtOnce(count) {
  /** @type {string[]} */
  const targets = []
  let left = count
  async function mintSome() {
    while (left-- > 0) targets.push(await kind.url())
  }
  await Promise.all(Array.from({ length: 16 }, mintSome))
  return targets
}
