// What the original's upload slots get wrong, each gone here. docs/weaknesses.md has the table.

import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage, createMemorySlotStore, createTitofisto } from '../../src/index.ts'
import type { SlotStore, TitofistoOptions } from '../../src/index.ts'
import { secret } from '../support/file-ground.ts'
import { exchange } from '../support/raw-http.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

let server: UploadServer

beforeEach(async () => {
  server = await startUploadServer()
})

afterEach(async () => {
  await server.close()
})

async function put(url: string, body = 'bytes'): Promise<number> {
  const response = await fetch(url, { method: 'PUT', body })
  await response.arrayBuffer()
  return response.status
}

describe('a slot', () => {
  it('slot-race: of two uploads at once, and of eight, one has it, 50 times of 50', async () => {
    for (const racers of [2, 8]) {
      let runs = 0
      const kind = server.files.slot(`race-${racers}`, { handler: () => void (runs += 1) })
      for (let round = 1; round <= 50; round++) {
        const url = await kind.url()
        const statuses = await Promise.all(Array.from({ length: racers }, () => put(url)))
        expect(statuses.filter((status) => status === 204)).toHaveLength(1)
        expect(runs).toBe(round)
      }
    }
  })

  it('slot-lost-on-failure: a handler that throws, an empty body and a broken form leave it usable', async () => {
    let failures = 1
    const kind = server.files.slot('note', {
      handler() {
        failures -= 1
        if (failures === 0) throw new Error('The database is away.')
      },
    })
    const url = await kind.url()
    expect(await put(url)).toBe(500)
    expect(await put(url, '')).toBe(400)
    const headers = { 'Content-Type': 'multipart/form-data; boundary=B' }
    const broken = await fetch(url, { method: 'POST', headers, body: '--B\r\nContent-Dispo' })
    expect(broken.status).toBe(400)
    expect(await put(url)).toBe(204)
    expect(await put(url)).toBe(404)
  })

  it('slot-cache: 1,000 of them wait side by side, and a restart loses none', async () => {
    const define = (files: UploadServer['files'], name: string) =>
      files.slot(name, { handler: ({ args }) => args })
    const kind = define(server.files, 'note')
    const urls = await Promise.all(Array.from({ length: 1000 }, (_, index) => kind.url(index)))
    expect(new Set(urls).size).toBe(1000)
    // Another process's view: nothing of it is in this one's memory.
    await server.files.close()
    const { root, origin } = server
    const again = createTitofisto({
      secret,
      storage: createLocalStorage({ root, durable: false }),
      mediaUrl: `${origin}/media/`,
      durable: false,
    })
    define(again, 'note')
    server.server.removeAllListeners('request')
    server.server.on('request', again.handler)
    for (const index of [0, 1, 299, 300, 301, 999]) {
      const response = await fetch(urls[index] ?? '', { method: 'PUT', body: 'bytes' })
      expect(await response.json()).toBe(index)
    }
    await again.close()
  })

  it('dummy-cache: a store that keeps nothing fails where the slot is made, not where it is used', async () => {
    const forgetful: SlotStore = {
      ...createMemorySlotStore(),
      create: () => Promise.reject(new Error('There is no cache.')),
    }
    const { root } = server
    const files = createTitofisto({
      secret,
      storage: createLocalStorage({ root }),
      slotStore: forgetful,
    })
    const kind = files.slot('note', { handler: () => {} })
    await expect(kind.url()).rejects.toThrow('There is no cache.')
    await files.close()
  })

  it('slot-cb-unchecked: a handler that is none, or a kind that is none, fails before any upload', async () => {
    const misspelled: unknown = { handler: 'myapp.views.handle_uplaod' }
    expect(() => server.files.slot('note', misspelled as never)).toThrow(
      'Slot kind "note": option "handler" must be a function.',
    )
    server.files.slot('note', { handler: () => {} })
    await expect(server.files.slots.mint('ntoe')).rejects.toMatchObject({
      code: 'slot-kind-unknown',
      message: expect.stringContaining('"note"') as string,
    })
  })

  it('csrf: a client with nothing but the URL uploads, from whatever origin, with whatever cookies', async () => {
    const kind = server.files.slot('note', { handler: () => {} })
    for (const headers of [
      {},
      { Origin: 'https://other.example', Referer: 'https://other.example/form' },
      { Cookie: 'csrftoken=x; sessionid=y', Origin: 'null' },
    ]) {
      const body = new FormData()
      body.append('file', new Blob(['bytes']), 'a.txt')
      const response = await fetch(await kind.url(), { method: 'POST', body, headers })
      expect(response.status).toBe(204)
    }
  })

  it('csrf-reads-body: a bad slot is refused by its head, while its body has not come', async () => {
    const kind = server.files.slot('note', { handler: () => {} })
    const url = await kind.url()
    const used = await kind.url()
    await put(used)
    const revoked = await kind.create()
    await kind.revoke(revoked.id)
    for (const bad of [`${url.slice(0, -4)}AAAA`, used, revoked.url]) {
      const socket = await open()
      const { pathname } = new URL(bad)
      const head = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nCookie: csrftoken=x\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 1000000\r\n\r\n`
      // Not a byte of the million follows.
      const { replies } = await exchange(socket, head, ['POST'])
      expect(replies.map(({ status }) => status)).toEqual([404])
      socket.destroy()
    }
  })

  it.each([undefined, 'up', 'up/', 'a/b/c/'])(
    'double-slash: no URL has an empty part (uploadNamespace %j)',
    async (uploadNamespace) => {
      await server.close()
      server = await startUploadServer({
        options: uploadNamespace === undefined ? {} : { uploadNamespace },
      })
      const kind = server.files.slot('note', { handler: () => {} })
      const url = await kind.url()
      const { pathname } = new URL(url)
      expect(pathname).not.toContain('//')
      expect(pathname.endsWith('/')).toBe(false)
      // What a proxy makes of it that merges slashes and resolves dots is the same URL.
      expect(new URL(pathname.replaceAll(/\/+/g, '/'), url).href).toBe(url)
      expect(await put(url)).toBe(204)
    },
  )
})

describe('the time that a slot waits', () => {
  it('settings-timeout-timedelta: is one number of seconds, checked when it is given, for links and slots', async () => {
    const { root } = server
    const create = (timeoutSeconds: unknown) => {
      const options: unknown = { secret, storage: createLocalStorage({ root }), timeoutSeconds }
      return createTitofisto(
        options as TitofistoOptions & { storage: UploadServer['files']['storage'] },
      )
    }
    for (const wrong of ['3600', { hours: 1 }, new Date(3_600_000), 0, -1, NaN])
      expect(() => create(wrong)).toThrow(/timeoutSeconds/)
    const files = create(90)
    await files.storage.save('a.txt', 'text')
    const kind = files.slot('note', { handler: () => {} })
    const before = Date.now()
    const { expiresAt } = await kind.create()
    const after = Date.now()
    expect(Date.parse(expiresAt)).toBeGreaterThanOrEqual(before + 90_000)
    expect(Date.parse(expiresAt)).toBeLessThan(after + 91_000)
    expect(await files.explain(await files.url('a.txt'))).toMatchObject({ works: true })
    await files.close()
  })

  it('settings-timeout-timedelta: a life that never ends for links is a long one for slots', async () => {
    const { root } = server
    const files = createTitofisto({
      secret,
      storage: createLocalStorage({ root }),
      timeoutSeconds: Infinity,
    })
    const kind = files.slot('note', { handler: () => {} })
    const { expiresAt } = await kind.create()
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 3_600_000)
    await files.close()
  })
})

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(server.origin).port), '127.0.0.1')
  await once(socket, 'connect')
  return socket
}
