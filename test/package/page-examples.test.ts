// The snippets of the README and of the guides, compiled and run as somebody would who copies them:
// each in a project of its own, with what its page takes for granted before it, and a look at what came
// of it behind it. The guides of the adapters have tests of their own.

import { onePixelBase64 } from '../support/one-pixel.ts'
import {
  avatar,
  closed,
  describeExamples,
  files,
  given,
  sending,
  type PageExample,
} from '../support/page-examples.ts'

/** A server that the snippet reaches by \`url\`, of a slot of this kind. */
function served(kind: string): string {
  return `${files}
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
const server = createServer(files.handler).listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = 'http://127.0.0.1:' + (server.address() as AddressInfo).port
const url = origin + (await files.slot('inbox', ${kind}).url())
`
}
/** A runner of tests, as far as the snippet uses one. */
const running = `
let passed = 0
const runs: Promise<void>[] = []
const it = (_name: string, run: () => Promise<unknown>) =>
  void runs.push(Promise.resolve(run()).then(() => void passed++))
`
function ran(contract: string): string {
  return `await Promise.all(runs)\nconsole.log(passed === ${contract}.length)\nprocess.exit()`
}

const examples: readonly PageExample[] = [
  {
    page: 'README',
    snippet: 0,
    says: 'a link that the server takes',
    ending: `
const response = await files.fetch(new Request('http://localhost' + url))
console.log(response.status, await response.text(), response.headers.get('content-disposition'))
process.exit()`,
    prints:
      'http://localhost:…/media/reports/2026.txt?…\n200 A good year. attachment; filename="Report 2026.txt"\n',
  },
  {
    page: 'README',
    snippet: 1,
    says: 'a slot that takes one picture',
    packages: ['zod'],
    beginning: `import { z } from 'zod'\n${files}`,
    ending: `${sending}
const first = await send(slotUrl, png)
console.log(first.status, await first.text(), (await send(slotUrl, png)).status)
${closed}`,
    prints: '200 {"url":"/media/avatars/15.png?…"} 404\n',
  },
  {
    page: 'slots',
    snippet: 0,
    says: 'a slot that may ask for another picture',
    packages: ['zod'],
    beginning: `let isRude = true\nconst isOffensive = async (_path: string) => isRude`,
    ending: `${sending}
const refused = await send(url, png)
isRude = false
console.log(refused.status, await refused.text(), (await send(url, png)).status)
${closed}`,
    prints: '422 Please choose another picture.\n 200\n',
  },
  {
    page: 'slots',
    snippet: 1,
    says: 'a form that is sent by fetch',
    beginning: `${served('{ handler: ({ file }) => ({ name: file.name }) }')}
const input = { files: [new File(['Hello'], 'hello.txt')] as [File] }`,
    ending: `console.log(answer)\nserver.close()\n${closed}`,
    prints: "{ name: 'hello.txt' }\n",
  },
  {
    page: 'slots',
    snippet: 2,
    says: 'an upload by tus-js-client',
    packages: ['tus-js-client'],
    beginning: `${served('{ handler: ({ file }) => void console.log(file.name, file.sizeBytes) }')}
const file = Object.assign(Buffer.from('Hello'), { name: 'hello.txt', type: 'text/plain' })
let show: (text: string) => void
const shown = new Promise<string>((resolve) => (show = resolve))`,
    ending: `console.log(await shown)\nserver.close()\n${closed}`,
    prints: 'hello.txt 5\ndone\n',
  },
  {
    page: 'slots',
    snippet: 3,
    says: 'fields by a schema',
    packages: ['zod'],
    beginning: `import { z } from 'zod'\n${files}
const save = (_file: object, title: string, page?: number) => ({ title, page })`,
    ending: `${sending}
const body = new FormData()
body.append('title', 'October')
body.append('meta', new Blob(['{"page":3}'], { type: 'application/json' }))
body.append('file', new Blob(['A report']), 'report.txt')
console.log(await (await send(await report.url(), body, 'POST')).text())
${closed}`,
    prints: '{"title":"October","page":3}\n',
  },
  {
    page: 'slots',
    snippet: 4,
    says: 'a form that has such fields',
    beginning: `const input = { files: [new Blob(['A report'])] as [Blob] }`,
    ending: `console.log([...body.keys()].join(), body.get('meta') instanceof Blob)`,
    prints: 'title,meta,file true\n',
  },
  {
    page: 'slots',
    snippet: 5,
    says: 'types that need no schema',
    beginning: files,
    ending: `${sending}
const answer: PhotoAnswer = await (await send((await photo.url()) + '?filename=a.png', png)).json()
console.log(answer.name, typeof answer.at, (await send(await inbox.url({ userId: '15' }), png)).status)
${closed}`,
    prints: 'a.png string 200\n',
  },
  {
    page: 'slots',
    snippet: 6,
    says: 'what the minting side may do',
    beginning: `${files}
const avatar = files.slot<{ userId: string }>('avatar', { handler() {} })
const userId = '15'
const seen: string[] = []
const report = (state: string, receivedBytes: number) => void seen.push(state + receivedBytes)`,
    ending: `console.log(method, protocols.join(), maxBytes, accept, url.length > 60, expiresAt.slice(-1), seen)\n${closed}`,
    prints: "POST multipart,raw,tus 104857600 null true Z [ 'revoked0' ]\n",
  },
  {
    page: 'slots',
    snippet: 7,
    says: 'a server that decides before the body',
    beginning: `import http from 'node:http'\n${avatar}`,
    ending: `console.log(server.listenerCount('checkContinue'), server.requestTimeout)\n${closed}`,
    prints: '1 0\n',
  },
  {
    page: 'slots',
    snippet: 8,
    says: 'the contract of slot stores',
    beginning: `import { createMemorySlotStore } from 'titofisto'\n${running}
const createYourStore = async () => createMemorySlotStore()`,
    ending: ran('slotStoreContract'),
    prints: 'true\n',
  },
  {
    page: 'requests',
    snippet: 0,
    says: 'one link for many people',
    packages: ['zod'],
    beginning: `import { z } from 'zod'\n${files}`,
    ending: `${sending}
const place = await (await send(request.url, new URLSearchParams({ name: 'Ann' }), 'POST')).json()
console.log(await (await send(place.url + '?filename=forum.png', png)).text())
console.log((await request.status())?.uploadCount)
${closed}`,
    prints: '/media/titofisto/upload/request/…{"from":"Ann","count":1}\n1\n',
  },
  {
    page: 'requests',
    snippet: 1,
    says: "the owner's side",
    beginning: `${files}
const inbox = files.slot('inbox', { handler: ({ file }) => file.save('inbox/a') })
const { id, url } = await inbox.request()
await files.fetch(new Request(new URL(url, 'http://localhost'), { method: 'POST' }))
const report = (...what: unknown[]) => console.log(...what)`,
    ending: `console.log((await found?.status())?.state)\n${closed}`,
    prints: 'open\nnull open [] null\nclosed\n',
  },
  {
    page: 'receiving',
    snippet: 0,
    says: "an upload in one's own route",
    packages: ['express'],
    beginning: `${files}
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
// Express has no types of its own.
type Asked = IncomingMessage & { user: { id: string } }
type Route = (req: Asked, res: { json(value: object): void }, next: () => void) => unknown
const app = (await import('express' as string)).default() as {
  post(path: string, ...routes: Route[]): void
  listen(port: number, host: string): Server
}
const requireUser: Route = (req, _res, next) => ((req.user = { id: '15' }), next())`,
    ending: `const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const body = new FormData()
body.append('file', new Blob([Buffer.from('${onePixelBase64}', 'base64')], { type: 'image/png' }), 'a.png')
const response = await fetch('http://127.0.0.1:' + (server.address() as AddressInfo).port + '/avatar', { method: 'POST', body })
console.log(response.status, await response.text())
server.close()
${closed}`,
    prints: '200 {"url":"/media/avatars/15.png?…"}\n',
  },
  {
    page: 'receiving',
    snippet: 1,
    says: 'limits field by field',
    packages: ['zod'],
    beginning: `import { z } from 'zod'\n${files}
const body = new FormData()
body.append('age', '42')
body.append('papers', new Blob(['%PDF-1.7'], { type: 'application/pdf' }), 'a.pdf')
const req = new Request('http://localhost/', { method: 'POST', body })`,
    ending: `console.log((await files.storage.list()).files.map(({ name }) => name))\n${closed}`,
    prints: "[ 'papers/a.pdf' ]\n",
  },
  {
    page: 'storages',
    snippet: 0,
    says: 'the contract of storages',
    beginning: `import { createLocalStorage } from 'titofisto'
import { mkdtempSync } from 'node:fs'
${running}
const createYourStorage = async () => createLocalStorage({ root: mkdtempSync('root-') })`,
    ending: ran('storageContract'),
    prints: 'true\n',
  },
  {
    page: 'storages',
    snippet: 1,
    says: 'the verbs over a storage of your own',
    beginning: `import { createLocalStorage } from 'titofisto'
const secret = 'a secret of many letters, for examples'
const yourStorage = createLocalStorage({ root: 'media' })
await yourStorage.save('notes/a.txt', 'Hello')`,
    ending: `console.log(await files.storage.readText('notes/a.txt'))`,
    prints: 'Hello\n',
  },
  {
    page: 'links',
    snippet: 0,
    says: 'links and slots that are whole',
    beginning: `${avatar}\nconst userId = '15'\nawait files.storage.save('reports/2026.pdf', 'A report')`,
    ending: `const origin = 'https://app.example'
console.log(await avatar.url({ userId }, { origin }), await files.url('reports/2026.pdf', { origin }))
${closed}`,
    prints:
      'https://app.example/media/titofisto/upload/… https://app.example/media/reports/2026.pdf?…\n',
  },
  {
    page: 'links',
    snippet: 1,
    says: 'a link by the request',
    beginning: `${given}
const name = await storage.save('a.txt', 'A')
const req = new Request('https://shop.example/account')`,
    ending: `console.log(await files.url(name, { origin: req }))`,
    prints: 'https://shop.example/media/a.txt?…\n',
  },
  {
    page: 'links',
    snippet: 2,
    says: 'refusals in words of its own',
    beginning: given,
    ending: `const name = await storage.save('a.txt', 'A')
const refused = async (url: string) => (await files.fetch(new Request('http://localhost' + url))).status
console.log(await refused(await files.url(name, { bind: 'u1' })), await refused('/media/a.txt'))`,
    prints: '303 404\n',
  },
  {
    page: 'links',
    snippet: 3,
    says: 'headers and types of its own',
    beginning: given,
    ending: `await storage.save('public/assets/a.geojson', '{}')
const { headers } = await files.fetch(new Request('http://localhost/media/public/assets/a.geojson'))
console.log(headers.get('content-type'), headers.get('cache-control'))`,
    prints: 'application/geo+json public, max-age=31536000, immutable\n',
  },
  {
    page: 'files',
    snippet: 0,
    says: 'what a storage does all day',
    beginning: files,
    ending: `console.log(name, await storage.exists(name))`,
    prints: 'notes/a.txt false\n',
  },
  {
    page: 'files',
    snippet: 1,
    says: 'a file as an answer',
    beginning: `${given}
async function answer() {`,
    ending: `}
const none = (await answer()).status
await storage.save('report.pdf', 'A report')
console.log(none, await (await answer()).text())`,
    prints: '404 A report\n',
  },
  {
    page: 'files',
    snippet: 2,
    says: 'a file from the web, and none from this machine',
    beginning: `${given}\nconst url = 'http://127.0.0.1:1/logo.png'\nasync function example() {`,
    ending: `}
console.log(await example().catch((error: { code: string }) => error.code))`,
    prints: 'url-refused\n',
  },
  {
    page: 'files',
    snippet: 3,
    says: 'links to all that a folder has',
    beginning: `${files}\nconst { storage } = files\nawait storage.save('photos/a.jpg', 'A')`,
    ending: `console.log(urls.length, urls[0])`,
    prints: '1 /media/photos/a.jpg?…\n',
  },
  {
    page: 'observability',
    snippet: 0,
    says: 'a listener to events',
    beginning: `
import { createLocalStorage, createTitofisto } from 'titofisto'
let brokenDownloads = 0
const audit = (...facts: unknown[]) => console.log(JSON.stringify(facts))`,
    ending: `${sending}
const kind = files.slot('letter', { handler: ({ file }) => file.save('letters/1.txt') })
await send(await kind.url(), 'Dear reader')
const link = new URL(await files.url('letters/1.txt'), 'http://localhost')
await (await files.fetch(new Request(link))).text()
await files.close()
console.log(brokenDownloads)`,
    prints: '["letter",["letters/1.txt"],…]\n0\n',
  },
  {
    page: 'observability',
    snippet: 1,
    says: 'a subscriber to a channel',
    isPlain: true,
    beginning: `${files}\nawait files.storage.save('a.txt', 'A letter')`,
    ending: `await (await files.fetch(new Request('http://localhost' + (await files.url('a.txt'))))).text()`,
    prints: 'a.txt 8 …\n',
  },
  {
    page: 'observability',
    snippet: 2,
    says: 'spans of handlers and downloads',
    isPlain: true,
    packages: ['@opentelemetry/api'],
    beginning: `${files}
trace.setGlobalTracerProvider({
  getTracer: () => ({
    startSpan(name, { attributes }) {
      console.log('began', name, attributes)
      return {
        recordException: ({ message }) => console.log('threw', message),
        setStatus: ({ code }) => console.log('status', code),
        end: () => console.log('ended', name),
      }
    },
  }),
})
const kind = files.slot('letter', {
  handler() {
    throw new Error('no room')
  },
})`,
    ending: `
const ask = async (url, init) => (await files.fetch(new Request('http://localhost' + url, init))).text()
await ask(await kind.url(), { method: 'PUT', body: 'Dear reader' })
await files.storage.save('a.txt', 'A letter')
await ask(await files.url('a.txt'))
await files.close()`,
    prints: `began titofisto handler { 'titofisto.kind': 'letter', 'titofisto.attempt': 1 }
threw no room
status 2
ended titofisto handler
began titofisto download { 'http.response.status_code': 200, 'titofisto.bytes': 8 }
ended titofisto download
`,
  },
  {
    page: 'observability',
    snippet: 3,
    says: 'metrics for Prometheus',
    isPlain: true,
    packages: ['prom-client', 'express'],
    beginning: `
import { createServer } from 'node:http'
import { once } from 'node:events'
import express from 'express'
import { createLocalStorage, createTitofisto } from 'titofisto'
const secret = 'a secret of many letters, for examples'
const storage = createLocalStorage({ root: 'media' })
const app = express()`,
    ending: `
await storage.save('a.txt', 'A letter')
await (await files.fetch(new Request('http://localhost' + (await files.url('a.txt'))))).text()
const server = createServer(app).listen(0, '127.0.0.1')
await once(server, 'listening')
const metrics = await fetch('http://127.0.0.1:' + server.address().port + '/metrics')
console.log(metrics.headers.get('content-type'))
const lines = (await metrics.text()).split('\\n')
console.log(lines.filter((line) => line.startsWith('titofisto_served_bytes_total{')).join())
server.close()
server.closeAllConnections()`,
    prints: 'text/plain;…\ntitofisto_served_bytes_total{…} 8\n',
  },
  {
    page: 'types',
    snippet: 0,
    says: 'a slot for some types',
    beginning: files,
    ending: `console.log((await files.slots.mint('report')).accept)\n${closed}`,
    prints: "[ 'application/pdf', 'image/*', '.csv' ]\n",
  },
  {
    page: 'errors',
    snippet: 0,
    says: 'errors by their code',
    beginning: `${files}
const body = 'x'
const tryLater = () => 'later'
const askForAnotherName = (fileName: string) => 'another than ' + fileName
await files.storage.save('a', body)
async function example(name: string) {`,
    ending: `}
console.log(await example('b'), await example('..').catch((error: Error) => error.message.slice(0, 9)))`,
    prints: 'undefined This file\n',
  },
  {
    page: 'errors',
    snippet: 1,
    says: 'a wrong option in words of its own',
    beginning: `import { createLocalStorage } from 'titofisto'
const secret = 'a secret of many letters, for examples'
const storage = createLocalStorage({ root: 'media' })
const env = { LINK_LIFE: '-5' }
const exit = (text: string) => console.log(text)
function example() {`,
    ending: `}
try {
  example()
} catch (error) {
  console.log((error as Error).name)
}`,
    prints: 'LINK_LIFE must …\nRangeError\n',
  },
]

describeExamples(examples)
