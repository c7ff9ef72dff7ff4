// What users are shown of S3, on a real one: the first program of docs/s3.md, and the example.

import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { drawPicture } from '../../src/cli/demo/demo-picture.ts'
import { build, isBuildNeeded } from '../../tools/build.mjs'
import { projectFolder } from '../../tools/project.mjs'
import { moto, type S3Engine } from '../support/engines/s3-engines.ts'
import { describeOnRedis } from '../support/engines/stage.ts'
import { runGuide } from '../support/guide.ts'
import { describeUnless } from '../support/unless.ts'

describeUnless(moto.missing, 'what is shown of S3', () => {
  let engine: S3Engine

  beforeAll(async () => {
    if (isBuildNeeded()) expect((await build()).status).toBe(0)
    engine = await moto.start()
  }, 120_000)

  afterAll(() => engine?.stop())

  it('docs/s3.md serves what it keeps there', { timeout: 300_000 }, async () => {
    await engine.connect().send(new CreateBucketCommand({ Bucket: 'letters' }))
    const said = await runGuide('s3', {
      packages: ['@aws-sdk', '@smithy'],
      snippets: [0],
      beginning: `
process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:${engine.port}'
process.env['AWS_ACCESS_KEY_ID'] = 'a'
process.env['AWS_SECRET_ACCESS_KEY'] = 'a'
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
const secret = 'a secret of many letters, for examples'`,
      ending: `
const name = await storage.save('notes/hello.txt', 'Hello')
const url = new URL(await files.url(name), 'http://localhost')
console.log(await (await files.fetch(new Request(url))).text())
await files.close()
process.exit()`,
    })
    expect(said).toBe('Hello\n')
  })

  describeOnRedis('examples/school-photos --engines', (redis) => {
    it('keeps photos in S3 and their slots in Redis', { timeout: 300_000 }, async () => {
      const client = engine.connect()
      await client.send(new CreateBucketCommand({ Bucket: 'photos' }))
      const teacher = await startExample({
        S3_BUCKET: 'photos',
        REDIS_URL: redis().url,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${engine.port}`,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 'a',
      })
      const page = async (path: string, body?: URLSearchParams) => {
        const headers = { Cookie: `teacher=${teacher.pathname.split('/')[2]}` }
        const method = body === undefined ? 'GET' : 'POST'
        const answer = await fetch(new URL(path, teacher), { headers, method, body: body ?? null })
        return { url: answer.url, text: await answer.text() }
      }
      const trip = await page('/trips', new URLSearchParams({ title: 'Rome' }))
      expect(trip.text).toContain('Rome')
      const [, request = ''] = /class="request" href="([^"]+)"/.exec(trip.text) ?? []
      const place = await fetch(request, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: 'Ann' }),
      })
      const slot = new URL(((await place.json()) as { url: string }).url, request)
      const picture = drawPicture()
      const body = new FormData()
      body.append('file', new Blob([picture], { type: 'image/png' }), 'forum.png')
      expect((await fetch(slot, { method: 'POST', body })).status).toBe(200)

      const [, link = ''] = /<img src="([^"]+)"/.exec((await page(trip.url)).text) ?? []
      const shown = await fetch(new URL(link.replaceAll('&#38;', '&'), teacher))
      expect(Buffer.from(await shown.arrayBuffer()).equals(picture)).toBe(true)
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'photos' }))
      expect(Contents.map(({ Key }) => Key)).toEqual([expect.stringMatching(/^photos\/trips\//)])
    })
  })
})

/** Gives the link for teachers. */
async function startExample(env: Readonly<Record<string, string>>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'titofisto-school-'))
  const main = join(projectFolder, 'examples/school-photos/main.mjs')
  const app = spawn(process.execPath, [main, '--engines'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(app, 'close')
  onTestFinished(async () => {
    app.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  let said = ''
  for await (const text of app.stdout.iterator({ destroyOnReturn: false })) {
    said += String(text)
    const [link] = /http:\S+\/teacher\/\S+/.exec(said) ?? []
    if (link !== undefined) return new URL(link)
  }
  throw new Error('The example ended before it said where it is.')
}
