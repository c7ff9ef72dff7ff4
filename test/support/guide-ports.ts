// Guides listen at the ports that everybody knows; in a test each gets one that is free.

import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** The ports of the guides. */
const guidePorts = ['4000', '4001', '8080'] as const

/** A free port for each of the guides', by that. */
export type FreePorts = ReadonlyMap<string, number>

/** Finds ports that nobody listens on just now. */
export async function freePorts(): Promise<FreePorts> {
  const servers = guidePorts.map(() => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return new Map(guidePorts.map((port, index) => [port, ports[index] ?? 0]))
}

/** The program with free ports in the place of the guides', and heard on this machine alone. */
export function onFreePorts(program: string, ports: FreePorts): string {
  const local = program.replaceAll(/\.listen\((\d+)\)/g, ".listen($1, 'localhost')")
  return local.replaceAll(/\b(?:4000|4001|8080)\b/g, (port) => String(ports.get(port)))
}
