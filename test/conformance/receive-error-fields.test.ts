// What a refused upload tells a program, by its code: docs/errors.md has the fields.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startUploadServer, wideLimits } from '../support/receive-server.ts'
import type { UploadServer } from '../support/receive-server.ts'
import type { ReceiveLimits } from '../../src/receive/intake/reception.ts'

let server: UploadServer

beforeEach(async () => {
  server = await startUploadServer()
})

afterEach(() => server.close())

/** The error of one upload under these limits. */
async function refusal(limits: Partial<ReceiveLimits>, init: RequestInit): Promise<unknown> {
  server.limits = { ...wideLimits, ...limits }
  const [outcome, response] = await Promise.all([
    server.nextOutcome(),
    fetch(server.url, { method: 'POST', ...init }),
  ])
  // A client gets no more than it got before.
  expect(Object.keys((await response.json()) as object)).toEqual(['code'])
  return outcome.code === null ? expect.unreachable('the upload was taken') : outcome.error
}

function form(...parts: readonly (readonly [name: string, value: string | Blob])[]): RequestInit {
  const body = new FormData()
  for (const [name, value] of parts) body.append(name, value)
  return { body }
}

describe('a refused upload tells', () => {
  it.each<[string, Partial<ReceiveLimits>, RequestInit, object]>([
    [
      'how large a file may be, and how large it is',
      { maxBytes: 4 },
      { body: '12345' },
      { code: 'upload-too-large', what: 'file', limit: 4, actual: 5 },
    ],
    [
      'how large a text field may be',
      { maxFieldBytes: 2 },
      form(['text', '12345'], ['file', new Blob(['x'])]),
      { code: 'upload-too-large', what: 'field', limit: 2, actual: 5 },
    ],
    [
      'how large the smallest file is',
      { minBytes: 4 },
      { body: '123' },
      { code: 'upload-too-small', limit: 4, actual: 3 },
    ],
    [
      'how many files are taken',
      { maxFiles: 1 },
      form(['a', new Blob(['x'])], ['b', new Blob(['y'])]),
      { code: 'upload-too-many', what: 'files', limit: 1 },
    ],
    [
      'how many fields are taken',
      { maxFields: 1 },
      form(['a', 'x'], ['b', 'y'], ['file', new Blob(['x'])]),
      { code: 'upload-too-many', what: 'fields', limit: 1 },
    ],
    [
      'which types are taken, and which was declared',
      { accept: ['image/*'] },
      { body: 'x', headers: { 'content-type': 'text/plain' } },
      { code: 'upload-type-refused', accept: ['image/*'], declaredType: 'text/plain' },
    ],
    [
      'which type the bytes show',
      { accept: ['image/png'] },
      { body: '%PDF-1.7\n', headers: { 'content-type': 'image/png' } },
      {
        code: 'upload-type-refused',
        accept: ['image/png'],
        declaredType: 'image/png',
        sniffedType: 'application/pdf',
      },
    ],
    [
      'that the type is not what is wrong',
      { accept: ['image/png'] },
      { body: 'x', headers: { 'content-encoding': 'gzip', 'content-type': 'image/png' } },
      { code: 'upload-type-refused', accept: null },
    ],
    [
      'which digest does not fit',
      {},
      { body: 'x', headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } },
      { code: 'upload-digest-mismatch', field: 'Content-MD5' },
    ],
  ])('%s', async (_, limits, init, error) => {
    expect(await refusal(limits, init)).toMatchObject(error)
  })

  it('how large the whole form may be, and how large it says that it is', async () => {
    const limits = { maxBytes: 1, maxFiles: 1, maxFields: 0, maxFieldBytes: 0 }
    const error = await refusal(limits, form(['file', new Blob(['x'.repeat(2_000_000)])]))
    const { limit, actual } = error as { readonly limit: number; readonly actual: number }
    expect(error).toMatchObject({ code: 'upload-too-large', what: 'form' })
    expect(actual).toBeGreaterThan(limit)
    expect(actual).toBeGreaterThan(2_000_000)
  })

  it('how many bytes came before it broke off', async () => {
    const body = new ReadableStream({
      pull(controller) {
        if (server.progressBytes() > 0) controller.error(new Error('The client is gone.'))
        else controller.enqueue(new Uint8Array(1000))
        // The next chunk waits until this one has been seen at the other end.
        return new Promise((resolve) => setImmediate(resolve))
      },
    })
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
    const [outcome] = await Promise.all([
      server.nextOutcome(),
      fetch(server.url, init).catch(() => {}),
    ])
    expect(outcome).toMatchObject({ code: 'upload-incomplete' })
    const { actual } = (outcome as { readonly error: { readonly actual: number } }).error
    expect(actual).toBe(server.progressBytes())
    expect(actual).toBeGreaterThan(0)
  })
})
