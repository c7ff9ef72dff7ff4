// Equal URLs (RFC 3986 6.2.2) are answered alike, through every door and by explain().

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLocalStorage, createTitofisto } from '../../src/index.ts'
import { exchange } from '../support/raw-http.ts'

const secret = 'a secret for tests, 32 bytes and more'

describe.each([
  ['/médias/', ['/m%C3%A9dias/', '/m%c3%a9dias/', '/%6d%C3%a9dias/']],
  ['/~ann/media/', ['/~ann/media/', '/%7Eann/media/', '/%7eann/%6Dedia/']],
  ["/a(b)/x'/", ['/a%28b%29/x%27/', "/a(b)/x'/", '/a%28b)/x%27/']],
])('mounted at %s', (mediaUrl, spellings) => {
  let root: string
  let files: ReturnType<typeof create>
  const servers: Server[] = []
  function create() {
    return createTitofisto({
      secret,
      storage: createLocalStorage({ root }),
      mediaUrl,
      sweepSeconds: 0,
      uploadNamespace: 'in (box)/é',
    })
  }
  async function listen(server: Server): Promise<number> {
    servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  }
  let port: number
  let expressPort: number
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mount-path-'))
    files = create()
    await files.storage.save('é (1).txt', 'here')
    const app = express()
    app.use(files.handler)
    port = await listen(createServer((req, res) => void files.handler(req, res)))
    expressPort = await listen(createServer(app))
  })
  afterAll(async () => {
    for (const server of servers) server.close()
    await files.close()
    await rm(root, { recursive: true })
  })

  it.each(spellings)('takes %s, at every door', async (spelling) => {
    const url = await files.url('é (1).txt')
    const target = url.replace(/^.*(?=%C3%A9%20)/, spelling)
    for (const each of [port, expressPort]) {
      const { replies } = await exchange(
        connect(each, '127.0.0.1'),
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      expect(replies.map(({ status }) => status)).toEqual([200])
    }
    expect((await files.fetch(new Request(`http://x${target}`))).status).toBe(200)
    expect(await files.explain(target)).toMatchObject({ works: true, name: 'é (1).txt' })
    expect(await files.explain(`http://x${target}`)).toMatchObject({ works: true })
  })

  it.each(spellings)('takes %s for a slot', async (spelling) => {
    const kind = files.slot(`k${spellings.indexOf(spelling)}`, {
      handler: async ({ file }) => ({ sizeBytes: file.sizeBytes }),
    })
    for (const each of [port, expressPort, null]) {
      const url = await kind.url()
      // Nothing in it ends a text around it.
      expect(url).toMatch(/^[A-Za-z0-9/_.~%-]+$/)
      const target = url.replace(/^.*(?=in%20)/, spelling)
      expect(await files.explain(target)).toMatchObject({ reason: 'slot-open' })
      const response =
        each === null
          ? await files.fetch(new Request(`http://x${target}`, { method: 'PUT', body: 'x' }))
          : await fetch(`http://127.0.0.1:${each}${target}`, { method: 'PUT', body: 'x' })
      expect(response.status).toBe(200)
    }
  })
})
