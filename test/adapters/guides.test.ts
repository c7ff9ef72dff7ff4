// The guides of the adapters for agents, GraphQL and FlyDrive, copied and run.

import { describe, expect, it } from 'vitest'
import { runGuide } from '../support/guide.ts'
import { onePixelBase64 } from '../support/one-pixel.ts'

/** A server for what the guide's URLs lead to, under the origin that it makes up. */
const serving = `
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
const http = createServer(files.handler).listen(0, '127.0.0.1')
await once(http, 'listening')
const here = 'http://127.0.0.1:' + (http.address() as AddressInfo).port
const at = (url: unknown) => String(url).replace('https://files.example', here)
const stop = async () => {
  http.close()
  await files.close()
  http.closeAllConnections()
}
`

describe('docs/mcp.md', () => {
  const connecting = `
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
const [near, far] = InMemoryTransport.createLinkedPair()
await server.connect(near)
const client = new Client({ name: 'an agent', version: '1.0.0' })
await client.connect(far)
`

  it('has a server whose agent uploads and downloads', async () => {
    const ending = `${serving}${connecting}
const slot = await client.callTool({ name: 'upload_document' })
const { url } = slot.structuredContent as { url: string }
const form = new FormData()
form.append('file', new Blob(['%PDF-1.7 A document']), 'a.pdf')
const answer = await fetch(at(url), { method: 'POST', body: form })
const { document } = (await answer.json()) as { document: string }
await files.storage.save('reports/2026.pdf', 'A report')
const report = await client.callTool({ name: 'get_report' })
const link = report.structuredContent as { url: string }
console.log(answer.status, document.startsWith('documents/'), await (await fetch(at(link.url))).text())
await client.close()
await stop()
`
    const packages = ['@modelcontextprotocol/sdk', 'zod']
    expect(await runGuide('mcp', { packages, snippets: [0], ending })).toBe('200 true A report\n')
  })

  it('has one that speaks the draft for files', async () => {
    const ending = `${serving}${connecting}
import type { AuthorizedDownload, AuthorizedUpload } from 'titofisto/mcp'
const result = z.looseObject({})
const asked = async (method: string, params: object) =>
  client.request({ method, params } as never, result) as Promise<unknown>
const { file, upload } = (await asked('files/authorizeUpload', { name: 'a.txt', size: 8 })) as AuthorizedUpload
const { method, headers = {} } = upload
const { status } = await fetch(at(upload.url), { method, headers, body: 'A report' })
const { download } = (await asked('files/authorizeDownload', { uri: file.uri })) as AuthorizedDownload
console.log(status, parseFileUri(file.uri)?.startsWith('inbox/nobody/'))
console.log(await (await fetch(at(download.url))).text())
await client.close()
await stop()
`
    const packages = ['@modelcontextprotocol/sdk', 'zod']
    expect(await runGuide('mcp', { packages, ending })).toBe('204 true\nA report\n')
  })
})

describe('docs/graphql.md', () => {
  const asking = `
const ask = async (api: { fetch(url: string, init: RequestInit): unknown }, query: string) => {
  const response = (await api.fetch('http://localhost/graphql', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  })) as Response
  return ((await response.json()) as { data: Data }).data
}
interface Data {
  avatar: { url: string; name: string; sizeBytes: number } | null
  requestAvatarUpload: { url: string }
}
const picture = Buffer.from('${onePixelBase64}', 'base64')
const upload = (url: string) =>
  fetch(at(url), { method: 'PUT', body: picture, headers: { 'Content-Type': 'image/png' } })
`

  it('has a schema that takes an upload and gives a link', async () => {
    const ending = `${serving}${asking}
const before = await ask(yoga, '{ avatar { url } }')
const { requestAvatarUpload } = await ask(yoga, 'mutation { requestAvatarUpload { url } }')
const { status } = await upload(requestAvatarUpload.url)
const { avatar: link } = await ask(yoga, '{ avatar { url sizeBytes } }')
const { headers } = await fetch(at(link?.url))
console.log(before.avatar, status, link?.sizeBytes, headers.get('content-type'))
await stop()
`
    const packages = ['graphql', 'graphql-yoga']
    expect(await runGuide('graphql', { packages, snippets: [0], ending })).toBe(
      'null 200 70 image/png\n',
    )
  })

  it('has the same for Pothos', async () => {
    const ending = `${serving}${asking}
const api = createYoga({ schema: builder.toSchema(), context: () => ({ userId: '16' }) })
const { requestAvatarUpload } = await ask(api, 'mutation { requestAvatarUpload { url } }')
const { status } = await upload(here + requestAvatarUpload.url)
const { avatar: link } = await ask(api, '{ avatar { name } }')
console.log(status, link?.name)
await stop()
`
    const packages = ['graphql', 'graphql-yoga', '@pothos/core']
    expect(await runGuide('graphql', { packages, ending })).toBe('200 avatars/16.png\n')
  })
})

describe('docs/flydrive.md', () => {
  it('has disks that give links and take uploads', async () => {
    const ending = `${serving}
const text = await (await fetch(at(link), { headers: { Range: 'bytes=2-' } })).text()
const picture = Buffer.from('${onePixelBase64}', 'base64')
const headers = { 'Content-Type': 'image/png' }
const { status } = await fetch(at(upload), { method: 'PUT', headers, body: picture })
console.log(text, status, (await disk.getBytes('avatars/15.png')).length)
const signed = await uploads.getSignedUploadUrl('b.txt')
console.log((await fetch(here + signed, { method: 'PUT', body: 'B' })).status, await uploads.get('b.txt'))
console.log(Buffer.from(start).toString())
await stop()
`
    expect(await runGuide('flydrive', { packages: ['flydrive'], ending })).toBe(
      'report 204 70\n204 B\nA pi\n',
    )
  })
})
