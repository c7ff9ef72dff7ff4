// The examples, started as their first lines say, from a folder of their own.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder } from '../../tools/project.mjs'
import { connect } from '../support/mcp-stage.ts'

// They import 'titofisto', which is what was built.
beforeAll(async () => {
  if (!isBuildNeeded()) return
  const { status, output } = await build()
  if (status !== 0) throw new Error(`The build failed:\n${output}`)
}, 120_000)

describe('examples/', () => {
  it('are all tested here', () => {
    const examples = readdirSync(path.join(projectFolder, 'examples')).toSorted()
    const elsewhere = ['opentelemetry.mjs', 'school-photos'] // test/events/channels.test.ts, test/browser
    const here = ['express.mjs', 'hono.mjs', 'mcp.mjs', 'node-http.mjs']
    expect(examples).toEqual([...here, ...elsewhere])
  })
})

describe('examples/node-http.mjs', () => {
  it('prints a link that works, and a slot that works once', async () => {
    const said = await start('node-http.mjs', /A slot: .*\n/)
    const [link = '', slot = ''] = said.match(/http:\S+/g) ?? []
    expect(await (await fetch(link)).text()).toBe('Hello!\n')
    const body = new FormData()
    body.append('file', new Blob(['mine']), 'mine.txt')
    const upload = await fetch(slot, { method: 'POST', body })
    const answer = (await upload.json()) as { name: string; url: string }
    expect(answer.name).toBe('inbox/mine.txt')
    expect(await (await fetch(new URL(answer.url, slot))).text()).toBe('mine')
    expect((await fetch(slot, { method: 'PUT', body: 'again' })).status).toBe(404)
  })
})

describe('examples/express.mjs', () => {
  it('gives a user a slot for an avatar, and then the avatar', async () => {
    const origin = (await start('express.mjs', /^http:.*\n/)).trim()
    const minted = await fetch(`${origin}/users/15/avatar-slot`, { method: 'POST' })
    const { url } = (await minted.json()) as { url: string }
    const picture = drawPicture()
    const refused = await fetch(origin + url, { method: 'PUT', body: 'no picture' })
    expect(refused.status).toBe(415)
    const headers = { 'Content-Type': 'image/png' }
    const taken = await fetch(origin + url, { method: 'PUT', body: picture, headers })
    expect(taken.status).toBe(200)
    const avatar = await fetch(`${origin}/users/15/avatar`)
    expect(avatar.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await avatar.arrayBuffer()).equals(picture)).toBe(true)
  })

  it('shows its page, which passes titofisto by', async () => {
    const origin = (await start('express.mjs', /^http:.*\n/)).trim()
    expect(await (await fetch(origin)).text()).toContain('<input type="file"')
  })
})

describe('examples/hono.mjs', () => {
  it('gives an invoice to its owner, and to nobody with a copied link', async () => {
    const origin = (await start('hono.mjs', /^http:.*\n/)).trim()
    const asking = (user: string) => ({ headers: { Authorization: `Bearer ${user}` } })
    const link = origin + (await (await fetch(`${origin}/invoices/7`, asking('ann'))).text())
    expect(await (await fetch(link, asking('ann'))).text()).toBe('Seven pounds.\n')
    expect((await fetch(link, asking('bob'))).status).toBe(404)
    expect((await fetch(link)).status).toBe(404)
  })
})

describe('examples/mcp.mjs', () => {
  it('counts the words of a text that its agent uploads, and gives it a list of them', async () => {
    const address = (await start('mcp.mjs', /^http:.*\n/)).trim()
    const client = await connect(new URL(address).origin)
    onTestFinished(() => client.close())
    const slot = await client.callTool({ name: 'upload_text' })
    const { url } = slot.structuredContent as { url: string }
    const upload = await fetch(url, { method: 'PUT', body: 'Two words, two' })
    const { text } = (await upload.json()) as { text: string }
    const counted = await client.callTool({ name: 'count_words', arguments: { text } })
    expect(counted.content).toContainEqual({ type: 'text', text: '3 words.' })
    const list = counted.structuredContent as { url: string }
    expect(await (await fetch(list.url)).text()).toBe('Two\ntwo\nwords')
  })

  it('lets no page of a browser in', async () => {
    const address = (await start('mcp.mjs', /^http:.*\n/)).trim()
    const headers = { Origin: 'http://evil.example' }
    expect((await fetch(address, { method: 'POST', headers, body: '{}' })).status).toBe(403)
  })
})

/** Starts an example, and gives what it said once that has all of it; it must end when it is told to. */
async function start(name: string, complete: RegExp): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'titofisto-example-'))
  const child = spawn(process.execPath, [path.join(projectFolder, 'examples', name)], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGTERM')
    const [exitCode] = await ended
    rmSync(folder, { recursive: true, force: true })
    expect(exitCode).toBe(0)
  })
  let said = ''
  let complained = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text))
  child.stdout.setEncoding('utf8')
  for await (const text of child.stdout) {
    said += text as string
    if (complete.test(said)) return said
  }
  throw new Error(`${name} ended before it said ${complete}:\n${said}${complained}`)
}
