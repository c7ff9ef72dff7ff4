// A link that does not work, opened by a person: a page with the same status, and the same words for
// every reason. Programs and images get the line they always got.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { utimes } from 'node:fs/promises'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { createGround } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { exchange } from '../support/raw-http.ts'

const accept = 'Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n'
const browser = `${accept}Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n`
const startMs = 1_700_000_000_000

let ground: Ground
let nowMs = startMs
const closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  nowMs = startMs
  ground = await createGround()
  await utimes(join(ground.root, 'ten.bin'), 1_690_000_000, 1_690_000_000)
})

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await ground.remove()
})

function create(options: Partial<TitofistoOptions> = {}) {
  return ground.create({ now: () => nowMs, sweepSeconds: 0, ...options })
}

const doors = {
  'the Node door': (files: Titofisto) => createServer(files.handler),
  'the Fetch door': (files: Titofisto) => createAdaptorServer({ fetch: files.fetch }),
}

async function listen(files: Titofisto, door: keyof typeof doors) {
  const server = doors[door](files).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  return async (path: string, fields = browser, method = 'GET') => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\n${fields}Connection: close\r\n\r\n`
    const { replies } = await exchange(connect(port, '127.0.0.1'), head, [method])
    const [reply] = replies
    if (reply === undefined) throw new Error('There was no answer.')
    const headers = Object.fromEntries(
      reply.headers.filter(([name]) => !/^(?:date|connection)$/.test(name)),
    )
    return { status: reply.status, headers, body: reply.body.toString() }
  }
}

describe.each(Object.keys(doors) as (keyof typeof doors)[])(
  'a link that does not work, at %s',
  (door) => {
    it('is one page for every reason, to the byte', async () => {
      const files = create()
      const ask = await listen(files, door)
      const expired = await files.url('ten.bin', { expiresIn: 1 })
      const changed = await files.url('big.bin')
      await utimes(join(ground.root, 'big.bin'), 1_600_000_000, 1_600_000_000)
      nowMs += 10_000
      const good = await files.url('ten.bin')
      const bound = await files.url('ten.bin', { bind: 'ann' })
      const token = good.slice(good.indexOf('?'))
      const paths = [
        expired,
        changed,
        bound,
        good.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
        `/media/none.bin${token}`,
        `/media/folder${token}`,
        `/media/pipe${token}`,
        `/media/out.txt${token}`,
        `${good}&${token.slice(1)}`,
        '/media/ten.bin',
        '/media/ten.bin?titofisto_token=',
        '/media/',
        '/media/%ff',
        '/media/public/none.txt',
        '/media/public/out.txt',
      ]
      const [first, ...rest] = await Promise.all(paths.map((path) => ask(path)))
      for (const [index, each] of rest.entries()) expect(each, paths[index + 1]).toEqual(first)
      expect(first).toMatchObject({
        status: 404,
        headers: { 'content-type': 'text/html; charset=utf-8' },
      })
      expect(first?.body).toContain('<h1>This link does not work</h1>')
      expect(first?.body).not.toContain('<script')
      expect(first?.headers['content-security-policy']).toMatch(
        /^default-src 'none'; style-src 'sha256-\S+'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none';/,
      )
      expect(first?.headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        vary: 'Accept, Accept-Language, Sec-Fetch-Dest, Sec-Fetch-Mode',
        'x-content-type-options': 'nosniff',
      })
      expect((await ask(good)).status).toBe(200)
    })

    it('is the same page as that of an upload slot that is over', async () => {
      const files = create()
      const kind = files.slot('file', { handler: () => {} })
      const url = await kind.url()
      const ask = await listen(files, door)
      expect(await ask(url.replace(/.$/, '!'))).toEqual(await ask('/media/none'))
      await files.close()
    })

    it.each([
      ['curl', 'Accept: */*\r\n'],
      ['who says nothing', ''],
      ['an image', 'Accept: image/avif,image/webp,*/*\r\n'],
      [
        'an image that takes anything',
        `${accept}Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n`,
      ],
      ['a script', `${accept}Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n`],
      ['a reader of JSON', 'Accept: application/json, text/html;q=0.5\r\n'],
    ])('stays the line that programs get: %s', async (_, fields) => {
      const ask = await listen(create(), door)
      const plain = await (await listen(create({ page: false }), door))('/media/none', fields)
      expect(await ask('/media/none', fields)).toEqual(plain)
      expect(plain).toMatchObject({ status: 404, body: 'Not found\n' })
    })

    it('is the line for browsers, too, where pages are turned off', async () => {
      const ask = await listen(create({ page: false }), door)
      expect((await ask('/media/none')).body).toBe('Not found\n')
    })

    it('has the same head where only that is asked for', async () => {
      const ask = await listen(create(), door)
      const { headers, status } = await ask('/media/none')
      expect(await ask('/media/none', browser, 'HEAD')).toEqual({ status, headers, body: '' })
    })

    it("speaks the browser's language, and bears the application's name", async () => {
      const ask = await listen(create({ page: { name: 'Elm' } }), door)
      const { body } = await ask('/media/none', `${browser}Accept-Language: de\r\n`)
      expect(body).toContain('<html lang="de" dir="ltr">')
      expect(body).toContain('<h1>Dieser Link funktioniert nicht</h1>')
      expect(body).toContain('<span dir="auto">Elm</span>')
    })

    it("comes after the application's own answer", async () => {
      const files = create({
        onRefused: (_, why) =>
          why.reason === 'malformed' ? new Response('mine', { status: 410 }) : undefined,
      })
      const ask = await listen(files, door)
      expect((await ask('/media/none')).body).toBe('mine')
      const wrong = (await files.url('ten.bin')).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
      expect((await ask(wrong)).body).toContain('This link does not work')
    })
  },
)
