import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StopSign } from '../intake/stop-sign.ts'
import { Inflow } from '../intake/read-body.ts'
import { FormIntake } from './form-intake.ts'

let spoolFolder: string

beforeEach(async () => {
  spoolFolder = await mkdtemp(join(tmpdir(), 'titofisto-form-'))
})

afterEach(async () => {
  await rm(spoolFolder, { recursive: true, force: true })
})

function createTaker() {
  const limits = {
    maxBytes: 100,
    minBytes: 0,
    maxFiles: 1,
    maxTotalBytes: null,
    maxFields: 2,
    maxFieldBytes: 100,
    accept: null,
    idleTimeoutMs: 1000,
    totalTimeoutMs: 1000,
    minBytesPerSecond: 0,
  }
  const reception = {
    limits,
    spoolFolder,
    spoolPrefix: 'a',
    durable: false,
    stopSign: new StopSign(),
    onProgress: () => {},
    checkFields: () => Promise.resolve(),
  }
  const incoming = {
    method: 'POST',
    target: '/',
    origin: 'http://localhost',
    platformRequest: null,
    header: () => undefined,
    body: () => expect.unreachable('the test brings the bytes'),
  }
  return new FormIntake('B', reception, new Inflow(incoming, reception))
}

describe('what a form keeps in memory', () => {
  // A chunk of one byte is an object of some hundred: 20 fields of 65,536 of them were 300 MB.
  it('is bytes of its own, whatever chunks they come in', async () => {
    const taker = createTaker()
    const fields = [
      '--B\r\nContent-Disposition: form-data; name=a\r\n\r\nAlice',
      '--B\r\nContent-Disposition: form-data; name=b; filename=blob\r\nContent-Type: application/json\r\n\r\n{"b":1}',
      '--B\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n',
    ].join('\r\n')
    const chunk = Buffer.alloc(1)
    for (const byte of Buffer.from(fields)) {
      chunk[0] = byte
      taker.take(chunk)
    }
    taker.take(Buffer.from('x\r\n--B--'))
    const { fields: taken, files } = await taker.end()
    expect(taken).toEqual([
      ['a', 'Alice'],
      ['b', '{"b":1}', 'json'],
    ])
    expect(files).toMatchObject([{ sizeBytes: 1 }])
    await taker.discard()
  })
})
