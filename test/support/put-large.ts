// One large upload by its raw body, from memory that is sent over and over.

import { once } from 'node:events'
import { request } from 'node:http'
import { expect } from 'vitest'

const mebibyte = 1024 * 1024

/** Sends so many MiB to a server of ours on this machine, and expects that they are taken. */
export async function putLarge(port: number, target: string, mebibytes: number): Promise<void> {
  const piece = Buffer.alloc(mebibyte)
  const put = request({ port, host: '127.0.0.1', path: target, method: 'PUT' })
  put.setHeader('Content-Length', mebibytes * mebibyte)
  const answered = once(put, 'response')
  for (let sent = 0; sent < mebibytes; sent++) if (!put.write(piece)) await once(put, 'drain')
  put.end()
  const [response] = await answered
  response.resume()
  await once(response, 'close')
  expect(response.statusCode).toBe(204)
}
