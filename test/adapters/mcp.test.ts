// titofisto/mcp as a server's tools use it, and as an agent sees it: by the official SDK's client,
// over real sockets, with a real shell for the commands.

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CallToolResultSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import {
  linkResult,
  pathPlaceholder,
  slotResult,
  type LinkToolResult,
  type SlotToolResult,
} from '../../src/adapters/mcp.ts'
import { isOptionError, isTitofistoError } from '../../src/index.ts'
import type { SlotDefinition, TitofistoOptions } from '../../src/index.ts'
import { startMcpStage, type McpStage } from '../support/mcp-stage.ts'

let stage: McpStage
afterEach(() => stage.close())

/** A server with a tool that hands out slots of this kind. */
async function offerSlots(
  definition: Partial<SlotDefinition> = {},
  options: Partial<TitofistoOptions> = {},
) {
  stage = await startMcpStage(({ server, files, origin }) => {
    server.registerTool('upload', { description: 'Takes a file.' }, async () =>
      slotResult(await files.slots.mint('inbox'), { origin }),
    )
  }, options)
  return stage.files.slot('inbox', {
    handler: async ({ file }) => ({ name: await file.save(`inbox/${file.name}`) }),
    ...definition,
  })
}

describe('slotResult()', () => {
  it("is a tool's result, and the handler's answer is the answer to the upload", async () => {
    await offerSlots({ maxBytes: 1000 })
    const { structuredContent } = await callTool('upload')
    const body = new FormData()
    body.append('file', new Blob(['A report']), 'report.txt')
    const answer = await fetch(String(structuredContent?.['url']), { method: 'POST', body })
    expect(await answer.json()).toEqual({ name: 'inbox/report.txt' })
    expect(String(await stage.saved('inbox/report.txt'))).toBe('A report')
  })

  it('says in words and for programs where to send what, and until when', async () => {
    await offerSlots({ maxBytes: 1000, accept: ['text/plain', '.csv'], expiresIn: 600 })
    const { content, structuredContent } = await callTool('upload')
    const url = String(structuredContent?.['url'])
    expect(structuredContent).toEqual({
      url: expect.stringContaining(`${stage.origin}/media/titofisto/upload/`),
      method: 'POST',
      curl: `curl -sS --fail-with-body -F "file=@PATH_TO_FILE" "${url}"`,
      expiresAt: expect.stringMatching(/^2.*Z$/),
      maxBytes: 1000,
      minBytes: 1,
      maxFiles: 1,
      maxTotalBytes: 1000,
      accept: ['text/plain', '.csv'],
      id: expect.stringMatching(/^[\w-]{22}$/),
    })
    const text = textOf(content)
    expect(text).toContain(String(structuredContent?.['curl']))
    expect(text).toContain(String(structuredContent?.['expiresAt']))
    expect(text).toContain('At most 1000 bytes. Taken: text/plain, .csv.')
  })

  it.each([
    ['$HOME and `id`', '/m$HOME`id`/'],
    ['! and quotes', "/it's!!/"],
    ['brackets', '/a[1]{b}/'],
    ['blanks in Unicode', '/dösen/'],
  ])('has a command that runs as it stands, also with %s in mediaUrl', async (_, mediaUrl) => {
    await offerSlots({}, { mediaUrl })
    const { structuredContent } = await callTool('upload')
    const file = join(stage.root, 'report.txt')
    await writeFile(file, 'A report')
    const said = await runInShell(String(structuredContent?.['curl']), file)
    expect(JSON.parse(said)).toEqual({ name: 'inbox/report.txt' })
  })

  it('has a command that fails, and says why, where the upload is refused', async () => {
    await offerSlots({ maxBytes: 3 })
    const { structuredContent } = await callTool('upload')
    const file = join(stage.root, 'report.txt')
    await writeFile(file, 'A report')
    await expect(runInShell(String(structuredContent?.['curl']), file)).rejects.toMatchObject({
      code: 22,
      stdout: expect.stringContaining('3 bytes'),
    })
  })

  it('says how to send several files, and the exact size of one', async () => {
    const inbox = await offerSlots({ maxFiles: 3, maxBytes: 100, maxTotalBytes: 200 })
    const { origin } = stage
    expect(textOf(slotResult(await inbox.create(), { origin }).content)).toContain(
      'At most 100 bytes a file. Up to 3 files in one request, with an -F for each, 200 bytes together.',
    )
    const one = await inbox.create(undefined, { maxFiles: 1, maxTotalBytes: 8, sizeBytes: 8 })
    expect(textOf(slotResult(one, { origin }).content)).toContain('Exactly 8 bytes.')
  })

  it("ends with what the agent shall do next, in the tool's words", async () => {
    const inbox = await offerSlots()
    const afterwards = 'Call analyze with the name in the answer.'
    const { content } = slotResult(await inbox.create(), { origin: stage.origin, afterwards })
    expect(textOf(content).split('\n').at(-1)).toBe(afterwards)
  })

  it('demands an origin where mediaUrl has none, and nothing but an origin', async () => {
    const inbox = await offerSlots()
    const ticket = await inbox.create()
    const wrong = [undefined, '', 'files.example', 'ftp://files.example', 'https://a.example/path']
    for (const origin of [...wrong, 'https://user@a.example', 'https://files.example/'])
      expect(
        catchError(() => slotResult(ticket, origin === undefined ? {} : { origin })),
      ).toSatisfy((error) => isOptionError(error) && error.option === 'origin')
    const { structuredContent } = slotResult(ticket, { origin: 'https://FILES.example' })
    expect(structuredContent.url).toBe(`https://files.example${ticket.url}`)
  })

  it('keeps the origin of an absolute mediaUrl, but for another that is given', async () => {
    const inbox = await offerSlots({}, { mediaUrl: 'https://cdn.example/m/' })
    const ticket = await inbox.create()
    expect(slotResult(ticket).structuredContent.url).toBe(ticket.url)
    const { structuredContent } = slotResult(ticket, { origin: 'http://localhost:8080' })
    expect(structuredContent.url).toBe(
      ticket.url.replace('https://cdn.example', 'http://localhost:8080'),
    )
  })

  it('refuses an option that it does not have', async () => {
    const inbox = await offerSlots()
    const options = { origin: stage.origin, afterward: 'x' }
    const ticket = await inbox.create()
    expect(() => slotResult(ticket, options)).toThrow('the nearest is "afterwards"')
  })
})

describe('linkResult()', () => {
  async function offerLinks(options: Partial<TitofistoOptions> = {}) {
    stage = await startMcpStage(({ server, files, origin }) => {
      server.registerTool('report', { description: 'Gives a report.' }, () =>
        linkResult(files, 'reports/2026.pdf', {
          origin,
          expiresIn: 600,
          title: 'Report 2026',
          description: 'All of the year',
        }),
      )
    }, options)
  }

  it('is a resource link that the client can fetch', async () => {
    await offerLinks()
    await stage.files.storage.save('reports/2026.pdf', 'A report')
    const { content } = await callTool('report')
    const link = content.find((block) => block.type === 'resource_link')
    expect(link).toEqual({
      type: 'resource_link',
      uri: expect.stringContaining(`${stage.origin}/media/reports/2026.pdf?`),
      name: '2026.pdf',
      title: 'Report 2026',
      description: 'All of the year',
      mimeType: 'application/pdf',
      size: 8,
    })
    expect(await (await fetch(link?.uri ?? '')).text()).toBe('A report')
  })

  it('has a command that fetches the file', async () => {
    await offerLinks()
    await stage.files.storage.save('reports/2026.pdf', 'A report')
    const { content } = await callTool('report')
    const file = join(stage.root, 'a copy.pdf')
    const [command = ''] = /^curl .*$/m.exec(textOf(content)) ?? []
    await runInShell(command, file)
    expect(await readFile(file, 'utf8')).toBe('A report')
  })

  it('says in words and for programs what it leads to, and until when', async () => {
    const nowMs = Date.UTC(2026, 10, 26, 12)
    await offerLinks({ now: () => nowMs })
    await stage.files.storage.save('reports/2026.pdf', 'A report')
    const { content, structuredContent } = await callTool('report')
    const expiresAt = '2026-11-26T12:10:00.000Z'
    expect(structuredContent).toEqual({
      url: expect.stringContaining(`${stage.origin}/media/reports/2026.pdf?`),
      name: 'reports/2026.pdf',
      type: 'application/pdf',
      sizeBytes: 8,
      expiresAt,
    })
    expect(textOf(content)).toContain('reports/2026.pdf (application/pdf, 8 bytes)')
    expect(textOf(content)).toContain(`until ${expiresAt}`)
  })

  it('tells the true end of links without a life of their own, of stable ones and of bound ones', async () => {
    const nowMs = Date.UTC(2026, 10, 26, 12)
    await offerLinks({ now: () => nowMs, timeoutSeconds: 60, mountPath: '/files/' })
    const { files, origin } = stage
    await files.storage.save('a.txt', 'A')
    const endOf = async (options = {}) =>
      (await linkResult(files, 'a.txt', { origin, ...options })).structuredContent.expiresAt
    expect(await endOf()).toBe('2026-11-26T12:01:00.000Z')
    expect(await endOf({ bind: 'ann' })).toBe('2026-11-26T12:01:00.000Z')
    const stable = Date.parse((await endOf({ stableSeconds: 3600 })) ?? '')
    expect(stable).toBeGreaterThanOrEqual(nowMs + 60_000)
    expect(stable).toBeLessThanOrEqual(nowMs + 3_660_000)
  })

  it('has no end where the file is public, or the link lives for ever', async () => {
    await offerLinks({ timeoutSeconds: Infinity })
    const { files, origin } = stage
    for (const name of ['public/a.txt', 'b.txt']) {
      await files.storage.save(name, 'A')
      const { structuredContent } = await linkResult(files, name, { origin })
      expect(structuredContent.expiresAt).toBeNull()
    }
  })

  it("is an error of the tool, in words that name no path of the server's, where there is no file", async () => {
    await offerLinks()
    const result = await callTool('report')
    expect(result.isError).toBe(true)
    expect(textOf(result.content)).toBe('There is no regular file of this name to link to.')
    await expect(linkResult(stage.files, '../a', { origin: stage.origin })).rejects.toSatisfy(
      (error) => isTitofistoError(error) && error.code === 'name-invalid',
    )
    // A public link needs no file to be made, but there is nothing to tell of it.
    const { origin } = stage
    await expect(linkResult(stage.files, 'public/none.txt', { origin })).rejects.toSatisfy(
      (error) => isTitofistoError(error) && error.code === 'file-missing',
    )
  })
})

describe('the types', () => {
  it("fit the SDK's", async () => {
    await offerSlots()
    expectTypeOf<SlotToolResult>().toExtend<CallToolResult>()
    expectTypeOf<LinkToolResult>().toExtend<CallToolResult>()
  })
})

async function callTool(name: string): Promise<CallToolResult> {
  return CallToolResultSchema.parse(await stage.client.callTool({ name }))
}

function textOf(content: CallToolResult['content']): string {
  return content
    .map((block) => (block.type === 'text' ? block.text : ''))
    .join('\n')
    .trim()
}

/** Runs a command as an agent would, with a path put in. */
async function runInShell(command: string, path: string): Promise<string> {
  const env = { ...process.env, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }
  const line = command.replace(pathPlaceholder, path)
  return (await promisify(execFile)('sh', ['-c', line], { env })).stdout
}

function catchError(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}
