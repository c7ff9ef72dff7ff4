// Many uploads at once over real sockets: each file holds the bytes of its own sender, and no other.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReceivedFile, ReceivedUpload } from '../../src/receive/intake/reception.ts'
import { ownBytes, whyNotOwn } from '../support/own-bytes.ts'
import { startUploadServer } from '../support/receive-server.ts'
import type { UploadServer } from '../support/receive-server.ts'

let server: UploadServer

beforeEach(async () => {
  server = await startUploadServer()
  // Durable, as by default: a form's next file waits for the flush of the one before it.
  server.durable = true
})

afterEach(async () => {
  await server.close()
})

const clients = 8
const filesEach = 3
/** Sizes of pieces that are sent as they are (one chunk of the body each), over and over. */
const pieceSizes = {
  small: [3000],
  'small, then middle': [...Array.from({ length: 400 }, () => 4000), 60_000],
  middle: [60_000],
  large: [200_000],
  'of all kinds': [100, 4096, 70_000, 4095, 64_000, 1, 130_000],
}

describe('uploads that come at once', () => {
  it.each(Object.entries(pieceSizes))('by forms in pieces that are %s', async (_, sizes) => {
    await Promise.all(Array.from({ length: clients }, (__, client) => sendForm(client, sizes)))
    for (let count = 0; count < clients; count += 1) {
      const { files, fields } = await nextUpload()
      expect(files).toHaveLength(filesEach)
      for (const file of files) expectOwn(file)
      for (const [name, value] of fields) expect(value).toBe(name.repeat(200))
    }
  })

  it('as bare bodies in pieces of every kind', async () => {
    await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        for (const [index, sizes] of Object.values(pieceSizes).entries())
          await sendRaw(client * 10 + index, sizes)
      }),
    )
    for (let count = 0; count < clients * Object.keys(pieceSizes).length; count += 1)
      for (const file of (await nextUpload()).files) expectOwn(file)
  })
})

async function nextUpload(): Promise<ReceivedUpload> {
  const outcome = await server.nextOutcome()
  if (outcome.upload === null) throw outcome.error
  return outcome.upload
}

/** Its name says whose it is and how long. */
function expectOwn({ name, path }: ReceivedFile): void {
  const [owner, lengthBytes] = name.split('-').map(Number)
  expect(whyNotOwn(readFileSync(path), owner ?? -1, lengthBytes ?? -1)).toBeNull()
}

async function sendForm(client: number, sizes: readonly number[]): Promise<void> {
  const socket = await open('POST', 'Content-Type: multipart/form-data; boundary=B')
  for (let index = 0; index < filesEach; index += 1) {
    const owner = client * 10 + index
    const lengthBytes = 1_700_000 + 1000 * owner
    await sendChunk(
      socket,
      Buffer.from(
        `--B\r\nContent-Disposition: form-data; name="${owner}"\r\n\r\n${String(owner).repeat(200)}\r\n` +
          `--B\r\nContent-Disposition: form-data; name="f"; filename="${owner}-${lengthBytes}"\r\n\r\n`,
      ),
    )
    await sendPieces(socket, ownBytes(owner, lengthBytes), sizes)
    await sendChunk(socket, Buffer.from('\r\n'))
  }
  await sendChunk(socket, Buffer.from('--B--'))
  await finish(socket)
}

async function sendRaw(owner: number, sizes: readonly number[]): Promise<void> {
  const lengthBytes = 1_700_000 + 1000 * owner
  const socket = await open(
    'PUT',
    `Content-Disposition: attachment; filename="${owner}-${lengthBytes}"`,
  )
  await sendPieces(socket, ownBytes(owner, lengthBytes), sizes)
  await finish(socket)
}

async function open(method: string, field: string): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    `${method} /slot HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${field}\r\n\r\n`,
  )
  return socket
}

async function sendPieces(socket: Socket, bytes: Buffer, sizes: readonly number[]): Promise<void> {
  let position = 0
  for (let turn = 0; position < bytes.length; turn += 1) {
    const end = position + (sizes[turn % sizes.length] ?? 1)
    await sendChunk(socket, bytes.subarray(position, end))
    position = end
  }
}

async function sendChunk(socket: Socket, bytes: Buffer): Promise<void> {
  socket.write(`${bytes.length.toString(16)}\r\n`)
  socket.write(bytes)
  if (!socket.write('\r\n')) await once(socket, 'drain')
}

/** Ends the body, and reads the answer to its end. */
async function finish(socket: Socket): Promise<void> {
  socket.write('0\r\n\r\n')
  socket.resume()
  await once(socket, 'close')
}
