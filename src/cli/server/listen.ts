// Gets a server to listen, on the next free port where none was asked for.

import { refused, systemCode } from '../cli-failure.ts'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a server is to listen. */
export interface ListenPlace {
  readonly host: string
  readonly port: number
  /** How many ports to try, one after the other, while they are taken. */
  readonly tries: number
}

/**
 * Listens, and gives the port that it got.
 *
 * @throws CliFailure where the port is taken, or the address can't be used.
 */
export async function listen(server: Server, place: ListenPlace): Promise<number> {
  const lastPort = Math.min(place.port + place.tries - 1, 65_535)
  for (let port = place.port; ; port++) {
    try {
      await listenOn(server, place.host, port)
      return (server.address() as AddressInfo).port
    } catch (error) {
      if (systemCode(error) === 'EADDRINUSE' && port < lastPort) continue
      throw refused(whyNotListening(place.host, port, systemCode(error)), error)
    }
  }
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function whyNotListening(host: string, port: number, code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken; give another with --port.`
    case 'EACCES':
    case 'EPERM':
      return `Port ${port} on ${host} is not allowed for this user; give one from 1024 on with --port.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is no address of this machine; give another with --host.`
    default:
      return `Can't listen on ${host}, port ${port} (${code}).`
  }
}
