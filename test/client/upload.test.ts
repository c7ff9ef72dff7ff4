// The client from Node: by fetch, to real servers.

import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { isUploadError, upload, UploadError } from '../../src/client/index.ts'
import type { UploadProgress } from '../../src/client/index.ts'
import { SlotRejection } from '../../src/index.ts'
import type { UploadResult } from '../../src/index.ts'
import { fileOf, sha256Of } from './own-files.ts'
import { startSlotSite } from './slot-site.ts'
import type { SlotSite } from './slot-site.ts'

const mebibyte = 1024 * 1024
const quickly = { retryDelayMs: 5, language: 'en' } as const

let site: SlotSite

beforeEach(async () => {
  site = await startSlotSite()
})

afterEach(async () => {
  expect(await site.spooled()).toEqual([])
  await site.close()
})

/** The error that an upload ends in. */
async function failureOf(sending: Promise<unknown>): Promise<UploadError> {
  const error = await sending.then(
    () => null,
    (reason: unknown) => reason,
  )
  return isUploadError(error) ? error : expect.unreachable(String(error))
}

describe('upload()', () => {
  it('sends a small file as its bare bytes, in one request', async () => {
    const { url } = await site.mint()
    const got = await upload(url, fileOf(1000, { name: "Größe (1)' 日本.bin" }))
    expect(got).toEqual({
      name: "Größe (1)' 日本.bin",
      type: 'application/x-film',
      sizeBytes: 1000,
      sha256: sha256Of(1000),
    })
    expect(site.asked).toEqual(['PUT'])
  })

  it('sends a larger one so that it can go on, refused before a byte where it is to be refused', async () => {
    const { url } = await site.mint()
    const got = await upload(url, fileOf(3 * mebibyte, { name: 'Größe 日本.bin' }), {
      maxRequestBytes: mebibyte,
    })
    expect(got).toMatchObject({ name: 'Größe 日本.bin', sha256: sha256Of(3 * mebibyte) })
    const pieces = [0, 1, 2].map((piece) => `PATCH ${piece * mebibyte}`)
    expect(site.asked).toEqual(['PATCH 0 empty', ...pieces])
  })

  it('takes the name from the option, and tells no type that is not known', async () => {
    const { url } = await site.mint()
    const blob = new Blob(['a,b'])
    expect(await upload(url, blob, { fileName: 'table.csv' })).toMatchObject({ name: 'table.csv' })
  })

  it('sends an empty file where the kind takes it', async () => {
    const { url } = await site.mint({ minBytes: 0 })
    const options = { resumableFromBytes: 0 }
    expect(await upload(url, fileOf(0), options)).toMatchObject({ sizeBytes: 0 })
  })

  it('sends fields and several files as a form', async () => {
    const { url } = await site.mint({
      maxFiles: 2,
      handler: async ({ files, fields }) => ({
        names: files.map((file) => file.name),
        sizes: files.map((file) => file.sizeBytes),
        note: fields instanceof URLSearchParams ? fields.get('note') : null,
      }),
    })
    const files = [fileOf(10, { name: 'a.bin' }), fileOf(2 * mebibyte, { name: 'b.bin' })]
    expect(await upload(url, files, { fields: { note: 'größer' } })).toEqual({
      names: ['a.bin', 'b.bin'],
      sizes: [10, 2 * mebibyte],
      note: 'größer',
    })
    expect(site.asked).toEqual(['POST'])
  })

  it.each([100, 2 * mebibyte])(
    'gives what the handler returned: nothing (%i bytes)',
    async (size) => {
      const { url } = await site.mint({ handler: () => {} })
      expect(await upload(url, fileOf(size))).toBeUndefined()
    },
  )

  it('gives the text of a Response, and JSON of any', async () => {
    const text = await site.mint({ handler: () => new Response('Thanks') })
    expect(await upload(text.url, fileOf(5))).toBe('Thanks')
    const json = await site.mint({ handler: () => Response.json([1]) })
    expect(await upload(json.url, fileOf(2 * mebibyte))).toEqual([1])
  })

  it('is typed by what the handler returns', async () => {
    const kind = site.files.slot('typed', { handler: () => ({ at: new Date(0) }) })
    const result = await upload<UploadResult<typeof kind>>(await kind.url(), fileOf(5))
    expectTypeOf(result).toEqualTypeOf<{ at: string }>()
    expect(result.at).toBe('1970-01-01T00:00:00.000Z')
  })

  it('tells how far it is, piece by piece, up to all', async () => {
    const { url } = await site.mint()
    const seen: UploadProgress[] = []
    const onProgress = (progress: UploadProgress) => seen.push(progress)
    await upload(url, fileOf(3 * mebibyte), { onProgress, maxRequestBytes: mebibyte })
    const sent = seen.filter(({ state }) => state === 'sending').map(({ sentBytes }) => sentBytes)
    expect([...new Set(sent)]).toEqual([0, mebibyte, 2 * mebibyte])
    expect(seen.at(-1)).toMatchObject({ state: 'handling', sentBytes: 3 * mebibyte })
  })

  it('refuses what can not be meant, before anything is asked', async () => {
    const { url } = await site.mint()
    expect(() => upload('', fileOf(1))).toThrow(TypeError)
    expect(() => upload(url, [])).toThrow('a File or Blob')
    expect(() => upload(url, ['text'] as unknown as Blob[])).toThrow(TypeError)
    expect(site.asked).toEqual([])
  })
})

describe('a refusal', () => {
  it('of a file above the limit comes before a byte is sent, with the limit and in words', async () => {
    const { url, id } = await site.mint({ maxBytes: 2 * mebibyte })
    const error = await failureOf(upload(url, fileOf(3 * mebibyte), { language: 'en' }))
    expect(error).toMatchObject({ code: 'upload-too-large', status: 413, limit: 2 * mebibyte })
    expect(error.message).toBe('This is too much: no more than 2 MB, please.')
    expect(site.asked).toEqual(['PATCH 0 empty'])
    expect((await site.files.slots.status(id))?.receivedBytes).toBe(0)
    expect(await upload(url, fileOf(2 * mebibyte))).toMatchObject({ sizeBytes: 2 * mebibyte })
  })

  it('by the limits of a ticket needs no request', async () => {
    const ticket = await site.mint({ maxBytes: 1000 })
    const large = await failureOf(upload(ticket, fileOf(1001), { language: 'de' }))
    expect(large.message).toBe('Das ist zu viel: bitte höchstens 1.000 Byte.')
    expect(site.asked).toEqual([])
    expect(await upload(ticket, fileOf(1000))).toMatchObject({ sizeBytes: 1000 })
  })

  it.each([
    ['small', 100],
    ['large', 2 * mebibyte],
  ])("of the handler's has its words, and is final (%s)", async (_, size) => {
    let runs = 0
    const { url } = await site.mint({
      handler() {
        runs += 1
        throw new SlotRejection('Bitte ein anderes Bild.', { status: 409, retry: true })
      },
    })
    const error = await failureOf(upload(url, fileOf(size), quickly))
    expect(error).toMatchObject({ code: 'upload-rejected', status: 409 })
    expect(error.message).toBe('Bitte ein anderes Bild.')
    expect(runs).toBe(1)
  })

  it('of a type tells those that are taken', async () => {
    const { url } = await site.mint({ accept: ['image/png', '.csv'] })
    const error = await failureOf(upload(url, fileOf(2 * mebibyte), { language: 'en' }))
    expect(error).toMatchObject({ code: 'upload-type-refused', accept: ['image/png', '.csv'] })
    expect(error.message).toContain('image/png, .csv')
  })

  it.each(['en', 'de-AT', 'xx'])(
    'of a link that was used is said in %s, or in English',
    async (language) => {
      const { url } = await site.mint()
      await upload(url, fileOf(5))
      const said = { en: 'has been used', 'de-AT': 'schon benutzt', xx: 'has been used' }
      for (const size of [5, 2 * mebibyte]) {
        const error = await failureOf(upload(url, fileOf(size), { language }))
        expect(error.code).toBe('slot-missing')
        expect(error.message).toContain(said[language as keyof typeof said])
      }
    },
  )

  it.each([
    ['en_US', /^This is too much: no more than 1,000 bytes/],
    ['en-US@posix', /^This is too much: no more than 1,000 bytes/],
    ['x', /^This is too much: no more than 1,000 bytes/],
    ['', /^This is too much: no more than 1,000 bytes/],
  ])('is said also where the page calls its language "%s"', async (language, said) => {
    const { url } = await site.mint({ maxBytes: 1000 })
    const error = await failureOf(upload(url, fileOf(1001), { language }))
    expect(error).toMatchObject({ code: 'upload-too-large', limit: 1000 })
    expect(error.message).toMatch(said)
  })

  it('is said in words that were handed in', async () => {
    const { url } = await site.mint({ maxBytes: 10 })
    const words = { 'upload-too-large': 'Maximal {limit} alstublieft.' }
    const error = await failureOf(upload(url, fileOf(11), { words, language: 'nl' }))
    expect(error.message).toBe('Maximal 10 byte alstublieft.')
  })
})

describe('an upload to a handler that throws', () => {
  it('is sent again a few times, where it is small, and then is the fault of the server', async () => {
    let runs = 0
    const { url, id } = await site.mint({
      handler() {
        runs += 1
        throw new Error('a secret of the database')
      },
    })
    const error = await failureOf(upload(url, fileOf(5), quickly))
    expect(error).toMatchObject({ code: 'slot-handler-failed', status: 500 })
    expect(error.message).toBe('The server could not take it. Please try again later.')
    expect(runs).toBe(3)
    expect((await site.files.slots.status(id))?.state).toBe('open')
  })

  it('is handled again without being sent again, where it is large', async () => {
    let runs = 0
    const { url } = await site.mint({
      handler() {
        runs += 1
        if (runs < 3) throw new Error('not yet')
        return { runs }
      },
    })
    expect(await upload(url, fileOf(2 * mebibyte), quickly)).toEqual({ runs: 3 })
    expect(site.asked.filter((request) => request === 'PATCH 0')).toHaveLength(1)
  })
})
