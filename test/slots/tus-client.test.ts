// The stock tus-js-client, given a slot as its uploadUrl, through everything that happens to
// uploads: pauses, restarts, refusals. What it tells its user must be the truth.

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { defaultOptions, Upload } from 'tus-js-client'
import type { HttpRequest, HttpResponse } from 'tus-js-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/index.ts'
import type { SlotDefinition, SlotOverrides, SlotTicket } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import { useServerProcess } from '../support/server-process-stage.ts'
import { startTusUpload } from '../support/tus-upload.ts'
import type { ClientRun } from '../support/tus-upload.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

const mebibyte = 1024 * 1024
const bytes = randomBytes(4 * mebibyte)

/** For clients that wait as long as their test does. */
const patience = Array.from({ length: 200 }, () => 50)

describe('the stock tus client on a slot', () => {
  let server: UploadServer
  let nowMs: number
  /** The SHA-256 of each file that the handler got. */
  let handled: string[]

  beforeEach(async () => {
    nowMs = Date.now()
    handled = []
    server = await startUploadServer({ options: { now: () => nowMs } })
  })

  afterEach(async () => {
    await server.close()
  })

  async function mint(
    overrides: SlotOverrides = { sizeBytes: bytes.length },
    definition: Partial<SlotDefinition> = {},
  ): Promise<SlotTicket> {
    const kind = server.files.slot('file', {
      handler: async ({ file }) => void handled.push(await file.sha256()),
      ...definition,
    })
    return kind.create(undefined, overrides)
  }

  async function stateOf({ id }: SlotTicket): Promise<string | undefined> {
    return (await server.files.slots.status(id))?.state
  }

  /** Nobody needs the bytes any more; they go just after the answer. */
  async function expectNothingLeft(): Promise<void> {
    await expect.poll(() => server.spooled()).toEqual([])
  }

  it('pauses, and goes on where it was', async () => {
    const { url } = await mint()
    const paused = createDeferred()
    const run = startTusUpload(bytes, {
      uploadUrl: url,
      chunkSize: mebibyte,
      onChunkComplete: (_, accepted) =>
        accepted === 2 * mebibyte && run.upload.abort().then(paused.resolve),
    })
    await paused.promise
    expect(handled).toEqual([])
    const pausedAt = run.steps.length
    run.upload.start()
    await run.done
    const resumed = run.steps.slice(pausedAt)
    expect(resumed.filter((step) => step === 'HEAD')).toHaveLength(1)
    expect(resumed).not.toContain('PATCH 0')
    expect(resumed).not.toContain(`PATCH ${mebibyte}`)
    expect(handled).toEqual([sha256(bytes)])
    await expectNothingLeft()
  })

  it('pauses in the middle of a request, and keeps what came', async () => {
    const ticket = await mint()
    const begun = createDeferred()
    const run = startTusUpload(bytes, {
      uploadUrl: ticket.url,
      // What was sent may be claimed only once the client asks for its offset: then it waits.
      retryDelays: patience,
      onProgress: (sent) => sent > mebibyte && begun.resolve(),
    })
    await begun.promise
    await run.upload.abort()
    // Until the server has seen it, the slot is in use by the request that was given up.
    await expect.poll(() => stateOf(ticket)).not.toBe('receiving')
    run.upload.start()
    await run.done
    expect(handled).toEqual([sha256(bytes)])
    expect(await stateOf(ticket)).toBe('done')
  })

  it('of another program goes on where the first was', async () => {
    const { url } = await mint()
    const ended = createDeferred()
    const first = startTusUpload(bytes, {
      uploadUrl: url,
      chunkSize: mebibyte,
      onChunkComplete: (_, accepted) =>
        accepted === 3 * mebibyte && first.upload.abort().then(ended.resolve),
    })
    await ended.promise
    const second = startTusUpload(bytes, { uploadUrl: url })
    await second.done
    expect(second.steps.filter((step) => step === 'PATCH 0')).toEqual([])
    expect(handled).toEqual([sha256(bytes)])
  })

  it('hears of success only when the handler has succeeded, though its connection broke meanwhile', async () => {
    const begun = createDeferred()
    const mayEnd = createDeferred()
    const ticket = await mint(undefined, {
      async handler({ file }) {
        begun.resolve()
        await mayEnd.promise
        handled.push(await file.sha256())
      },
    })
    const waits = countWaits()
    let handledAtSuccess: number | null = null
    const run = startTusUpload(bytes, {
      uploadUrl: ticket.url,
      retryDelays: patience,
      onAfterResponse: waits.onAfterResponse,
    })
    const noteSuccess = async (): Promise<void> => {
      await run.done
      handledAtSuccess = handled.length
    }
    const watched = noteSuccess()
    await begun.promise
    server.server.closeAllConnections()
    await waits.reached(3)
    expect(handledAtSuccess).toBeNull()
    mayEnd.resolve()
    await watched
    expect(handledAtSuccess).toBe(1)
    // The handler ran once, and no byte was sent again.
    expect(handled).toEqual([sha256(bytes)])
    expect(run.steps.filter((step) => step.startsWith('PATCH'))).toHaveLength(1)
  })

  it('ends in onError where the handler refuses, though its connection broke meanwhile', async () => {
    const begun = createDeferred()
    const mayEnd = createDeferred()
    const ticket = await mint(undefined, {
      async handler() {
        begun.resolve()
        await mayEnd.promise
        throw new SlotRejection('Not this one.')
      },
    })
    const waits = countWaits()
    const run = startTusUpload(bytes, {
      uploadUrl: ticket.url,
      retryDelays: patience,
      onAfterResponse: waits.onAfterResponse,
    })
    await begun.promise
    server.server.closeAllConnections()
    await waits.reached(1)
    mayEnd.resolve()
    // It tells its user no status here: it would make a new upload, and has no endpoint.
    expect(await run.failed).toMatch(/tus: unable to resume upload/)
    expect(run.steps.at(-1)).toBe('422')
    expect(await stateOf(ticket)).toBe('rejected')
    await expectNothingLeft()
  })

  it('ends in onError where the handler refuses', async () => {
    const ticket = await mint(undefined, {
      handler: () => {
        throw new SlotRejection('Not this one.')
      },
    })
    const run = startTusUpload(bytes, { uploadUrl: ticket.url, retryDelays: patience })
    expect(await run.failed).toMatch(/422.*Not this one\./s)
    expect(await stateOf(ticket)).toBe('rejected')
  })

  it('ends in onError where the handler refuses but takes another; that one succeeds', async () => {
    const ticket = await mint(
      {},
      {
        handler: async ({ file }) => {
          if (file.sizeBytes > mebibyte) throw new SlotRejection('Too long.', { retry: true })
          handled.push(await file.sha256())
        },
      },
    )
    const deferred = { uploadUrl: ticket.url, uploadLengthDeferred: true, chunkSize: 5 * mebibyte }
    expect(await startTusUpload(bytes, { ...deferred, retryDelays: patience }).failed).toMatch(
      /422/,
    )
    expect(await stateOf(ticket)).toBe('open')
    const small = bytes.subarray(0, 1000)
    await startTusUpload(small, deferred).done
    expect(handled).toEqual([sha256(small)])
  })

  it('ends in onError with 413 before its first byte where it says too large a size', async () => {
    const ticket = await mint({ maxBytes: 1000 })
    const run = startTusUpload(bytes, { endpoint: ticket.url, retryDelays: patience })
    expect(await run.failed).toMatch(/413/)
    expect(run.steps).toEqual(['POST', '413'])
    expect(await stateOf(ticket)).toBe('open')
  })

  it('ends in onError with 413 where it sends too much without saying a size', async () => {
    const ticket = await mint({ maxBytes: 2 * mebibyte })
    const run = startTusUpload(bytes, {
      uploadUrl: ticket.url,
      uploadLengthDeferred: true,
      chunkSize: mebibyte,
      retryDelays: patience,
    })
    expect(await run.failed).toMatch(/413/)
    expect(handled).toEqual([])
    expect(await stateOf(ticket)).toBe('open')
  })

  it('ends in onError with 415 where the bytes are not what the slot takes', async () => {
    const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(1000)])
    const ticket = await mint({ sizeBytes: pdf.length, accept: ['image/*'] })
    const run = startTusUpload(pdf, { uploadUrl: ticket.url, retryDelays: patience })
    expect(await run.failed).toMatch(/415.*application\/pdf/s)
    expect(handled).toEqual([])
    expect(await stateOf(ticket)).toBe('open')
    await expectNothingLeft()
  })

  it.each(['used', 'revoked', 'expired', 'forged'])(
    'ends in onError at once, and for good, where the slot is %s',
    async (how) => {
      const ticket = await mint({ sizeBytes: bytes.length, expiresIn: 60 })
      if (how === 'used') await fetch(ticket.url, { method: 'PUT', body: bytes })
      if (how === 'revoked') await server.files.slots.revoke(ticket.id)
      if (how === 'expired') nowMs += 60_000
      const uploadUrl = how === 'forged' ? ticket.url.slice(0, -4) + 'AAAA' : ticket.url
      const run = startTusUpload(bytes, { uploadUrl, retryDelays: patience })
      await run.failed
      expect(run.steps).toEqual(['HEAD', '404'])
      expect(handled).toHaveLength(how === 'used' ? 1 : 0)
    },
  )

  it('ends in onError where the slot is revoked while its bytes come in', async () => {
    const ticket = await mint()
    const run = startTusUpload(bytes, {
      uploadUrl: ticket.url,
      chunkSize: mebibyte,
      retryDelays: patience,
      async onAfterResponse() {
        await server.files.slots.revoke(ticket.id)
      },
    })
    expect(await run.failed).toMatch(/404/)
    expect(handled).toEqual([])
    expect(await stateOf(ticket)).toBe('revoked')
    await expectNothingLeft()
  })

  it('ends in onError where the slot expires between two pieces', async () => {
    const ticket = await mint({ sizeBytes: bytes.length, expiresIn: 60 })
    const run = startTusUpload(bytes, {
      uploadUrl: ticket.url,
      chunkSize: mebibyte,
      retryDelays: patience,
      onChunkComplete: () => {
        nowMs += 60_000
      },
    })
    expect(await run.failed).toMatch(/404/)
    expect(handled).toEqual([])
    expect(await stateOf(ticket)).toBe('expired')
    await server.files.slots.sweep()
    await expectNothingLeft()
  })

  it('uploads a stream whose length nobody knows', async () => {
    const { url } = await mint({})
    const sent = bytes.subarray(0, 3 * mebibyte + 1)
    await startTusUpload(Readable.from(new Blob([sent]).stream(), { objectMode: false }), {
      uploadUrl: url,
      uploadLengthDeferred: true,
      chunkSize: mebibyte,
    }).done
    expect(handled).toEqual([sha256(sent)])
  })

  it('sends its first piece along with its question where the slot is its endpoint', async () => {
    const { url } = await mint({})
    const run = startTusUpload(bytes, {
      endpoint: url,
      uploadDataDuringCreation: true,
      chunkSize: mebibyte,
    })
    await run.done
    expect(run.steps.slice(0, 3)).toEqual(['POST', '201', `PATCH ${mebibyte}`])
    expect(handled).toEqual([sha256(bytes)])
  })

  it('may say POST where its network takes no PATCH', async () => {
    const { url } = await mint()
    const run = startTusUpload(bytes, { uploadUrl: url, overridePatchMethod: true })
    await run.done
    expect(run.steps).toEqual(['HEAD', '200', 'POST 0', '204'])
    expect(handled).toEqual([sha256(bytes)])
  })

  it('is told by 460 that a piece came with another checksum, and can send it again', async () => {
    const { url } = await mint()
    const wrong = startTusUpload(bytes, {
      uploadUrl: url,
      chunkSize: mebibyte,
      onBeforeRequest: (req) => addChecksum(req, 2 * mebibyte),
    })
    expect(await wrong.failed).toMatch(/460/)
    const right = startTusUpload(bytes, {
      uploadUrl: url,
      chunkSize: mebibyte,
      onBeforeRequest: (req) => addChecksum(req, null),
    })
    await right.done
    // What had a good checksum before is not sent again, and what had none is not kept.
    expect(right.steps.slice(0, 3)).toEqual(['HEAD', '200', `PATCH ${2 * mebibyte}`])
    expect(handled).toEqual([sha256(bytes)])
  })

  it('ends its upload, and with it the slot, by termination', async () => {
    const ticket = await mint()
    const terminated = createDeferred()
    const run = startTusUpload(bytes, {
      uploadUrl: ticket.url,
      chunkSize: mebibyte,
      onChunkComplete: (_, accepted) =>
        accepted === 2 * mebibyte && run.upload.abort(true).then(terminated.resolve),
    })
    await terminated.promise
    expect(run.steps.slice(-2)).toEqual(['DELETE', '204'])
    expect(await stateOf(ticket)).toBe('revoked')
    await expectNothingLeft()
    expect(handled).toEqual([])
  })

  it('may terminate what has succeeded: the file stays, the answer is forgotten', async () => {
    const ticket = await mint()
    await startTusUpload(bytes, { uploadUrl: ticket.url }).done
    await Upload.terminate(ticket.url, { retryDelays: [] })
    expect(await stateOf(ticket)).toBe('done')
    const again = startTusUpload(bytes, { uploadUrl: ticket.url })
    await again.failed
    expect(again.steps).toEqual(['HEAD', '404'])
    expect(handled).toHaveLength(1)
  })

  it('that wants to upload in parallel parts ends in onError, and the slot stays', async () => {
    const ticket = await mint({})
    const run = startTusUpload(bytes, { endpoint: ticket.url, parallelUploads: 2 })
    expect(await run.failed).toMatch(/400/)
    expect(await stateOf(ticket)).toBe('open')
    expect(handled).toEqual([])
  })

  it('beside another one on the same slot: they get in each other’s way, and the handler runs once', async () => {
    const ticket = await mint()
    const other = randomBytes(bytes.length)
    const runs = [bytes, other].map((data) =>
      startTusUpload(data, {
        uploadUrl: ticket.url,
        chunkSize: mebibyte / 4,
        retryDelays: patience.map(() => 10),
      }),
    )
    await Promise.all(runs.map((run) => run.done))
    expect(handled).toHaveLength(1)
    expect(await stateOf(ticket)).toBe('done')
    // One of them was sent back to ask where the upload stands.
    const answers = runs.flatMap((run) => run.steps)
    expect(answers.some((step) => step === '409' || step === '423')).toBe(true)
  })
})

describe('a tus request that the server stops', () => {
  it('is told to try later; the log calls that no failure', async () => {
    const server = await startUploadServer()
    const kind = server.files.slot('file', { handler: () => {} })
    const { url, id } = await kind.create(undefined, { sizeBytes: 10 })
    const request = httpRequest(url, {
      method: 'PATCH',
      headers: {
        'Tus-Resumable': '1.0.0',
        'Upload-Offset': 0,
        'Content-Type': 'application/offset+octet-stream',
        'Content-Length': 10,
      },
    })
    request.on('error', () => {})
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    request.write('01234')
    await expect.poll(async () => (await kind.status(id))?.receivedBytes).toBe(5)
    await server.files.close()
    const [response] = await answered
    expect([response.statusCode, await text(response)]).toEqual([
      503,
      'The server has stopped this upload. Try it later.\n',
    ])
    expect(server.log.filter((entry) => entry.level !== 'info')).toEqual([])
    await server.close()
  })
})

describe('the stock tus client on a server that is restarted', () => {
  const stage = useServerProcess()
  const large = randomBytes(96 * mebibyte)

  async function expectHandledOnce(data: Buffer): Promise<void> {
    const seen = (await stage.ground.lines('seen.log')).map(
      (line) => JSON.parse(line) as { sha256: string },
    )
    expect(seen.map((file) => file.sha256)).toEqual([sha256(data)])
  }

  /** Ends the server in the given way when so many bytes went out, and starts it again on its port. */
  async function uploadOverRestart(
    data: Buffer,
    end: 'stop' | 'kill',
    chunkSize: number,
    isTime: (sentBytes: number, isPieceDone: boolean) => boolean,
  ): Promise<ClientRun> {
    const ticket = await stage.server.mint('keep', { sizeBytes: data.length })
    const restarts: Promise<void>[] = []
    const run = startTusUpload(data, {
      uploadUrl: ticket.url,
      chunkSize,
      retryDelays: patience,
      onProgress: (sent) => {
        if (isTime(sent, false) && restarts.length === 0) restarts.push(stage.restart(end))
      },
      onChunkComplete: (_, accepted) => {
        if (isTime(accepted, true) && restarts.length === 0) restarts.push(stage.restart(end))
      },
    })
    await run.done
    expect(restarts).toHaveLength(1)
    await Promise.all(restarts)
    return run
  }

  it('goes on after a calm stop in the middle of its one request', async () => {
    const run = await uploadOverRestart(large, 'stop', Infinity, (sent) => sent > 4 * mebibyte)
    await expectHandledOnce(large)
    const offsets = offsetsOf(run)
    expect(offsets.length).toBeGreaterThan(1)
    // The bytes that were there stayed there.
    expect(offsets.at(-1)).toBeGreaterThan(0)
  })

  it('goes on after a kill between two pieces', async () => {
    const run = await uploadOverRestart(
      bytes,
      'kill',
      mebibyte,
      (sent, isPieceDone) => isPieceDone && sent === 2 * mebibyte,
    )
    await expectHandledOnce(bytes)
    expect(offsetsOf(run).at(-1)).toBe(3 * mebibyte)
  })

  it('goes on after a kill in mid-piece with the settings that it comes with, and never waits for a lease', async () => {
    const ticket = await stage.server.mint('keep', { sizeBytes: large.length })
    let restarted: Promise<void> | null = null
    async function restart(): Promise<void> {
      // What the client has sent may still be on its way.
      await expect.poll(() => stage.ground.spooledBytes()).toBeGreaterThan(0)
      await stage.restart('kill')
    }
    const run = startTusUpload(large, {
      uploadUrl: ticket.url,
      retryDelays: defaultOptions.retryDelays ?? [],
      onProgress: (sent) => {
        if (sent > 4 * mebibyte) restarted ??= restart()
      },
      // How long a server takes to start is not what is asked here.
      onBeforeRequest: () => restarted ?? undefined,
    })
    await run.done
    await expectHandledOnce(large)
    expect(restarted).not.toBeNull()
    expect(run.steps).not.toContain('423')
    expect(offsetsOf(run).at(-1)).toBeGreaterThan(0)
  })
})

/** Adds the right checksum to a piece of one mebibyte; a wrong one to the piece at an offset. */
function addChecksum(req: HttpRequest, wrongAtByte: number | null): void {
  const offset = req.getHeader('Upload-Offset')
  if (req.getMethod() !== 'PATCH' || offset === undefined) return
  const start = Number(offset)
  const piece = start === wrongAtByte ? randomBytes(10) : bytes.subarray(start, start + mebibyte)
  req.setHeader('Upload-Checksum', `sha1 ${createHash('sha1').update(piece).digest('base64')}`)
}

/** Counts how often a client is told to wait. */
function countWaits(): {
  readonly onAfterResponse: (req: HttpRequest, res: HttpResponse) => void
  reached(wanted: number): Promise<void>
} {
  let count = 0
  const marks = new Map<number, () => void>()
  return {
    onAfterResponse: (_, res) => {
      if (res.getStatus() !== 423) return
      count += 1
      marks.get(count)?.()
    },
    reached(wanted) {
      return new Promise((resolve) => {
        if (count >= wanted) resolve()
        else marks.set(wanted, resolve)
      })
    },
  }
}

function offsetsOf(run: ClientRun): number[] {
  return run.steps
    .filter((step) => step.startsWith('PATCH '))
    .map((step) => Number(step.slice('PATCH '.length)))
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
