// @ts-check
// Ours with a kind of slot whose handler moves the file into place, as an application's would.

import http from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createLocalStorage, createMemorySlotStore, createTitofisto } from '../../dist/index.js'
import { listen, readSetup } from './listen.mjs'

const { root, store, durable } = readSetup()

const files = createTitofisto({
  secret: 'the bench signs with this secret, and nothing else does',
  storage: createLocalStorage({ root, durable }),
  durable,
  ...(store === 'memory' ? { slotStore: createMemorySlotStore() } : {}),
  timeoutSeconds: 86_400,
})

let saved = 0
const kind = files.slot('bench', {
  maxBytes: 4 * 1024 ** 3,
  async handler({ file }) {
    await file.save(`uploads/${++saved}.bin`)
  },
})

listen(http.createServer(files.handler), {
  /** Mints as an application under load does: several requests at once. */
  async mint(/** @type {number} */ count) {
    const started = performance.now()
    /** @type {string[]} */
    const targets = []
    let left = count
    async function mintSome() {
      while (left-- > 0) targets.push(await kind.url())
    }
    await Promise.all(Array.from({ length: 16 }, mintSome))
    return { targets, mintMs: performance.now() - started }
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
