// titofisto/next with plain Requests, shaped as Next shapes them. The real Next is asked by
// fetch-frameworks.test.ts, in `npm run matrix`.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { routeHandlers } from '../../src/adapters/next.ts'
import type { RouteHandlers } from '../../src/adapters/next.ts'
import type { TitofistoOptions } from '../../src/index.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { createGround, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'

const origin = 'http://localhost:3000'

let ground: Ground
let files: Titofisto<LocalStorage>
let handlers: RouteHandlers

beforeEach(async () => {
  ground = await createGround()
  use({})
})

afterEach(async () => {
  await files.close()
  await ground.remove()
})

function use(options: Partial<TitofistoOptions>): void {
  files = ground.create({ durable: false, sweepSeconds: 0, ...options })
  handlers = routeHandlers(files)
}

/** What Next calls: the URL it shows, and the segments that `[...path]` has caught, decoded. */
function ask(
  method: keyof RouteHandlers,
  url: string,
  caught: readonly string[],
  init: RequestInit = {},
): Promise<Response> {
  const request = new Request(origin + url, { method, ...init })
  return handlers[method](request, { params: Promise.resolve({ path: caught }) })
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer())
}

describe('routeHandlers', () => {
  it('are those that files and uploads need', () => {
    expect(Object.keys(handlers)).toEqual([
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
    ])
  })

  it('serve a file, a range of it, and its head', async () => {
    const url = await files.url('ten.bin')
    const whole = await ask('GET', url, ['ten.bin'])
    expect([whole.status, await bytesOf(whole)]).toEqual([200, tenBytes])
    const part = await ask('GET', url, ['ten.bin'], { headers: { Range: 'bytes=-3' } })
    expect([part.status, await bytesOf(part)]).toEqual([206, tenBytes.subarray(7)])
    const head = await ask('HEAD', url, ['ten.bin'])
    expect([head.status, head.headers.get('content-length'), head.body]).toEqual([200, '10', null])
  })

  it('serve a file of any name, also in a folder', async () => {
    const odd = await ask('GET', await files.url('ünï cödé?#&%.txt'), ['ünï cödé?#&%.txt'])
    expect(await odd.text()).toBe('Grüße\n')
    const inner = await ask('GET', await files.url('folder/inner.txt'), ['folder', 'inner.txt'])
    expect(await inner.text()).toBe('inner\n')
  })

  it('take an upload, once, and say by OPTIONS what they take', async () => {
    const inbox = files.slot('inbox', {
      handler: async ({ file }) => ({ name: await file.save(file.name) }),
    })
    const url = await inbox.url()
    const caught = url.split('/').slice(2)
    const options = await ask('OPTIONS', url, caught)
    expect([options.status, options.headers.get('tus-resumable')]).toEqual([204, '1.0.0'])
    const body = new FormData()
    body.append('file', new Blob(['mine']), 'mine.txt')
    const taken = await ask('POST', url, caught, { body })
    expect([taken.status, await taken.json()]).toEqual([200, { name: 'mine.txt' }])
    expect((await ask('PUT', url, caught, { body: 'again' })).status).toBe(404)
  })

  it.each([
    ['shows its basePath', '/docs/media/'],
    ['hides its basePath', '/media/'],
  ])('find their place where Next %s', async (...[, shown]) => {
    use({ mediaUrl: '/docs/media/' })
    const inbox = files.slot('inbox', { handler: () => ({ ok: true }) })
    const link = (await files.url('folder/inner.txt')).replace('/docs/media/', shown)
    const inner = await ask('GET', link, ['folder', 'inner.txt'])
    expect(await inner.text()).toBe('inner\n')
    const slot = (await inbox.url()).replace('/docs/media/', shown)
    const caught = slot.slice(shown.length).split('/')
    expect((await ask('PUT', slot, caught, { body: 'mine' })).status).toBe(200)
  })

  it('find their place in a route that catches more than is theirs', async () => {
    const response = await ask('GET', await files.url('ten.bin'), ['media', 'ten.bin'])
    expect(await bytesOf(response)).toEqual(tenBytes)
    expect((await ask('GET', '/about/us', ['about', 'us'])).status).toBe(404)
  })

  it('find a file whose folder is called as their route', async () => {
    const name = await files.storage.save('media/ten.bin', tenBytes)
    const response = await ask('GET', await files.url(name), ['media', 'ten.bin'])
    expect(await bytesOf(response)).toEqual(tenBytes)
  })

  it('take the slash that trailingSlash adds for no part of a name', async () => {
    await files.storage.save('README', 'read me')
    for (const place of ['/media/', '/elsewhere/']) {
      const link = (await files.url('README')).replace('/media/README', `${place}README/`)
      expect(await (await ask('GET', link, ['README'])).text()).toBe('read me')
    }
  })

  it('refuse what is forged, and what is nothing', async () => {
    const link = await files.url('ten.bin')
    for (const [url, caught] of [
      [`${link}x`, ['ten.bin']],
      ['/media/ten.bin', ['ten.bin']],
      ['/media/', []],
      ['/media//', ['']],
      ['/media/%2e%2e%2foutside.txt', ['../outside.txt']],
    ] as const) {
      const response = await ask('GET', url, caught)
      expect([url, response.status, await response.text()]).toEqual([url, 404, 'Not found\n'])
    }
  })

  it('ask onRefused once, and answer what nobody else is there to answer', async () => {
    let calls = 0
    use({
      onRefused() {
        calls += 1
        return 'pass'
      },
    })
    for (const method of ['GET', 'HEAD'] as const) {
      const response = await ask(method, '/media/none', ['none'])
      expect([response.status, response.headers.get('cache-control')]).toEqual([404, 'no-store'])
    }
    expect(calls).toBe(2)
  })

  it('answer where no segments are caught, as without a catch-all', async () => {
    const request = new Request(origin + (await files.url('ten.bin')))
    const response = await handlers.GET(request, { params: Promise.resolve({}) })
    expect(await bytesOf(response)).toEqual(tenBytes)
  })

  it('are made without files, which a function may give when a request comes', async () => {
    let calls = 0
    handlers = routeHandlers(async () => {
      calls += 1
      return files
    })
    expect(calls).toBe(0)
    const response = await ask('GET', await files.url('ten.bin'), ['ten.bin'])
    expect([calls, await bytesOf(response)]).toEqual([1, tenBytes])
  })
})
