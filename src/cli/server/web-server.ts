// Node's HTTP server with limits that hold on an open network; with TLS where a certificate is given.

import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { refused, systemCode, wrongUsage } from '../cli-failure.ts'
import type { Found, Settings } from '../settings/settings.ts'

/** A server that does not listen yet. */
export interface WebServer {
  readonly server: Server
  readonly isTls: boolean
}

const limits: ServerOptions = {
  // A client that sends its headers a byte at a time gives up its place after this.
  headersTimeout: 15_000,
  // An upload may take hours; its own limits (idle, total, least rate) end slow ones.
  requestTimeout: 0,
  // Longer than the 60 s of common proxies: else we may close a connection just as one reuses it.
  keepAliveTimeout: 65_000,
}

/** A paused video stalls its connection; after this it is cut, and browsers come back with a range. */
const idleSocketMs = 300_000

/**
 * Makes a server.
 *
 * @throws CliFailure where certificate or key are missing or wrong.
 */
export function createWebServer(settings: Settings): WebServer {
  const cert = settings.find('tlsCert')
  const key = settings.find('tlsKey')
  if (cert === null && key === null)
    return { server: limitIdle(createServer(limits)), isTls: false }
  if (cert === null || key === null)
    throw wrongUsage('TLS needs both --tls-cert and --tls-key (or their variables).')
  const credentials = { cert: readPem(cert), key: readPem(key) }
  try {
    return { server: limitIdle(createTlsServer({ ...limits, ...credentials })), isTls: true }
  } catch (error) {
    throw refused(
      `${cert.source} and ${key.source} are no certificate and private key that fit together, in PEM.`,
      error,
    )
  }
}

function limitIdle(server: Server): Server {
  return server.setTimeout(idleSocketMs)
}

function readPem(file: Found): Buffer {
  try {
    return readFileSync(file.text)
  } catch (error) {
    throw refused(`${file.source}: ${file.text} can't be read (${systemCode(error)}).`, error)
  }
}
