// A storage that is away for a while takes no run from the uploads that wait for it.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TitofistoError } from '../../src/errors.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

const tus = { 'Tus-Resumable': '1.0.0' }

let nowMs: number
let server: SlotServer

beforeEach(async () => {
  nowMs = Date.now()
  server = await startSlotServer({ now: () => nowMs })
})
afterEach(() => server.close())

/** A slot whose handler fails so often by this error, with a resumable upload that is whole; gives its URL. */
async function failOnUpload(
  times: number,
  failure: Error,
  { savesBefore = false } = {},
): Promise<{ url: string; id: string }> {
  let runs = 0
  const kind = server.slots.define('film', {
    async handler({ file }) {
      runs += 1
      if (savesBefore) await file.save('first.bin')
      if (runs <= times) throw failure
      await file.save('film.bin')
    },
  })
  const ticket = await kind.create()
  await fetch(ticket.url, { method: 'POST', headers: { ...tus, 'Upload-Length': '5' } })
  const type = { 'Content-Type': 'application/offset+octet-stream' }
  const headers = { ...tus, ...type, 'Upload-Offset': '0' }
  await fetch(ticket.url, { method: 'PATCH', headers, body: 'hello' })
  return ticket
}

/** Asks where the upload stands, which starts its handler again, until that run has ended. */
async function askAgain({ url, id }: { url: string; id: string }): Promise<number> {
  const { status } = await fetch(url, { method: 'HEAD', headers: tus })
  await expect.poll(async () => (await server.slots.status(id))?.state).not.toBe('handling')
  return status
}

describe('a resumable upload that is whole', () => {
  it('is handled once the storage is back, however often it was tried until then', async () => {
    const away = new TitofistoError('storage-unavailable', 'The storage is away.')
    const ticket = await failOnUpload(20, away)
    for (let asked = 0; asked < 25; asked++) await askAgain(ticket)
    expect(await server.slots.status(ticket.id)).toMatchObject({ state: 'done', attempt: 21 })
    expect(await server.storage.exists('film.bin')).toBe(true)
  })

  it('is not tried any more once its slot has expired, though its client goes on asking', async () => {
    const away = new TitofistoError('storage-unavailable', 'The storage is away.')
    const ticket = await failOnUpload(20, away)
    nowMs += 3_600_000
    expect(await askAgain(ticket)).toBe(404)
    expect(await server.slots.status(ticket.id)).toMatchObject({ attempt: 1 })
  })

  it('is given up after five runs that have each saved something', async () => {
    const away = new TitofistoError('storage-unavailable', 'The other storage is away.')
    const ticket = await failOnUpload(20, away, { savesBefore: true })
    for (let asked = 0; asked < 25; asked++) await askAgain(ticket)
    expect(await server.slots.status(ticket.id)).toMatchObject({ attempt: 5 })
    expect((await server.storage.list()).files).toHaveLength(5)
  })

  it('is given up after five runs where its handler fails by itself', async () => {
    const ticket = await failOnUpload(20, new Error('a fault of its own'))
    for (let asked = 0; asked < 25; asked++) await askAgain(ticket)
    expect(await server.slots.status(ticket.id)).toMatchObject({ attempt: 5 })
  })
})
