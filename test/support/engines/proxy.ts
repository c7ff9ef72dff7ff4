// A way to an engine that can be made slow, cut, half open, or lead to another one.

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
  /**
   * From the next request with this text on passes on what is asked, and none of the answers, until
   * `hear`; the connections of that time are cut then. Resolves with that request.
   */
  loseAnswersFrom(text: string): Promise<void>
  hear(): void
  /** Of the next request with this text the answer is lost: the engine's is thrown away, and the connection cut. */
  loseAnswerTo(text: string): Promise<void>
  /** Cuts what is open, and leads to another port from now on. */
  leadTo(port: number): void
  close(): Promise<void>
}

/** Whose answer is lost, and who is told. */
interface Loss {
  readonly text: string
  readonly lost: () => void
}

/** Opens one to a port of 127.0.0.1. */
export async function openProxy(targetPort: number): Promise<EngineProxy> {
  let delayMs = 0
  let isSilent = false
  let isDeaf = false
  let leadsTo = targetPort
  let losing: Loss | null = null
  let deafening: Loss | null = null
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const engine = connect(leadsTo, '127.0.0.1')
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
      if (deafening !== null && chunk.includes(deafening.text)) {
        isDeaf = true
        deafening.lost()
        deafening = null
      }
      return true
    })
    pass(engine, client, () => {
      if (isDeaf) return false
      if (!pair.isLosing) return true
      losing?.lost()
      losing = null
      client.resetAndDestroy()
      return false
    })

    function pass(from: Socket, to: Socket, mayPass: (chunk: Buffer) => boolean): void {
      from.on('data', (chunk) => {
        pair.isDead ||= isSilent
        if (pair.isDead || !mayPass(chunk) || to.destroyed) return
        if (delayMs === 0) to.write(chunk)
        else setTimeout(() => to.destroyed || to.write(chunk), delayMs)
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  function cutAll(): void {
    for (const socket of sockets) socket.destroy()
  }

  return {
    port: (server.address() as AddressInfo).port,
    delay: (ms) => void (delayMs = ms),
    silence: () => void (isSilent = true),
    speak: () => void (isSilent = false),
    loseAnswersFrom: (text) => new Promise((resolve) => (deafening = { text, lost: resolve })),
    hear() {
      isDeaf = false
      // An answer without its beginning is none.
      cutAll()
    },
    loseAnswerTo: (text) => new Promise((resolve) => (losing = { text, lost: resolve })),
    leadTo(port) {
      leadsTo = port
      cutAll()
    },
    async close() {
      cutAll()
      server.close()
      await once(server, 'close')
    },
  }
}
