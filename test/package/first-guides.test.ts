// The snippets of the pages for who begins, and for who comes from elsewhere. What the others had is
// shown as `javascript`, and is not ours to run.

import { onePixelBase64 } from '../support/one-pixel.ts'
import {
  closed,
  describeExamples,
  files,
  given,
  sending,
  type PageExample,
} from '../support/page-examples.ts'

const examples: readonly PageExample[] = [
  {
    page: 'start',
    snippet: 0,
    says: 'a link that works for a minute',
    ending: `
const response = await files.fetch(new Request('http://localhost' + url))
console.log(response.status, await response.text())
process.exit()`,
    prints: 'http://localhost:…/media/notes/hello.txt?…\n200 Hello\n',
  },
  {
    page: 'start',
    snippet: 1,
    says: 'why a link works',
    beginning: `${files}
const url = await files.url(await files.storage.save('a.txt', 'A'))`,
    ending: '',
    prints: 'true valid …\n',
  },
  {
    page: 'start',
    snippet: 2,
    says: 'an upload in a route of its own, beside links',
    beginning: files,
    ending: `
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
await once(server.listen(0, '127.0.0.1'), 'listening')
const origin = 'http://127.0.0.1:' + (server.address() as AddressInfo).port
const put = (body: Blob) => fetch(origin + '/avatar', { method: 'PUT', body })
const made = await put(new Blob([Buffer.from('${onePixelBase64}', 'base64')], { type: 'image/png' }))
const link = await fetch(origin + (await made.text()))
const refused = await put(new Blob(['no picture'], { type: 'text/plain' }))
console.log(link.status, link.headers.get('content-type'), refused.status, (await fetch(origin)).status)
server.close()
${closed}`,
    prints: '200 image/png 415 404\n',
  },
  {
    page: 'start',
    snippet: 3,
    says: 'a slot that takes one report',
    beginning: files,
    ending: `${sending}
const first = await send(slotUrl, new Blob(['%PDF-1.7 A report'], { type: 'application/pdf' }))
console.log(await first.text(), (await send(slotUrl, new Blob(['%PDF-1.7']))).status)
${closed}`,
    prints: '{"name":"reports/2026-11.pdf"} 404\n',
  },
  {
    page: 'caching',
    snippet: 0,
    says: 'one URL for a while',
    beginning: `${given}\nawait storage.save('photos/cat.jpg', 'A cat')`,
    ending: `const keep = async (url: string) =>
  (await files.fetch(new Request('http://localhost' + url))).headers.get('cache-control')
await storage.save('public/logo.svg', '<svg/>')
// Unless the file's window has just ended between them.
console.log(first === second || first === (await files.url('photos/cat.jpg', { expiresIn: 600 })))
console.log(await keep(second))
console.log(await keep(await files.url('public/logo.svg')), await keep('/media/none'))
console.log(await keep(await files.url('photos/cat.jpg', { cache: 'no-store' })))`,
    prints: 'true\nprivate, max-age=…, immutable\npublic, max-age=3600 no-store\nno-store\n',
  },
  {
    page: 'moving-from-django',
    snippet: 0,
    says: 'both tokens for one file',
    beginning: `import { createLocalStorage, createTitofisto } from 'titofisto'
const SECRET_KEY = 'django-insecure-and-more-of-it-than-32-bytes'
const SECRET_KEY_FALLBACKS: string[] = []
const MEDIA_ROOT = 'media'
await createLocalStorage({ root: MEDIA_ROOT }).save('report.pdf', 'A report')`,
    ending: `const works = async (options: object) => {
  const url = await files.url('report.pdf', options)
  const { status } = await files.fetch(new Request('http://localhost' + url))
  return [url.includes(':'), status]
}
console.log(await works({}), await works({ tokenFormat: 'native' }))`,
    prints: '[ true, 200 ] [ false, 200 ]\n',
  },
  {
    page: 'moving-from-s3',
    snippet: 0,
    says: 'a link with a name to save as',
    beginning: `${files}\nawait files.storage.save('reports/2026.pdf', 'A report')`,
    ending: `const url = await files.url('reports/2026.pdf', { download: 'Report 2026.pdf', expiresIn: 600 })
const { headers } = await files.fetch(new Request('http://localhost' + url))
console.log(headers.get('content-disposition'))`,
    prints: 'attachment; filename="Report 2026.pdf"\n',
  },
  {
    page: 'moving-from-s3',
    snippet: 1,
    says: 'a slot that replaces a picture',
    beginning: `${files}\nawait files.storage.save('avatars/15.png', 'An older one')`,
    ending: `${sending}
const tooSmall = await send(url, png)
// What follows a picture's end is no harm to it.
const taken = await send(url, new Blob([png, Buffer.alloc(100)], { type: 'image/png' }))
console.log(method, expiresAt.slice(-1), tooSmall.status, await taken.text())
${closed}`,
    prints: 'POST Z 400 {"name":"avatars/15.png"}\n',
  },
  {
    page: 'moving-from-multer',
    snippet: 0,
    says: 'a form of several fields',
    packages: ['express', 'zod'],
    beginning: `${files}
import { z } from 'zod'
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
// Express has no types of its own.
type Route = (req: IncomingMessage, res: { json(value: object): void }) => unknown
const app = (await import('express' as string)).default() as {
  post(path: string, ...routes: Route[]): void
  listen(port: number, host: string): Server
}`,
    ending: `const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = 'http://127.0.0.1:' + (server.address() as AddressInfo).port
const png = new Blob([Buffer.from('${onePixelBase64}', 'base64')], { type: 'image/png' })
const body = new FormData()
body.append('title', 'Summer')
body.append('avatar', png, 'me.png')
for (const name of ['a.png', 'b.png']) body.append('gallery', png, name)
const taken = await fetch(origin + '/profile', { method: 'POST', body })
console.log(await taken.text())
body.append('avatar', png, 'again.png')
console.log((await fetch(origin + '/profile', { method: 'POST', body })).status)
server.close()
${closed}`,
    prints: '{"saved":["avatar/me.png","gallery/a.png","gallery/b.png"],"title":"Summer"}\n413\n',
  },
  {
    page: 'moving-from-active-storage',
    snippet: 0,
    says: 'blobs under their names',
    beginning: `import { getValidName } from 'titofisto'\n${files}
import { mkdirSync, writeFileSync } from 'node:fs'
const disk = 'storage'
const blobs = [{ id: 7, key: 'xtapjjcjiudrlk3tmwyjgpuobabd', filename: 'My trip.jpg' }]
mkdirSync('storage/xt/ap', { recursive: true })
writeFileSync('storage/xt/ap/xtapjjcjiudrlk3tmwyjgpuobabd', 'A trip')`,
    ending: `console.log(nameOf.get(7), await files.storage.readText('blobs/7/My_trip.jpg'))`,
    prints: 'blobs/7/My_trip.jpg A trip\n',
  },
  {
    page: 'moving-from-laravel',
    snippet: 0,
    says: 'a slot for a photo',
    beginning: files,
    ending: `${sending}
const body = new FormData()
body.append('file', png, 'sea.png')
console.log(await (await send(url, body, method)).text())
${closed}`,
    prints: '"summer/sea.png"\n',
  },
]

describeExamples(examples)
