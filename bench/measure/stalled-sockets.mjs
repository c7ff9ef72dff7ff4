// @ts-check
// Clients that say something and then do nothing: what does each of them cost a server?

import { once } from 'node:events'
import net from 'node:net'
import { countDescriptors, countSockets, readRssBytes } from './usage.mjs'

/**
 * @typedef {object} StalledCost
 * @property {number} bytesEach Resident memory above idle, for each connection.
 * @property {number} descriptorsLeft Open descriptors above idle after all clients have vanished.
 */

/**
 * Connects clients that send what they are given, read nothing, and are cut at the end.
 * @param {import('./server-process.mjs').ServerProcess} server
 * @param {readonly (string | Buffer)[][]} opening What each client sends.
 * @returns {Promise<StalledCost>}
 */
export async function measureStalled(server, opening) {
  const idleBytes = await settle(() => readRssBytes(server.pid))
  const idleSockets = countSockets(server.pid)
  const idleDescriptors = countDescriptors(server.pid)
  const sockets = []
  // In small groups: a listen queue that overflows would make clients wait a second each.
  for (let index = 0; index < opening.length; index += 100) {
    const group = opening.slice(index, index + 100).map((parts) => openStalled(server.port, parts))
    sockets.push(...(await Promise.all(group)))
  }
  await waitForSockets(server, idleSockets + opening.length)
  const fullBytes = await settle(() => readRssBytes(server.pid))
  for (const socket of sockets) socket.resetAndDestroy()
  const descriptors = await waitForCleanup(server, idleDescriptors)
  return {
    bytesEach: (fullBytes - idleBytes) / opening.length,
    descriptorsLeft: descriptors - idleDescriptors,
  }
}

/**
 * @param {number} port
 * @param {readonly (string | Buffer)[]} parts
 */
async function openStalled(port, parts) {
  const socket = net.connect({ port, host: '127.0.0.1' })
  // Before it is connected: a socket that nobody has paused reads ahead.
  socket.pause()
  await once(socket, 'connect')
  // The cut at the end is ours, and a server may cut first; neither is news.
  socket.on('error', () => {})
  for (const part of parts) socket.write(part)
  return socket
}

/**
 * A client is connected before its server knows: each one that is accepted is first given what fits
 * into the system's buffers, and with 2,000 that takes a while. Measuring earlier would share the
 * memory of few among many.
 * @param {import('./server-process.mjs').ServerProcess} server
 * @param {number} expected
 */
async function waitForSockets(server, expected) {
  const until = performance.now() + 120_000
  while (countSockets(server.pid) < expected) {
    if (performance.now() > until)
      throw new Error(
        `"${server.name}" holds ${countSockets(server.pid)} sockets after two minutes, not ${expected}.`,
      )
    await pause()
  }
}

/**
 * Waits until no more descriptors are open than while idle. A busy server needs its time to notice
 * that clients are gone; what is still there after 20 seconds in which nothing went is left behind.
 * @param {import('./server-process.mjs').ServerProcess} server
 * @param {number} idleDescriptors
 */
async function waitForCleanup(server, idleDescriptors) {
  let last = countDescriptors(server.pid)
  let changed = performance.now()
  while (last > idleDescriptors && performance.now() - changed < 20_000) {
    await pause()
    const count = countDescriptors(server.pid)
    if (count < last) changed = performance.now()
    last = count
  }
  return last
}

/**
 * Waits until memory has stayed within half a MiB for two seconds, at most 30 seconds.
 * @param {() => number} readBytes
 */
async function settle(readBytes) {
  let last = readBytes()
  let quiet = 0
  for (let turn = 0; turn < 120 && quiet < 8; turn++) {
    await pause()
    const value = readBytes()
    quiet = Math.abs(value - last) <= 512 * 1024 ? quiet + 1 : 0
    last = value
  }
  return last
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, 250))
}
