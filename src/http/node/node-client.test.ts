import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createSelfSigned } from '../../../test/support/self-signed.ts'
import { queuedBytes } from './node-client.ts'

it('a client that takes some of a large piece over TLS is seen to', async () => {
  const server = createServer(await createSelfSigned())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  client.pause()
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [, res] = (await once(server, 'request')) as Parameters<
    NonNullable<Parameters<typeof createServer>[1]>
  >
  const piece = { isTaken: false }
  res.on('error', () => {})
  res.write(Buffer.alloc(64 * 1024 * 1024), () => (piece.isTaken = true))
  await once(client, 'readable')
  const before = queuedBytes(res)
  expect(before).toBeGreaterThan(0)
  while (queuedBytes(res) === before && !piece.isTaken) {
    client.read()
    await wait(1)
  }
  expect(piece.isTaken).toBe(false)
  client.destroy()
  server.close()
})
