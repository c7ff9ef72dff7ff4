// What the client does when something breaks: by fetch, against real servers that are really cut.

import { once } from 'node:events'
import { request as openRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isUploadError, upload } from '../../src/client/index.ts'
import type { UploadProgress } from '../../src/client/index.ts'
import type { PlatformRequest } from '../../src/index.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import { createDeferred } from '../support/deferred.ts'
import { createSharedGround, startServerProcess } from '../support/upload-server-process.ts'
import { bytesOf, fileOf, sha256Of } from './own-files.ts'
import { startSlotSite } from './slot-site.ts'
import type { SlotSite } from './slot-site.ts'

const mebibyte = 1024 * 1024
const patiently = { retryDelayMs: 20, retries: 1000, language: 'en' } as const
const inPieces = { ...patiently, maxRequestBytes: mebibyte } as const

let site: SlotSite

beforeEach(async () => {
  site = await startSlotSite()
})

afterEach(() => site.close())

/** Cuts a connection: whatever answer was to go over it is lost. */
function cut(incoming: PlatformRequest | null): void {
  if (incoming !== null && 'socket' in incoming) (incoming as IncomingMessage).socket.destroy()
}

function codeOf(error: unknown): string {
  return isUploadError(error) ? error.code : String(error)
}

describe('an upload whose connection breaks', () => {
  it('goes on where it stopped', async () => {
    const { url } = await site.mint()
    const third = site.hold(`PATCH ${2 * mebibyte}`)
    const sending = upload(url, fileOf(4 * mebibyte), inPieces)
    await third.reached
    site.server.closeAllConnections()
    expect(await sending).toMatchObject({ sha256: sha256Of(4 * mebibyte) })
    third.release()
    expect(site.handled).toHaveLength(1)
    expect(site.asked).toContain('HEAD')
    expect(site.asked.filter((request) => request === 'PATCH 0')).toHaveLength(1)
  })

  it.each([
    ['small', 1000],
    ['large', 2 * mebibyte],
  ])('after the handler has run gets its answer, and it runs once (%s)', async (_, size) => {
    let runs = 0
    const { url } = await site.mint({
      handler({ request: incoming }) {
        runs += 1
        // The answer is lost: the connection goes before it.
        cut(incoming)
        return { runs }
      },
    })
    expect(await upload(url, fileOf(size), patiently)).toEqual({ runs: 1 })
    expect(runs).toBe(1)
    // Its bytes were not sent again where they need not be.
    expect(site.asked.filter((request) => request === 'PATCH 0').length).toBeLessThan(2)
  })

  it('after a handler that returns nothing knows that this was its own', async () => {
    const { url } = await site.mint({
      handler({ request: incoming }) {
        cut(incoming)
      },
    })
    expect(await upload(url, fileOf(2 * mebibyte), patiently)).toBeUndefined()
  })

  it('waits for a handler that takes its time', async () => {
    const begun = createDeferred()
    const mayEnd = createDeferred()
    const { url } = await site.mint({
      async handler() {
        begun.resolve()
        await mayEnd.promise
        return 'done'
      },
    })
    const seen: UploadProgress[] = []
    const onProgress = (progress: UploadProgress) => seen.push(progress)
    // However few its tries: it is the handler that takes long.
    const sending = upload(url, fileOf(2 * mebibyte), { ...patiently, retries: 2, onProgress })
    await begun.promise
    site.server.closeAllConnections()
    await expect.poll(() => site.asked.filter((each) => each === 'HEAD').length).toBeGreaterThan(2)
    mayEnd.resolve()
    expect(await sending).toBe('done')
    expect(seen.at(-1)?.state).toBe('handling')
  })

  it('gives up after so many tries that came to nothing', async () => {
    const { url } = await site.mint()
    await site.close()
    const seen: UploadProgress[] = []
    const onProgress = (progress: UploadProgress) => seen.push(progress)
    const sending = upload(url, fileOf(10), { retries: 3, retryDelayMs: 1, onProgress })
    expect(await sending.catch(codeOf)).toBe('network-failed')
    expect(seen.filter(({ state }) => state === 'waiting')).toHaveLength(3)
    site = await startSlotSite()
  })

  it('asks no sooner than the server wants', async () => {
    const { url } = await site.mint({ handler: () => 'done' })
    let askedMs = 0
    site.answersInstead.push((res) => {
      askedMs = Date.now()
      res.writeHead(503, { 'Retry-After': '1' }).end()
    })
    expect(await upload(url, fileOf(10), { retryDelayMs: 1 })).toBe('done')
    expect(Date.now() - askedMs).toBeGreaterThanOrEqual(1000)
  })

  it('says why it waits, and when it tries again', async () => {
    const { url } = await site.mint({ handler: () => 'done' })
    site.answersInstead.push((res) => res.writeHead(503, { 'Retry-After': '1' }).end())
    const seen: UploadProgress[] = []
    const onProgress = (progress: UploadProgress) => seen.push(progress)
    await upload(url, fileOf(10), { retryDelayMs: 1, onProgress })
    expect(seen.find(({ state }) => state === 'waiting')).toMatchObject({
      error: { code: 'server-failed', status: 503 },
      retryInSeconds: 1,
    })
    expect(seen.at(-1)).toMatchObject({ state: 'handling', error: null, retryInSeconds: null })
  })

  it('waits for a server whose slots are out of reach for a while, as for one that is gone', async () => {
    const { url } = await site.mint({ handler: () => 'done' })
    const unreachable = JSON.stringify({ code: 'slot-store-unavailable', status: 503 })
    for (let tries = 0; tries < 5; tries += 1)
      site.answersInstead.push((res) => {
        res.writeHead(503, { 'Content-Type': 'application/problem+json' }).end(unreachable)
      })
    expect(await upload(url, fileOf(10), patiently)).toBe('done')
  })

  it('hears a refusal by a proxy that knows no codes', async () => {
    const { url } = await site.mint()
    site.answersInstead.push((res) => {
      res.writeHead(413, { 'Content-Type': 'text/html' }).end('<h1>413</h1>')
    })
    const error = await upload(url, fileOf(10), patiently).catch((reason: unknown) => reason)
    expect(codeOf(error)).toBe('upload-too-large')
    // It does not say how large it may be.
    expect(String(error)).toContain('This file was refused.')
  })
})

describe('an upload that is held up', () => {
  it('sends nothing while it is paused, and goes on', async () => {
    const { url, id } = await site.mint()
    const second = site.hold(`PATCH ${mebibyte}`)
    const states: string[] = []
    const onProgress = ({ state }: UploadProgress) => states.push(state)
    const sending = upload(url, fileOf(3 * mebibyte), { ...inPieces, onProgress })
    await second.reached
    sending.pause()
    expect(states.at(-1)).toBe('paused')
    second.release()
    await expect.poll(async () => (await site.files.slots.status(id))?.state).toBe('open')
    const before = site.asked.length
    // Time for what must not come.
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(site.asked).toHaveLength(before)
    sending.resume()
    expect(await sending).toMatchObject({ sha256: sha256Of(3 * mebibyte) })
    expect(site.asked.filter((request) => request === 'PATCH 0')).toHaveLength(1)
  })

  it('that is aborted rejects with the reason, and leaves the slot usable', async () => {
    const { url, id } = await site.mint()
    const second = site.hold(`PATCH ${mebibyte}`)
    const ending = new AbortController()
    const sending = upload(url, fileOf(3 * mebibyte), { ...inPieces, signal: ending.signal })
    await second.reached
    ending.abort(new Error('enough'))
    await expect(sending).rejects.toThrow('enough')
    second.release()
    await expect.poll(async () => (await site.files.slots.status(id))?.state).toBe('open')
    expect(await upload(url, fileOf(10), patiently)).toMatchObject({ sizeBytes: 10 })
  })

  it('that is aborted while it is paused, or before it began, rejects at once', async () => {
    const { url } = await site.mint()
    const ending = new AbortController()
    const sending = upload(url, fileOf(10), { signal: ending.signal })
    sending.pause()
    ending.abort()
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' })
    const late = upload(url, fileOf(10), { signal: AbortSignal.abort() })
    await expect(late).rejects.toMatchObject({ name: 'AbortError' })
    expect(site.asked).toEqual([])
  })
})

describe('a file that is chosen again', () => {
  /** Sends the first mebibyte of a file, and stops. */
  async function sendAPart(url: string, id: string, file: File): Promise<void> {
    const second = site.hold(`PATCH ${mebibyte}`)
    const ending = new AbortController()
    const sending = upload(url, file, { ...inPieces, signal: ending.signal })
    await second.reached
    ending.abort()
    await expect(sending).rejects.toThrow()
    second.release()
    await expect.poll(async () => (await site.files.slots.status(id))?.state).toBe('open')
    site.asked.length = 0
  }

  it('goes on where it stopped, where it is the same', async () => {
    const { url, id } = await site.mint()
    await sendAPart(url, id, fileOf(3 * mebibyte))
    expect(await upload(url, fileOf(3 * mebibyte), inPieces)).toMatchObject({
      sha256: sha256Of(3 * mebibyte),
    })
    expect(site.asked).not.toContain('PATCH 0')
  })

  it.each<[string, { seed?: number; name?: string; lastModified?: number }]>([
    ['of other bytes', { seed: 8 }],
    ['of another name', { name: 'other.bin' }],
    ['that was changed since', { lastModified: 1_700_000_000_001 }],
  ])('begins anew, where it is one %s', async (_, other) => {
    const { url, id } = await site.mint()
    await sendAPart(url, id, fileOf(3 * mebibyte))
    const got = await upload(url, fileOf(3 * mebibyte, other), inPieces)
    expect(got).toMatchObject({ sha256: sha256Of(3 * mebibyte, other.seed ?? 7) })
    expect(site.asked).toContain('PATCH 0')
  })

  it('begins anew, where nothing but its bytes is known of it', async () => {
    const { url, id } = await site.mint()
    await sendAPart(url, id, fileOf(3 * mebibyte))
    const blob = new Blob([fileOf(3 * mebibyte)], { type: 'application/x-film' })
    await upload(url, blob, { ...inPieces, fileName: 'film.bin' })
    expect(site.handled).toMatchObject([{ sha256: sha256Of(3 * mebibyte) }])
    expect(site.asked).toContain('PATCH 0')
  })
})

describe('two uploads to one slot', () => {
  it('never mix, though one goes on where the other stands, to the byte', async () => {
    const { url } = await site.mint()
    const [one, other] = [fileOf(3 * mebibyte), fileOf(3 * mebibyte, { seed: 8 })]
    // It has asked, knows where it stands, and its piece is on the way.
    const onTheWay = site.hold(`PATCH ${mebibyte}`)
    const first = upload(url, one, inPieces).catch(codeOf)
    await onTheWay.reached
    const late = site.hold(`PATCH ${mebibyte}`)
    const second = upload(url, other, inPieces)
    await late.reached
    // The second has taken the place of the first, and stands where that one stood.
    onTheWay.release()
    expect(await first).toBe('upload-other-file')
    late.release()
    expect(await second).toMatchObject({ sha256: sha256Of(3 * mebibyte, 8) })
    expect(site.handled).toMatchObject([{ sha256: sha256Of(3 * mebibyte, 8) }])
  })

  it('wait for each other while one sends; the later is told that the link is used', async () => {
    const { url } = await site.mint()
    const bytes = bytesOf(2 * mebibyte, 7)
    const first = openRequest(url, {
      method: 'PATCH',
      headers: {
        'Tus-Resumable': '1.0.0',
        'Upload-Offset': '0',
        'Upload-Length': bytes.length,
        'Content-Type': 'application/offset+octet-stream',
        'Content-Length': bytes.length,
      },
    })
    const answered = once(first, 'response')
    first.write(bytes.subarray(0, mebibyte))
    await expect.poll(() => site.asked).toContain('PATCH 0')
    await expect.poll(() => site.spooled()).not.toEqual([])
    const seen: string[] = []
    const second = upload(url, fileOf(2 * mebibyte, { seed: 8 }), {
      ...patiently,
      onProgress: ({ state, error }) => void seen.push(`${state} ${error?.code}`),
    }).catch(codeOf)
    await expect.poll(() => seen).toContain('waiting slot-busy')
    first.end(bytes.subarray(mebibyte))
    await answered
    expect(await second).toBe('slot-missing')
    expect(site.handled).toMatchObject([{ sha256: sha256Of(2 * mebibyte) }])
    expect(site.asked).not.toContain('HEAD')
  })
})

describe('an upload whose server is killed', () => {
  it('goes on with the next one, and every byte is right', { timeout: 120_000 }, async () => {
    const source = await compileSource()
    const ground = await createSharedGround()
    let server = await startServerProcess(source.folder, ground)
    try {
      const { url } = await server.mint('keep')
      const size = 48 * mebibyte
      const halfway = createDeferred()
      const onProgress = ({ sentBytes }: UploadProgress) =>
        sentBytes >= size / 3 ? halfway.resolve() : undefined
      const sending = upload(url, fileOf(size), { ...patiently, onProgress })
      await halfway.promise
      await server.kill()
      server = await startServerProcess(source.folder, ground, server.port)
      expect(await sending).toMatchObject({ sha256: sha256Of(size) })
      expect(await ground.lines('runs.log')).toHaveLength(1)
    } finally {
      await server.kill()
      await ground.remove()
      await source.remove()
    }
  })
})
