// @ts-check
// What befalls servers, disks, engines and S3: stalls past the lease, kills, calm restarts, a full disk.

import { openSync, closeSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * @typedef {import('./servers/ground.mjs').Ground} Ground
 * @typedef {import('./random.mjs').Chance} Chance
 */

/**
 * Troubles a ground until it is over; leaves it whole.
 * @param {Ground} ground
 * @param {Chance} chance
 * @param {{ readonly isOver: () => boolean, readonly stallsOnly: boolean, readonly onFault: (fault: string) => void }} setting
 */
export async function troubleGround(ground, chance, { isOver, stallsOnly, onFault }) {
  while (!isOver()) {
    await rest(chance.whole(600, stallsOnly ? 1500 : 4000), isOver)
    if (isOver()) return
    const trouble = chance.weigh([
      [stall, 5],
      [kill, stallsOnly ? 0 : 2],
      [restart, stallsOnly ? 0 : 1],
      [fillDisk, ground.smallDisk !== null && !stallsOnly ? 5 : 0],
      [stallEngine, ground.engine !== null ? 2 : 0],
      [killEngine, ground.engine !== null && !stallsOnly ? 2 : 0],
      [stallGateway, ground.bucket !== null ? 2 : 0],
      [killGateway, ground.bucket !== null && !stallsOnly ? 2 : 0],
    ])
    await trouble(ground, chance, onFault)
  }
}

/**
 * Stops one server for longer than a lease.
 * @param {Ground} ground
 * @param {Chance} chance
 */
async function stall(ground, chance) {
  const server = chance.pick(ground.servers)
  const goOn = server.freeze()
  await sleep(ground.leaseMs + chance.whole(300, 3000))
  goOn()
}

/**
 * @param {Ground} ground
 * @param {Chance} chance
 */
async function kill(ground, chance) {
  const server = chance.pick(ground.servers)
  await server.kill()
  await sleep(chance.whole(0, 1500))
  await server.restart()
}

/**
 * @param {Ground} ground
 * @param {Chance} chance
 * @param {(fault: string) => void} onFault
 */
async function restart(ground, chance, onFault) {
  const server = chance.pick(ground.servers)
  const code = await server.stop()
  if (code !== 0) onFault(`server ${server.name} ended with ${code} when it was told to stop`)
  await server.restart()
}

/**
 * @param {Ground} ground
 * @param {Chance} chance
 */
async function fillDisk(ground, chance) {
  const { smallDisk } = ground
  if (smallDisk === null) return
  const ballast = path.join(smallDisk, 'ballast')
  const disturbance = {
    what: 'without space on its disk',
    pid: 0,
    fromMs: Date.now(),
    toMs: Infinity,
  }
  ground.disturbances.push(disturbance)
  const block = Buffer.alloc(256 * 1024, 1)
  const descriptor = openSync(ballast, 'w')
  try {
    while (writeSync(descriptor, block) === block.length) await sleep(0)
  } catch (error) {
    if (/** @type {any} */ (error).code !== 'ENOSPC') throw error
  } finally {
    closeSync(descriptor)
  }
  await sleep(chance.whole(500, 2500))
  rmSync(ballast)
  disturbance.toMs = Date.now()
}

/**
 * Stops the engine, for less or more than a call of it may take.
 * @param {Ground} ground
 * @param {Chance} chance
 */
async function stallEngine(ground, chance) {
  const { engine } = ground
  if (engine === null) return
  await withoutEngine(ground, async () => {
    engine.pause()
    await sleep(chance.whole(200, 9000))
    engine.goOn()
  })
}

/**
 * Kills the engine, which has its data when it comes back.
 * @param {Ground} ground
 * @param {Chance} chance
 */
async function killEngine(ground, chance) {
  const { engine } = ground
  if (engine === null) return
  await withoutEngine(ground, async () => {
    await engine.kill()
    await sleep(chance.whole(0, 3000))
    await engine.startAgain({ keepsData: true })
  })
}

/** Until a server asks an engine again that gave it no answer. */
const findingOutMs = 7000

/**
 * @param {Ground} ground
 * @param {() => Promise<void>} work
 */
async function withoutEngine(ground, work) {
  const disturbance = { what: 'without its engine', pid: 0, fromMs: Date.now(), toMs: Infinity }
  ground.disturbances.push(disturbance)
  await work()
  disturbance.toMs = Date.now() + findingOutMs
}

/**
 * Stops the gateway to S3, for less or more than a call of it may take.
 * @param {Ground} ground
 * @param {Chance} chance
 */
async function stallGateway(ground, chance) {
  const { bucket } = ground
  if (bucket === null) return
  await withoutStorage(ground, async () => {
    bucket.gateway.pause()
    await sleep(chance.whole(200, 9000))
    bucket.gateway.goOn()
  })
}

/**
 * Kills the gateway to S3, whose data stays.
 * @param {Ground} ground
 * @param {Chance} chance
 */
async function killGateway(ground, chance) {
  const { bucket } = ground
  if (bucket === null) return
  await withoutStorage(ground, async () => {
    await bucket.gateway.kill()
    await sleep(chance.whole(0, 3000))
    await bucket.gateway.startAgain()
  })
}

/** Until what has waited meanwhile has its answer. */
const catchingUpMs = 1000

/**
 * @param {Ground} ground
 * @param {() => Promise<void>} work
 */
async function withoutStorage(ground, work) {
  const disturbance = {
    what: 'without its storage',
    pid: 0,
    isOfStorage: true,
    fromMs: Date.now(),
    toMs: Infinity,
  }
  ground.disturbances.push(disturbance)
  await work()
  disturbance.toMs = Date.now() + catchingUpMs
}

/**
 * @param {number} ms
 * @param {() => boolean} isOver
 */
async function rest(ms, isOver) {
  const untilMs = Date.now() + ms
  while (Date.now() < untilMs && !isOver()) await sleep(50)
}
