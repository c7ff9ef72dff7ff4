// MCP's draft for files, as a client that speaks it goes through it: asked by the official SDK's
// client, with the bytes sent and fetched as the answers say.

import { createHash } from 'node:crypto'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  authorizeDownload,
  authorizeUpload,
  formatFileUri,
  hasDigest,
  parseFileUri,
  type AuthorizedDownload,
  type AuthorizedUpload,
} from '../../src/adapters/mcp.ts'
import { SlotRejection } from '../../src/index.ts'
import { parseUserFileName } from '../../src/storage/names/reserved-name.ts'
import { startMcpStage, type McpStage } from '../support/mcp-stage.ts'

let stage: McpStage
/** How many slots were minted. */
let minted: number

const digest = z.object({ algorithm: z.literal('sha-256'), value: z.string() })

beforeEach(async () => {
  minted = 0
  stage = await startMcpStage(({ server, files, origin }) => {
    const asking = (method: string) => z.object({ method: z.literal(method), params: z.unknown() })
    server.server.setRequestHandler(asking('files/authorizeUpload'), ({ params }) =>
      authorizeUpload(params, {
        origin,
        create: (wish, overrides) => {
          minted += 1
          const args = wish.digest === undefined ? {} : { digest: wish.digest }
          return files.slots.mint('inbox', args, overrides)
        },
        nameOf: ({ id }) => `inbox/${id}.txt`,
      }),
    )
    server.server.setRequestHandler(asking('files/authorizeDownload'), ({ params }) =>
      authorizeDownload(files, params, {
        origin,
        mayRead: (name) => name.startsWith('inbox/'),
      }),
    )
    const inputSchema = { document: z.string() }
    server.registerTool('length', { inputSchema }, async ({ document }) => {
      const facts = await files.storage.stat(parseFileUri(document) ?? '')
      return { content: [{ type: 'text', text: String(facts?.sizeBytes ?? 'none') }] }
    })
  })
  stage.files.slot('inbox', {
    args: z.object({ digest: digest.optional() }),
    maxBytes: 1000,
    accept: ['text/plain', '.csv'],
    async handler({ args, file, slot }) {
      if (args.digest !== undefined && !(await hasDigest(file, args.digest)))
        throw new SlotRejection('These are not the bytes that were announced.', { retry: true })
      await file.save(`inbox/${slot.id}.txt`, { onTaken: 'refuse' })
    },
  })
})
afterEach(() => stage.close())

describe('files/authorizeUpload', () => {
  it('says how to send a file that tools then know by its URI', async () => {
    const wish = {
      name: 'Grüße.txt',
      mimeType: 'text/plain',
      size: 8,
      digest: digestOf('A report'),
    }
    const { file, upload } = await askUpload(wish)
    expect(file).toEqual({ uri: expect.stringMatching(/^mcp-file:/), ...wish })
    expect(upload).toMatchObject({ transport: 'https', method: 'PUT' })
    expect(Date.parse(upload.expiresAt ?? '')).toBeGreaterThan(Date.now())
    expect((await send(upload, 'A report')).status).toBe(204)
    const answer = await stage.client.callTool({
      name: 'length',
      arguments: { document: file.uri },
    })
    expect(answer.content).toEqual([{ type: 'text', text: '8' }])
  })

  it('needs nothing to be told', async () => {
    const { file, upload } = await askUpload({})
    expect(Object.keys(file)).toEqual(['uri'])
    expect((await send(upload, 'A report')).status).toBe(204)
    expect(String(await stage.saved(parseFileUri(file.uri) ?? ''))).toBe('A report')
  })

  it('holds the client to its size and its digest, and lets it try again', async () => {
    const { upload } = await askUpload({ size: 8, digest: digestOf('A report') })
    expect((await send(upload, 'Another report')).status).toBe(413)
    expect((await send(upload, 'A riport')).status).toBe(400)
    // As a client would that leaves the header out.
    const { 'Content-Digest': left, ...headers } = upload.headers ?? {}
    expect(left).toMatch(/^sha-256=:/)
    const careless = await send({ ...upload, headers }, 'A riport')
    expect(careless.status).toBe(422)
    expect(await careless.text()).toContain('not the bytes that were announced')
    expect((await send(upload, 'A report')).status).toBe(204)
    expect((await send(upload, 'A report')).status).toBe(404)
  })

  it.each([
    [{ size: 1001 }, { reason: 'maxSizeExceeded', maxSize: 1000, actualSize: 1001 }],
    [{ size: 0 }, { reason: 'invalidParams' }],
    [{ size: -1 }, { reason: 'invalidParams' }],
    [{ size: 1.5 }, { reason: 'invalidParams' }],
    [{ size: '8' }, { reason: 'invalidParams' }],
    [{ name: '' }, { reason: 'invalidParams' }],
    [{ name: 7 }, { reason: 'invalidParams' }],
    [{ mimeType: 'text' }, { reason: 'invalidParams' }],
    [{ mimeType: 'text/plain\r\nX-Evil: 1' }, { reason: 'invalidParams' }],
    [{ mimeType: 'image/png' }, { reason: 'mimeTypeNotAccepted', accept: ['text/plain', '.csv'] }],
    [{ digest: 'sha-256' }, { reason: 'invalidParams' }],
    [{ digest: { algorithm: 'sha-256', value: 'AAAA' } }, { reason: 'invalidParams' }],
    [{ digest: { algorithm: 'md5', value: 'AAAA' } }, { reason: 'unsupportedDigest' }],
  ])('refuses %j by -32602 and %j', async (params, data) => {
    expect(await failure(askUpload(params))).toMatchObject({ code: -32602, data })
  })

  it('mints nothing for what it can see to be wrong', async () => {
    await failure(askUpload({ size: -1 }))
    await failure(askUpload({ digest: 'sha-256' }))
    expect(minted).toBe(0)
  })

  it('takes a type that the name makes out, and one with parameters', async () => {
    const table = { name: 'table.csv', mimeType: 'application/vnd.ms-excel' }
    expect((await send((await askUpload(table)).upload, 'a,b')).status).toBe(204)
    const text = { mimeType: 'Text/Plain; charset=utf-8' }
    expect((await send((await askUpload(text)).upload, 'a')).status).toBe(204)
  })

  it('makes headers of any name that no name can add to', async () => {
    for (const name of [
      'a"; x="b.txt',
      'a\r\nX-Evil: 1',
      '../../etc/passwd',
      'ünï 💾.txt',
      '\ud800',
    ])
      expect((await send((await askUpload({ name })).upload, 'a')).status).toBe(204)
  })
})

describe('files/authorizeDownload', () => {
  it('gives a link to the file of a URI', async () => {
    await stage.files.storage.save('inbox/a b.txt', 'A report')
    const uri = formatFileUri('inbox/a b.txt')
    const { file, download } = await askDownload({ uri })
    expect(file).toEqual({
      uri,
      name: 'a b.txt',
      mimeType: 'text/plain; charset=utf-8',
      size: 8,
    })
    expect(download).toMatchObject({ transport: 'https', method: 'GET' })
    expect(Date.parse(download.expiresAt ?? '')).toBeGreaterThan(Date.now())
    expect(await (await fetch(download.url)).text()).toBe('A report')
  })

  it('refuses alike what is no URI of ours, not there, or not for the caller', async () => {
    await stage.files.storage.save('payroll.txt', 'Secret')
    const uris = [
      formatFileUri('payroll.txt'),
      formatFileUri('inbox/none.txt'),
      formatFileUri('inbox/../payroll.txt'),
      formatFileUri('.titofisto/x'),
      'mcp-file://titofisto/inbox%2F..%2Fpayroll.txt',
      'file:///etc/passwd',
      '',
      7,
    ]
    const failures = await Promise.all(uris.map((uri) => failure(askDownload({ uri }))))
    for (const { code, message, data } of failures)
      expect([code, message, data]).toEqual([
        -32602,
        failures[0]?.message,
        { reason: 'unknownFile' },
      ])
  })

  it('has no other answer to a caller who may read everything', async () => {
    for (const name of ['none.txt', 'titofisto/upload/x', 'a'.repeat(300), 'inbox']) {
      const asked = authorizeDownload(
        stage.files,
        { uri: formatFileUri(name) },
        { origin: stage.origin, mayRead: () => true },
      )
      await expect(asked, name).rejects.toMatchObject({
        code: -32602,
        data: { reason: 'unknownFile' },
      })
    }
  })

  it('waits to be told who may read what', async () => {
    await stage.files.storage.save('inbox/a.txt', 'A report')
    const uri = formatFileUri('inbox/a.txt')
    for (const mayRead of [
      () => Promise.resolve(false),
      () => Promise.reject(new Error('no list')),
    ])
      await expect(
        authorizeDownload(stage.files, { uri }, { origin: stage.origin, mayRead }),
      ).rejects.toThrow(/^There is no such file|^no list$/)
  })

  it('demands to be told who may read what', async () => {
    const uri = formatFileUri('inbox/a.txt')
    // @ts-expect-error -- JavaScript's callers may forget it
    await expect(authorizeDownload(stage.files, { uri }, {})).rejects.toThrow('"mayRead"')
  })
})

describe('a file URI', () => {
  const names = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((name) => parseUserFileName(name) !== null)

  it('has the name, whatever that is', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(parseFileUri(formatFileUri(name))).toBe(name)
      }),
    )
  })

  it('is one for each file: every other text is none, or another file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const uri = `mcp-file://titofisto/${text}`
        const name = parseFileUri(uri)
        if (name !== null) expect(formatFileUri(name)).toBe(uri)
      }),
    )
  })

  it('is no other spelling of it', () => {
    for (const uri of ['a%62', 'a%2fb', '%E0%A4%A', 'a//b', '/a', 'a/../b', 'a?b', 'ä'])
      expect(parseFileUri(`mcp-file://titofisto/${uri}`)).toBeNull()
    expect(parseFileUri('MCP-FILE://titofisto/a')).toBeNull()
  })
})

function askUpload(params: Record<string, unknown>): Promise<AuthorizedUpload> {
  return ask('files/authorizeUpload', params) as Promise<AuthorizedUpload>
}

function askDownload(params: Record<string, unknown>): Promise<AuthorizedDownload> {
  return ask('files/authorizeDownload', params) as Promise<AuthorizedDownload>
}

async function ask(method: string, params: Record<string, unknown>): Promise<unknown> {
  // A method that the SDK's types don't know yet.
  const request = { method, params } as never
  return stage.client.request(request, z.looseObject({}))
}

async function failure(asked: Promise<unknown>): Promise<McpError> {
  const error = await asked.then(
    () => null,
    (cause: unknown) => cause,
  )
  if (!(error instanceof McpError)) throw new Error('It was not refused.', { cause: error })
  return error
}

function send({ url, method, headers }: AuthorizedUpload['upload'], body: string) {
  return fetch(url, { method, body, ...(headers !== undefined && { headers }) })
}

function digestOf(text: string) {
  return {
    algorithm: 'sha-256' as const,
    value: createHash('sha256').update(text).digest('base64url'),
  }
}
