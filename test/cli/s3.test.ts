// The command line over S3, and over S3 and Redis, all of them real: several servers, one application.

import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { readFileSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { moto, type S3Engine } from '../support/engines/s3-engines.ts'
import { describeOnRedis } from '../support/engines/stage.ts'
import { makeTemporaryFolder, runCli, secret, startServer } from './command-line.ts'
import { putFile } from './put-file.ts'
import { describeUnless } from '../support/unless.ts'

const credentials = {
  AWS_ACCESS_KEY_ID: 'AKTEST',
  AWS_SECRET_ACCESS_KEY: 'SKTEST',
  AWS_EC2_METADATA_DISABLED: 'true',
}
const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

describeUnless(moto.missing, 'files in S3', () => {
  let engine: S3Engine
  let s3Flags: readonly string[]

  beforeAll(async () => {
    engine = await moto.start()
    const client = engine.connect()
    await client.send(new CreateBucketCommand({ Bucket: 'letters' }))
    const files = { 'media/hello.txt': 'hello', 'media/notes/a.txt': 'a', 'other/x.txt': 'x' }
    for (const [Key, Body] of Object.entries(files))
      await client.send(new PutObjectCommand({ Bucket: 'letters', Key, Body }))
    s3Flags = ['--s3', 's3://letters/media', '--s3-endpoint', `http://127.0.0.1:${engine.port}`]
  }, 60_000)

  afterAll(() => engine?.stop())

  it('are served, listed and linked to, and take uploads: other commands follow the server', async () => {
    const options = { cwd: makeTemporaryFolder(), env: credentials }
    const server = await startServer(s3Flags, options)
    expect(server.welcome).toContain('titofisto serves s3://letters/media/ at ')
    expect(await (await fetch(server.linkTo('hello.txt'))).text()).toBe('hello')

    const listed = await runCli(['ls', '--recursive'], options)
    expect(listed.stdout.match(/\S+$/gm)).toEqual(['hello.txt', 'notes/a.txt'])
    const linked = await runCli(['url', 'notes/'], options)
    expect(await (await fetch(linked.stdout.trim())).text()).toBe('a')
    const explained = await runCli(['explain', linked.stdout.trim()], options)
    expect([explained.exitCode, explained.stdout]).toEqual([0, expect.stringContaining('Works')])

    const slot = await runCli(['slot', '--save-to', 'inbox/'], options)
    expect(await putFile(slot.stdout.trim(), 'sent')).toMatchObject({ name: 'inbox/a.txt' })
    expect((await runCli(['slots'], options)).stdout).toMatch(/ save +done /)
    const none = await runCli(['url', 'none.txt'], options)
    expect([none.exitCode, none.stdout]).toEqual([1, ''])
    // Nothing was made where it runs, but the state.
    expect(readdirSync(options.cwd)).toEqual(['.titofisto'])
    expect((await server.stop()).exitCode).toBe(0)
  }, 120_000)

  it('are listed and linked to without a server, too', async () => {
    const options = {
      cwd: makeTemporaryFolder(),
      env: { ...credentials, TITOFISTO_SECRET: secret },
    }
    const listed = await runCli(['ls', 'notes', ...s3Flags, '--json'], options)
    expect(JSON.parse(listed.stdout)).toMatchObject({ name: 'notes/a.txt', sizeBytes: 1 })
    const linked = await runCli(['url', 'hello.txt', ...s3Flags], options)
    expect(linked.stdout).toMatch(/^\/media\/hello\.txt\?titofisto_token=\S+\n$/)
  }, 120_000)

  it('may be asked of many people', async () => {
    const options = { cwd: makeTemporaryFolder(), env: credentials }
    await startServer(s3Flags, options)
    const made = await runCli(['request', './trip', '--json'], options)
    const { url, id } = JSON.parse(made.stdout) as { url: string; id: string }
    const place = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    })
    const slot = (await place.json()) as { url: string }
    const sent = await fetch(new URL(slot.url, url), { method: 'PUT', body: 'mine' })
    expect(sent.status).toBe(200)
    const status = await runCli(['request', 'status', id, '--json'], options)
    const { uploads } = JSON.parse(status.stdout) as { uploads: { savedNames: string[] }[] }
    expect(uploads[0]?.savedNames[0]).toMatch(/^trip\//)
    const listed = await runCli(['ls', 'trip'], options)
    expect(listed.stdout).toContain(uploads[0]?.savedNames[0])
  }, 120_000)

  it.each([
    [
      'no such bucket',
      's3://none',
      {},
      /^titofisto: s3:\/\/none\/: S3 could not list files: there is no such bucket\.\n$/,
    ],
    [
      'no credentials',
      's3://letters',
      { AWS_ACCESS_KEY_ID: '' },
      /no credentials were found\. .*\n$/,
    ],
  ])(
    'are refused in a sentence where there is %s',
    async (_, url, env, words) => {
      const options = { cwd: makeTemporaryFolder(), env: { ...credentials, ...env } }
      const ended = await runCli(['serve', '--s3', url, ...s3Flags.slice(2)], options)
      expect([ended.exitCode, ended.stdout]).toEqual([1, ''])
      expect(ended.stderr).toMatch(words)
    },
    60_000,
  )

  describeOnRedis('with slots in Redis', (redis) => {
    it('make one application of servers on several machines', async () => {
      // As docs/cli.md has it.
      const [, block = ''] = /```\n(export TITOFISTO_SECRET[^]*?)```/.exec(page) ?? []
      const words = block.replace(/ +#.*/g, '').replace(' --host 0.0.0.0', '').trim().split(/\s+/)
      expect(
        words.filter((word) => word.startsWith('TITOFISTO_')).map((word) => word.split('=')[0]),
      ).toEqual(['TITOFISTO_SECRET', 'TITOFISTO_SLOTS'])
      const flags = [...words.slice(words.indexOf('serve') + 1), ...s3Flags.slice(2)]
      const env = { ...credentials, TITOFISTO_SECRET: secret, TITOFISTO_SLOTS: redis().url }
      const [one, other] = [makeTemporaryFolder(), makeTemporaryFolder()]
      const server = await startServer(flags, { cwd: one, env })
      const elsewhere = await startServer(flags, { cwd: other, env })
      const { stdout } = await runCli(['slot', '--save-to', 'both/'], { cwd: one, env })
      const url = stdout.trim()
      const { name = '' } = await putFile(url.replace(server.origin, elsewhere.origin), 'hello')
      expect((await fetch(url, { method: 'PUT', body: 'again' })).status).toBe(404)
      const link = await runCli(['url', name], { cwd: one, env })
      expect(await (await fetch(link.stdout.trim())).text()).toBe('hello')
      expect((await runCli(['slot', 'status', url], { cwd: other, env })).stdout).toContain('done')
    }, 120_000)
  })
})
