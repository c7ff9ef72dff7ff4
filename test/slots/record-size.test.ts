// A record is written anew with each change and each renewal of a lease; what a client said at
// length is not, however often that happens.

import { readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StopSign } from '../../src/receive/intake/stop-sign.ts'
import { createFileSlotStore } from '../../src/slots/stores/file.ts'
import type { SlotStore } from '../../src/slots/stores/store.ts'
import { restoreDetails, spoolDetails } from '../../src/slots/claims/spooled-details.ts'
import type { Reception } from '../../src/receive/intake/reception.ts'
import { createDeferred } from '../support/deferred.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'titofisto-record-size-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function bytesBelow(path: string): number {
  let bytes = 0
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name)
    bytes += entry.isDirectory() ? bytesBelow(below) : statSync(below).size
  }
  return bytes
}

/** Settles once the store has written so many records of a running handler. */
function renewals(store: SlotStore, count: number): Promise<void> {
  const reached = createDeferred()
  const replace = store.replace.bind(store)
  let written = 0
  store.replace = async (record, expectedRevision) => {
    const isWon = await replace(record, expectedRevision)
    if (record.state.name === 'handling' && ++written === count) reached.resolve()
    return isWon
  }
  return reached.promise
}

describe('a slot on the disk', () => {
  let server: SlotServer
  let store: SlotStore

  beforeEach(async () => {
    store = createFileSlotStore({ folder: join(folder, 'store'), durable: false })
    server = await startSlotServer({ store, root: folder, leaseSeconds: 1 })
  })

  afterEach(async () => {
    await server.close()
  })

  /** What the client sends at most so many bytes of, while its handler's lease is renewed ten times. */
  async function expectSmall(
    sentBytes: number,
    send: (url: string) => Promise<Response>,
    check: (call: { fields: URLSearchParams; names: readonly (string | null)[] }) => void,
  ): Promise<void> {
    const mayEnd = createDeferred()
    const renewed = renewals(store, 10)
    const kind = server.slots.define('file', {
      maxFiles: 1000,
      async handler({ fields, files }) {
        check({ fields, names: files.map((file) => file.originalName) })
        await mayEnd.promise
      },
    })
    const answer = send(await kind.url())
    await Promise.race([renewed, answer])
    const spooledBytes = bytesBelow(server.storage.spoolFolder)
    const storedBytes = bytesBelow(join(folder, 'store'))
    mayEnd.resolve()
    expect((await answer).status).toBe(204)
    // A slot of one byte has some kilobytes of records: that much is not the client's.
    expect(storedBytes + spooledBytes).toBeLessThan(100_000 + 4 * sentBytes)
    await expect.poll(() => server.spooled()).toEqual([])
  }

  function sendForm(parts: readonly string[]): (url: string) => Promise<Response> {
    const headers = { 'Content-Type': 'multipart/form-data; boundary=B' }
    return (url) => fetch(url, { method: 'POST', headers, body: bodyOf(parts) })
  }

  function bodyOf(parts: readonly string[]): string {
    return `${parts.map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--B--\r\n`
  }

  it('has the fields of a form once, whatever is in them, and the handler gets them all', async () => {
    const value = '\u0001'.repeat(65_536)
    const fields = Array.from({ length: 20 }, (_, index) => `name="f${index}"\r\n\r\n${value}`)
    const parts = [...fields, 'name="file"; filename="a"\r\n\r\nbytes']
    await expectSmall(bodyOf(parts).length, sendForm(parts), (call) => {
      expect([...call.fields]).toEqual(fields.map((_, index) => [`f${index}`, value]))
      expect(call.names).toEqual(['a'])
    })
  })

  it('has the names of a hundred files once', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `${index}${'x'.repeat(10_000)}`)
    const parts = names.map((name) => `name="file"; filename="${name}"\r\n\r\nbytes`)
    await expectSmall(bodyOf(parts).length, sendForm(parts), (call) => {
      expect(call.names).toEqual(names)
    })
  })

  it('has a long name of bare bytes once', async () => {
    const name = 'x'.repeat(12_000)
    const headers = { 'Content-Disposition': `attachment; filename="${name}"` }
    const send = (url: string): Promise<Response> =>
      fetch(url, { method: 'PUT', headers, body: 'bytes' })
    await expectSmall(name.length, send, ({ names }) => expect(names).toEqual([name]))
  })

  it('has a long name of a tus upload not once more for each renewal', async () => {
    const name = 'x'.repeat(8000)
    const send = (url: string): Promise<Response> =>
      fetch(url, {
        method: 'POST',
        body: 'bytes',
        headers: {
          'Tus-Resumable': '1.0.0',
          'Content-Type': 'application/offset+octet-stream',
          'Upload-Length': '5',
          'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}`,
        },
      }).then((response) => new Response(null, { status: response.status === 201 ? 204 : 500 }))
    await expectSmall(name.length, send, ({ names }) => expect(names).toEqual([name]))
  })

  it('keeps fields for another run of the handler, and for whoever looks at what was interrupted', async () => {
    const value = 'x'.repeat(10_000)
    const seen: (string | null)[] = []
    const kind = server.slots.define('flaky', {
      handler: ({ file }) => {
        seen.push(file.originalName)
        if (seen.length === 1) throw new Error('not yet')
      },
    })
    const url = await kind.url()
    const tus = { 'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream' }
    const metadata = `filename ${Buffer.from(value).toString('base64')}`
    const headers = { ...tus, 'Upload-Length': '5', 'Upload-Metadata': metadata }
    expect((await fetch(url, { method: 'POST', headers, body: 'bytes' })).status).toBe(500)
    expect(await server.spooled()).toHaveLength(2)
    const again = await fetch(url, { method: 'PATCH', headers: { ...tus, 'Upload-Offset': '5' } })
    expect(again.status).toBe(204)
    expect(seen).toEqual([value, value])
    await expect.poll(() => server.spooled()).toEqual([])
  })

  it('that lost its fields fails, and never runs its handler without them', async () => {
    let runs = 0
    const kind = server.slots.define('file', { handler: () => void (runs += 1) })
    const { url, id } = await kind.create()
    const replace = store.replace.bind(store)
    store.replace = async (record, expectedRevision) => {
      const isWon = await replace(record, expectedRevision)
      const { state } = record
      if (state.name === 'handling' && state.upload.detailsPath !== undefined)
        await rm(state.upload.detailsPath)
      return isWon
    }
    const send = sendForm([
      `name="f"\r\n\r\n${'x'.repeat(5000)}`,
      'name="file"; filename="a"\r\n\r\nx',
    ])
    expect((await send(url)).status).toBe(500)
    expect(runs).toBe(0)
    expect((await kind.status(id))?.state).toBe('open')
  })
})

describe('the details of an upload', () => {
  const text = fc.string({ unit: 'binary', maxLength: 2000 }).map((value) => value.toWellFormed())
  const file = fc.record({
    fieldName: fc.option(text),
    originalName: fc.option(text),
    name: fc.constant('file'),
    type: text,
    sniffedType: fc.constant(null),
    sizeBytes: fc.nat(),
    path: fc.constant('/spool/file'),
  })
  const upload = fc.record({
    files: fc.array(file, { maxLength: 5 }),
    fields: fc.array(fc.tuple(text, text), { maxLength: 5 }),
  })

  it('come back as they were, and leave little in the record', async () => {
    let count = 0
    await fc.assert(
      fc.asyncProperty(upload, async (received) => {
        count += 1
        const recorded = await spoolDetails(receptionOf(`slot.${count}`), received)
        expect(await restoreDetails(recorded)).toEqual(received)
        expect(JSON.stringify(recorded).length).toBeLessThan(10_000)
      }),
    )
  })

  it('that were cut short are a failure of the storage, not an upload with less in it', async () => {
    const received = { files: [], fields: [['name', 'x'.repeat(5000)]] as const }
    const recorded = await spoolDetails(receptionOf('slot.cut'), received)
    const { detailsPath = expect.unreachable() } = recorded
    // All but its end, in a text, behind one, and nothing; and as many zeros as there were bytes.
    const wholeBytes = statSync(detailsPath).size
    for (const lengthBytes of [wholeBytes - 1, 4000, 9, 8, 3, 0, wholeBytes]) {
      await truncate(detailsPath, lengthBytes)
      await expect(restoreDetails(recorded)).rejects.toMatchObject({ code: 'storage-failed' })
    }
  })

  function receptionOf(spoolPrefix: string): Reception {
    return {
      limits: {} as Reception['limits'],
      spoolFolder: folder,
      spoolPrefix,
      durable: true,
      stopSign: new StopSign(),
      onProgress: () => {},
      checkFields: async () => {},
    }
  }
})
