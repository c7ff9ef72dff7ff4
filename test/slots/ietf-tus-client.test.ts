// The stock tus-js-client in its IETF mode, on a slot: as draft -03 (interop version 5) and as
// draft -05 (6) have it.

import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/index.ts'
import type { SlotDefinition, SlotTicket } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import { startTusUpload as startUpload } from '../support/tus-upload.ts'
import type { ClientRun } from '../support/tus-upload.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

const bytes = randomBytes(1_000_000)
const digest = createHash('sha256').update(bytes).digest('hex')

/** The option that chooses the protocol is missing from the client's own types. */
type Options = Parameters<typeof startUpload>[1] & { readonly protocol?: string }

function startTusUpload(data: Buffer, options: Options): ClientRun {
  return startUpload(data, options)
}

let server: UploadServer
let seen: unknown[]

beforeEach(async () => {
  seen = []
  server = await startUploadServer({})
})

afterEach(async () => {
  await server.close()
})

function mint(definition: Partial<SlotDefinition> = {}): Promise<SlotTicket> {
  const kind = server.files.slot('file', {
    async handler({ file }) {
      seen.push([file.name, file.type, await file.sha256()])
    },
    ...definition,
  })
  return kind.create()
}

describe.each(['ietf-draft-03', 'ietf-draft-05'] as const)('tus-js-client as %s', (protocol) => {
  const metadata = { filename: 'a.bin', filetype: 'application/x-test' }

  it('uploads in pieces to a slot as its endpoint, with name and type', async () => {
    const { url, id } = await mint()
    const run = startTusUpload(bytes, { protocol, endpoint: url, chunkSize: 300_000, metadata })
    await run.done
    expect(seen).toEqual([['a.bin', 'application/x-test', digest]])
    expect(run.steps.filter((step) => step.startsWith('PATCH'))).toHaveLength(4)
    expect(await server.files.slots.status(id)).toMatchObject({ state: 'done' })
  })

  it('uploads with its first request', async () => {
    const { url } = await mint()
    const options = { uploadDataDuringCreation: true, metadata }
    const run = startTusUpload(bytes, { protocol, endpoint: url, ...options })
    await run.done
    expect([run.steps, seen]).toEqual([['POST', '204'], [['a.bin', 'application/x-test', digest]]])
  })

  it('pauses, and goes on where it was', async () => {
    const { url } = await mint()
    const paused = createDeferred()
    const run = startTusUpload(bytes, {
      protocol,
      endpoint: url,
      chunkSize: 300_000,
      onChunkComplete: (_, accepted) =>
        accepted === 600_000 && run.upload.abort().then(paused.resolve),
    })
    await paused.promise
    const pausedAt = run.steps.length
    run.upload.start()
    await run.done
    expect(run.steps.slice(pausedAt)).toEqual(
      expect.arrayContaining(['HEAD', 'PATCH 600000', 'PATCH 900000']),
    )
    expect(run.steps.slice(pausedAt)).not.toContain('PATCH 0')
    expect(seen).toHaveLength(1)
  })

  it('goes on at a slot as its uploadUrl', async () => {
    const { url } = await mint()
    const first = createDeferred()
    const run = startTusUpload(bytes, {
      protocol,
      uploadUrl: url,
      chunkSize: 300_000,
      onChunkComplete: (_, accepted) =>
        accepted === 300_000 && run.upload.abort().then(first.resolve),
    })
    await first.promise
    await startTusUpload(bytes, { protocol, uploadUrl: url }).done
    expect(seen).toEqual([[expect.any(String), expect.any(String), digest]])
  })

  it('hears of a handler that refuses', async () => {
    const { url } = await mint({
      handler() {
        throw new SlotRejection('Not this one.')
      },
    })
    const run = startTusUpload(bytes, { protocol, endpoint: url })
    expect(await run.failed).toContain('422')
  })

  it('goes on with an upload that tus has begun, and tus with its own', async () => {
    const { url } = await mint()
    const begun = createDeferred()
    const first = startTusUpload(bytes, {
      endpoint: url,
      chunkSize: 300_000,
      metadata,
      onChunkComplete: (_, accepted) =>
        accepted === 300_000 && first.upload.abort().then(begun.resolve),
    })
    await begun.promise
    const passed = createDeferred()
    const second = startTusUpload(bytes, {
      protocol,
      uploadUrl: url,
      chunkSize: 300_000,
      onChunkComplete: (_, accepted) =>
        accepted === 600_000 && second.upload.abort().then(passed.resolve),
    })
    await passed.promise
    await startTusUpload(bytes, { uploadUrl: url }).done
    expect(seen).toEqual([['a.bin', 'application/x-test', digest]])
  })
})
