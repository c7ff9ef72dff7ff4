// A way to an engine that can be made slow, cut, or half open.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A TCP proxy on a port of its own. */
export interface EngineProxy {
  readonly port: number
  /** Lets each piece wait so long, in both directions. */
  delay(ms: number): void
  /** Passes nothing on any more, and tells nobody; what is sent meanwhile is lost. */
  silence(): void
  /** Passes on again what comes from now on by new connections; the old ones stay silent. */
  speak(): void
  /** Of the next request with this text the answer is lost: the engine's is thrown away, and the connection cut. */
  loseAnswerTo(text: string): Promise<void>
  /** The same, and from then on it is silent. */
  loseAllFromAnswerTo(text: string): Promise<void>
  close(): Promise<void>
}

/** An answer that is to be lost, and what is told then. */
interface Losing {
  readonly text: string
  readonly isLast: boolean
  readonly lost: () => void
}

/** Opens one to a port of 127.0.0.1. */
export async function openProxy(targetPort: number): Promise<EngineProxy> {
  let delayMs = 0
  let isSilent = false
  let losing: Losing | null = null
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const engine = connect(targetPort, '127.0.0.1')
    const pair = { isDead: isSilent, isLosing: false }
    for (const socket of [client, engine]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        engine.destroy()
      })
    }
    pass(client, engine, (chunk) => {
      if (losing !== null && chunk.includes(losing.text)) pair.isLosing = true
    })
    pass(engine, client, () => {
      if (!pair.isLosing) return
      losing?.lost()
      isSilent = losing?.isLast === true
      losing = null
      if (isSilent) pair.isDead = true
      else client.resetAndDestroy()
    })

    function pass(from: Socket, to: Socket, look: (chunk: Buffer) => void): void {
      from.on('data', (chunk) => {
        pair.isDead ||= isSilent
        if (pair.isDead) return
        look(chunk)
        if (to.destroyed || pair.isDead) return
        if (delayMs === 0) to.write(chunk)
        else setTimeout(() => to.destroyed || to.write(chunk), delayMs)
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    delay: (ms) => void (delayMs = ms),
    silence: () => void (isSilent = true),
    speak: () => void (isSilent = false),
    loseAnswerTo: (text) =>
      new Promise((resolve) => (losing = { text, isLast: false, lost: resolve })),
    loseAllFromAnswerTo: (text) =>
      new Promise((resolve) => (losing = { text, isLast: true, lost: resolve })),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
