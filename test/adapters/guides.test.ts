// The guides of the adapters for agents, GraphQL and FlyDrive, copied and run as their readers do; in
// `npm run matrix` from the packed package, beside packages that npm has installed.

import { describe, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { runGuide, type GuideProgram } from '../support/guide.ts'
import { onePixelBase64 } from '../support/one-pixel.ts'

const isInstalled = runsAllClients()

const run = (page: string, program: GuideProgram) => runGuide(page, { ...program, isInstalled })

describe('docs/mcp.md', { timeout: 300_000 }, () => {
  const packages = ['@modelcontextprotocol/sdk', 'zod']

  /** An agent, which starts the server as agents do. */
  const connecting = `
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { z } from 'zod'
import { parseFileUri, type AuthorizedDownload, type AuthorizedUpload } from 'titofisto/mcp'
const env = { TITOFISTO_SECRET: process.env['TITOFISTO_SECRET'] ?? '' }
const client = new Client({ name: 'an agent', version: '1.0.0' })
await client.connect(new StdioClientTransport({ command: process.execPath, args: ['program.js'], env }))
`

  it('has a server whose agent uploads and downloads', async () => {
    const visitor = `${connecting}
const slot = await client.callTool({ name: 'upload_document' })
const { url } = slot.structuredContent as { url: string }
const form = new FormData()
form.append('file', new Blob(['%PDF-1.7 A document']), 'a.pdf')
const answer = await fetch(url, { method: 'POST', body: form })
const { document } = (await answer.json()) as { document: string }
console.log(answer.status, String(await readFile('media/' + document)))
await mkdir('media/reports')
await writeFile('media/reports/2026.pdf', 'A report')
const report = await client.callTool({ name: 'get_report' })
const link = report.structuredContent as { url: string }
console.log(await (await fetch(link.url)).text())
await client.close()
`
    expect(await run('mcp', { packages, snippets: [0, 1], visitor })).toBe(
      '200 %PDF-1.7 A document\nA report\n',
    )
  })

  it('has one that speaks the draft for files', async () => {
    const visitor = `${connecting}
const result = z.looseObject({})
const asked = async (method: string, params: object) =>
  client.request({ method, params } as never, result) as Promise<unknown>
const { file, upload } = (await asked('files/authorizeUpload', { name: 'a.txt', size: 8 })) as AuthorizedUpload
const { method, headers = {} } = upload
const { status } = await fetch(upload.url, { method, headers, body: 'A report' })
const { download } = (await asked('files/authorizeDownload', { uri: file.uri })) as AuthorizedDownload
console.log(status, parseFileUri(file.uri)?.startsWith('inbox/nobody/'))
console.log(await (await fetch(download.url)).text())
await client.close()
`
    expect(await run('mcp', { packages, snippets: [0, 2, 1], visitor })).toBe(
      '204 true\nA report\n',
    )
  })
})

describe('docs/graphql.md', { timeout: 300_000 }, () => {
  const asking = (url: string) => `
const ask = async (query: string) => {
  const response = await fetch('${url}', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  return ((await response.json()) as { data: Data }).data
}
interface Data {
  avatar: { url: string; name: string; sizeBytes: number } | null
  requestAvatarUpload: { url: string }
}
const picture = Buffer.from('${onePixelBase64}', 'base64')
const before = await ask('{ avatar { url } }')
const { requestAvatarUpload } = await ask('mutation { requestAvatarUpload { url } }')
const headers = { 'Content-Type': 'image/png' }
const { status } = await fetch(requestAvatarUpload.url, { method: 'PUT', body: picture, headers })
const { avatar: link } = await ask('{ avatar { url name sizeBytes } }')
const shown = await fetch(link?.url ?? '')
console.log(before.avatar, status, link?.name, link?.sizeBytes, shown.headers.get('content-type'))
process.exit()
`
  const said = 'null 200 avatars/15.png 70 image/png\n'

  it('has a schema that takes an upload and gives a link, by GraphQL Yoga', async () => {
    const packages = ['graphql', 'graphql-yoga']
    const ending = asking('http://localhost:4000/graphql')
    expect(await run('graphql', { packages, snippets: [0, 1], ending })).toBe(said)
  })

  it('has the same by Apollo Server', async () => {
    const packages = ['graphql', '@apollo/server']
    const ending = asking('http://localhost:4000/')
    const changes = { "origin = 'http://localhost:4000'": "origin = 'http://localhost:4001'" }
    expect(await run('graphql', { packages, snippets: [0, 2], ending, changes })).toBe(said)
  })

  it('has the same by Pothos', async () => {
    const packages = ['graphql', 'graphql-yoga', '@pothos/core']
    const ending = asking('http://localhost:4000/graphql')
    expect(await run('graphql', { packages, snippets: [0, 4], ending })).toBe(said)
  })
})

describe('docs/flydrive.md', { timeout: 300_000 }, () => {
  it('has disks that give links and take uploads', async () => {
    const ending = `
const text = await (await fetch(link, { headers: { Range: 'bytes=2-' } })).text()
const picture = Buffer.from('${onePixelBase64}', 'base64')
const headers = { 'Content-Type': 'image/png' }
const { status } = await fetch(upload, { method: 'PUT', headers, body: picture })
console.log(text, status, (await disk.getBytes('avatars/15.png')).length)
const signed = 'http://localhost:8080' + await uploads.getSignedUploadUrl('b.txt')
console.log((await fetch(signed, { method: 'PUT', body: 'B' })).status, await uploads.get('b.txt'))
console.log(Buffer.from(start).toString())
process.exit()
`
    const printed = await run('flydrive', { packages: ['flydrive'], ending })
    expect(printed.split('\n').slice(2)).toEqual(['report 204 70', '204 B', 'A pi', ''])
  })
})
