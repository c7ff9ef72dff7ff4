// @ts-check
// Clients that say something and then do nothing: what does each of them cost a server?

import { once } from 'node:events'
import net from 'node:net'
import { countDescriptors, readRssBytes } from './usage.mjs'

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
  const idleBytes = await settle(() => readRssBytes(server.pid), 512 * 1024)
  const idleDescriptors = countDescriptors(server.pid)
  const sockets = []
  // In small groups: a listen queue that overflows would make clients wait a second each.
  for (let index = 0; index < opening.length; index += 100) {
    const group = opening.slice(index, index + 100).map((parts) => openStalled(server.port, parts))
    sockets.push(...(await Promise.all(group)))
  }
  await waitForDescriptors(server, idleDescriptors + opening.length)
  const fullBytes = await settle(() => readRssBytes(server.pid), 512 * 1024)
  for (const socket of sockets) socket.resetAndDestroy()
  const descriptors = await settle(() => countDescriptors(server.pid), 0)
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
async function waitForDescriptors(server, expected) {
  const until = performance.now() + 120_000
  while (countDescriptors(server.pid) < expected) {
    if (performance.now() > until)
      throw new Error(
        `"${server.name}" holds ${countDescriptors(server.pid)} descriptors after two minutes, not the ${expected} of all its clients.`,
      )
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

/**
 * Waits until a value stays as it is for a second, at most 20 seconds.
 * @param {() => number} read
 * @param {number} tolerance
 */
async function settle(read, tolerance) {
  let last = read()
  let quiet = 0
  for (let turn = 0; turn < 80 && quiet < 4; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    const value = read()
    quiet = Math.abs(value - last) <= tolerance ? quiet + 1 : 0
    last = value
  }
  return last
}
