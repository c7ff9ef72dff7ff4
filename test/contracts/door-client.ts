// titofisto/client over every door and adapter: what somebody who uploads by it may rely on, whatever
// server the slot hangs in. Its requests go over the door's own sockets, which may be TLS with a key
// of nobody's.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isUploadError, upload } from '../../src/client/index.ts'
import type { UploadOptions } from '../../src/client/index.ts'
import { SlotRejection } from '../../src/index.ts'
import type { SlotKind, Titofisto } from '../../src/index.ts'
import { fileOf, sha256Of } from '../client/own-files.ts'
import type { Door } from './door.ts'

/** Small pieces: there are many doors. */
const options = {
  retryDelayMs: 1,
  resumableFromBytes: 100_000,
  maxRequestBytes: 100_000,
  language: 'en',
} as const

type Definition = Partial<Parameters<Titofisto['slot']>[1]>

/** Runs the battery of the client. */
export function describeClient(
  openDoor: () => Door,
  define: (definition: Definition) => Pick<SlotKind<unknown>, 'url'>,
): void {
  describe('by titofisto/client', () => {
    /** How many of the next answers get lost on their way. */
    let lostAnswers = 0
    let runs = 0

    beforeEach(() => {
      lostAnswers = 0
      runs = 0
      vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
        const answer = await askLikeFetch(openDoor(), path, init)
        if (lostAnswers === 0) return answer
        lostAnswers -= 1
        throw new TypeError('fetch failed')
      })
    })

    afterEach(() => {
      vi.unstubAllGlobals()
    })

    /** A slot that tells what it got, and how often. */
    function mint(definition: Definition = {}): Promise<string> {
      const kind = define({
        maxBytes: 5_000_000,
        maxFiles: 2,
        async handler({ files, fields }) {
          runs += 1
          const sha256 = await Promise.all(files.map((file) => file.sha256()))
          return {
            names: files.map(({ name }) => name),
            sha256,
            fields: [...(fields as URLSearchParams)],
          }
        },
        ...definition,
      })
      return kind.url()
    }

    async function failureOf(url: string, file: Blob, more: UploadOptions = {}): Promise<unknown> {
      const failure: unknown = await upload(url, file, { ...options, ...more }).catch(
        (error: unknown) => error,
      )
      return isUploadError(failure) ? { code: failure.code, message: failure.message } : failure
    }

    it.each([1000, 250_000])('comes whole (%i bytes)', async (sizeBytes) => {
      const file = fileOf(sizeBytes, { name: 'größe.bin' })
      const got = { names: ['größe.bin'], sha256: [sha256Of(sizeBytes)], fields: [] }
      expect(await upload(await mint(), file, options)).toEqual(got)
    })

    it('comes as a form of two files and a field', async () => {
      const files = [fileOf(10, { name: 'a.bin' }), fileOf(120_000, { name: 'b.bin' })]
      expect(await upload(await mint(), files, { ...options, fields: { note: 'größer' } })).toEqual(
        {
          names: ['a.bin', 'b.bin'],
          sha256: [sha256Of(10), sha256Of(120_000)],
          fields: [['note', 'größer']],
        },
      )
    })

    it.each([1000, 250_000])(
      'is handled once, though its answers are lost (%i bytes)',
      async (sizeBytes) => {
        lostAnswers = 3
        const got = { sha256: [sha256Of(sizeBytes)] }
        expect(await upload(await mint(), fileOf(sizeBytes), options)).toMatchObject(got)
        expect(lostAnswers).toBe(0)
        expect(runs).toBe(1)
      },
    )

    it('is refused in words', async () => {
      expect(await failureOf(await mint({ maxBytes: 200_000 }), fileOf(250_000))).toEqual({
        code: 'upload-too-large',
        message: 'This is too much: no more than 195.3 kB, please.',
      })
      const rejecting = await mint({
        handler() {
          throw new SlotRejection('Another picture, please.')
        },
      })
      for (const sizeBytes of [10, 150_000])
        expect(
          await failureOf(await mint({ accept: ['image/png'] }), fileOf(sizeBytes)),
        ).toMatchObject({
          code: 'upload-type-refused',
        })
      expect(await failureOf(rejecting, fileOf(150_000))).toEqual({
        code: 'upload-rejected',
        message: 'Another picture, please.',
      })
    })

    it('is told that the link is over', async () => {
      for (const sizeBytes of [10, 150_000]) {
        const url = await mint()
        await upload(url, fileOf(10), options)
        expect(await failureOf(url, fileOf(sizeBytes, { seed: 8 }))).toMatchObject({
          code: 'slot-missing',
        })
      }
    })
  })
}

/** Asks a door what the client asks of `fetch`. */
async function askLikeFetch(door: Door, path: string, init: RequestInit): Promise<Response> {
  // A form gets its boundary, and what it is called.
  const request = new Request(new URL(path, 'http://door.test'), init)
  const body = new Uint8Array(await request.arrayBuffer())
  const hasBody = init.body !== null && init.body !== undefined
  const reply = await door.ask({
    method: request.method,
    path,
    headers: Object.fromEntries(request.headers),
    ...(hasBody && { body }),
  })
  return new Response(reply.body.length > 0 ? new Uint8Array(reply.body) : null, reply)
}
