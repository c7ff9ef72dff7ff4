// Resumable uploads of the IETF, by a client of each version in the field: created, broken off, asked
// for, appended to, done.

import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SlotTicket } from '../../src/slots/minting/mint.ts'
import { askIetf, beginIetf, completenessOf, dialects } from '../support/ietf-client.ts'
import type { IetfDialect } from '../support/ietf-client.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

const bytes = randomBytes(300_000)
const digest = createHash('sha256').update(bytes).digest('hex')

let server: SlotServer
let seen: unknown[]

beforeEach(async () => {
  seen = []
  server = await startSlotServer()
  server.slots.define('file', {
    async handler({ file }) {
      seen.push([file.name, file.type, await file.sha256()])
      return { saved: file.sizeBytes }
    },
  })
})

afterEach(async () => {
  await server.close()
})

function mint(): Promise<SlotTicket> {
  return server.slots.mint('file')
}

/** Sends the first bytes of a request that says it brings all of them, and breaks it off. */
async function breakOff(
  dialect: IetfDialect,
  { url, id }: SlotTicket,
  sentBytes: number,
): Promise<void> {
  const { request } = beginIetf(dialect, 'POST', url, {
    isComplete: true,
    headers: {
      'Content-Length': bytes.length,
      'Content-Type': 'image/x-test',
      'Content-Disposition': 'inline; filename="a photo.xt"',
    },
  })
  request.on('error', () => {})
  request.write(bytes.subarray(0, sentBytes))
  await expect.poll(async () => (await server.slots.status(id))?.receivedBytes).toBe(sentBytes)
  const closed = new Promise((resolve) => request.once('close', resolve))
  request.destroy()
  await closed
}

describe.each(dialects)('an IETF client of version $interop', (dialect) => {
  it('whose only request broke goes on where it stopped, with the name and type it told', async () => {
    const ticket = await mint()
    await breakOff(dialect, ticket, 123_456)
    const asked = await askIetf(dialect, 'HEAD', ticket.url)
    expect([asked.status, asked.headers['upload-offset']]).toEqual([204, '123456'])
    expect(completenessOf(dialect, asked.headers)).toBe(false)
    expect(asked.headers['upload-length']).toBe('300000')
    expect(asked.headers['cache-control']).toBe('no-store')
    expect(seen).toEqual([])
    const done = await askIetf(dialect, 'PATCH', ticket.url, {
      isComplete: true,
      offset: 123_456,
      body: bytes.subarray(123_456),
    })
    expect([done.status, JSON.parse(done.text)]).toEqual([200, { saved: bytes.length }])
    expect(completenessOf(dialect, done.headers)).toBe(true)
    expect(seen).toEqual([['a photo.xt', 'image/x-test', digest]])
    const after = await askIetf(dialect, 'HEAD', ticket.url)
    expect([after.status, after.headers['upload-offset']]).toEqual([204, '300000'])
    expect(completenessOf(dialect, after.headers)).toBe(true)
    await expect.poll(() => server.spooled()).toEqual([])
  })

  it('hears by 104 where it can go on, and the version that it asked for; without a number nothing', async () => {
    const { url } = await mint()
    const answer = await askIetf(dialect, 'POST', url, { isComplete: true, body: bytes })
    expect(answer.status).toBe(200)
    expect(completenessOf(dialect, answer.headers)).toBe(true)
    expect(answer.interim.map(({ statusCode }) => statusCode)).toEqual(
      dialect.interop === null ? [] : [104],
    )
    for (const { headers } of answer.interim) {
      expect(headers['location']).toBe(url)
      expect(headers['upload-draft-interop-version']).toBe(String(dialect.interop))
      const limits = String(headers['upload-limit'] ?? '')
      const age = { 6: 'expires', 7: 'max-age', 8: 'max-age' }[dialect.interop ?? 0]
      expect(limits.split(/[=,] ?/).filter((text) => /^[a-z]/.test(text))).toEqual(
        age === undefined ? [] : ['max-size', 'min-size', age],
      )
    }
  })

  it('that begins with nothing is told the URL, and sends its bytes in parts', async () => {
    const { url } = await mint()
    const created = await askIetf(dialect, 'POST', url, { isComplete: false })
    expect([created.status, created.headers.location]).toEqual([201, url])
    expect(completenessOf(dialect, created.headers)).toBe(false)
    for (let offset = 0; offset < bytes.length; offset += 100_000) {
      const body = bytes.subarray(offset, offset + 100_000)
      const isComplete = offset === 200_000
      const answer = await askIetf(dialect, 'PATCH', url, { isComplete, offset, body })
      expect([answer.status, answer.headers['upload-offset']]).toEqual([
        isComplete ? 200 : 204,
        String(offset + 100_000),
      ])
      expect(completenessOf(dialect, answer.headers)).toBe(isComplete)
    }
    expect(seen).toEqual([[expect.any(String), 'application/octet-stream', digest]])
  })

  it('says only at the end that no more comes, by a request without bytes', async () => {
    const { url } = await mint()
    await askIetf(dialect, 'PUT', url, { isComplete: false, body: bytes, length: bytes.length })
    const asked = await askIetf(dialect, 'HEAD', url)
    expect(asked.headers['upload-offset']).toBe(String(bytes.length))
    expect(completenessOf(dialect, asked.headers)).toBe(false)
    expect(seen).toEqual([])
    const last = { isComplete: true, offset: bytes.length }
    const done = await askIetf(dialect, 'PATCH', url, last)
    expect([done.status, JSON.parse(done.text)]).toEqual([200, { saved: bytes.length }])
    expect(seen).toHaveLength(1)
  })

  it('that is wrong about the offset is told the right one', async () => {
    const { url } = await mint()
    await askIetf(dialect, 'POST', url, { isComplete: false, body: 'hello' })
    const wrong = {
      isComplete: true,
      offset: 3,
      body: 'lo',
      headers: { Accept: 'application/json' },
    }
    const answer = await askIetf(dialect, 'PATCH', url, wrong)
    expect([answer.status, answer.headers['upload-offset']]).toEqual([409, '5'])
    expect(completenessOf(dialect, answer.headers)).toBe(false)
    expect(JSON.parse(answer.text)).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#mismatching-upload-offset',
      code: 'upload-offset-mismatch',
      'expected-offset': 5,
      'provided-offset': 3,
    })
  })

  it('gives its upload up, and nothing of it is left', async () => {
    const { url } = await mint()
    await askIetf(dialect, 'POST', url, { isComplete: false, body: bytes })
    expect((await askIetf(dialect, 'DELETE', url)).status).toBe(204)
    await expect.poll(() => server.spooled()).toEqual([])
    expect((await askIetf(dialect, 'HEAD', url)).status).toBe(404)
  })
})
