// A slot's URL in a browser, over real sockets, as far as headers and bytes tell; what the page does in
// a browser, test/browser/ shows.

import { once } from 'node:events'
import { connect } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemorySlotStore, SlotRejection } from '../../src/index.ts'
import type {
  SlotDefinition,
  SlotId,
  SlotState,
  SlotStore,
  TitofistoOptions,
} from '../../src/index.ts'
import { exchange } from '../support/raw-http.ts'
import type { RawReply } from '../support/raw-http.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

const browser = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8',
  'Accept-Language': 'en',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
}

let server: UploadServer

afterEach(() => server.close())

async function start(options: Partial<TitofistoOptions> = {}) {
  server = await startUploadServer({ options: { sweepSeconds: 0, ...options } })
}

async function mint(definition: Partial<SlotDefinition> = {}, args?: string) {
  const kind = server.files.slot('file', {
    handler: () => ({ secret: 'of programs' }),
    ...definition,
  })
  return kind.create(args)
}

/** Sends a request by hand, and gives its answer with every header. */
async function ask(
  url: string,
  fields: Readonly<Record<string, string>> = browser,
  { method = 'GET', body = '' } = {},
): Promise<RawReply> {
  const { host, hostname, port, pathname, search } = new URL(url)
  const lines = Object.entries({ Host: host, Connection: 'close', ...fields }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const head = `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
  const { replies } = await exchange(connect(Number(port), hostname), head, [method])
  const [reply] = replies
  if (reply === undefined) throw new Error('There was no answer.')
  return reply
}

/** All of an answer but the time. */
function allOf({ status, headers, body }: RawReply) {
  return [status, headers.filter(([name]) => name !== 'date'), body.toString()]
}

/** As a form of a page is sent. */
function sendForm(url: string, content: string, name = 'a.txt', fields: object = browser) {
  const part = `--b\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${content}\r\n--b--\r\n`
  const body = Buffer.from(part).toString('latin1')
  const type = {
    'Content-Type': 'multipart/form-data; boundary=b',
    'Content-Length': String(body.length),
  }
  return ask(url, { ...fields, ...type }, { method: 'POST', body })
}

describe("a slot's URL in a browser", () => {
  it('is a form, with what is taken in words', async () => {
    await start()
    const { url } = await mint({
      maxBytes: 5_000_000,
      maxFiles: 3,
      maxTotalBytes: 10_000_000,
      accept: ['image/jpeg', '.pdf'],
      page: { title: 'Your papers', message: 'Both sides, please.\n\nThank you!' },
    })
    const reply = await ask(url)
    const page = reply.body.toString()
    expect(reply.status).toBe(200)
    expect(page).toContain('<h1 dir="auto">Your papers</h1>')
    expect(page.match(/<p class="message" dir="auto">/g)).toHaveLength(2)
    expect(page).toContain('<form method="post" enctype="multipart/form-data"')
    expect(page).toMatch(/ multiple +accept="image\/jpeg,.pdf"/)
    const limits = [...page.matchAll(/<li>(.*?)<\/li>/g)].map((match) => match[1])
    expect(limits).toEqual([
      'Accepted: JPEG or PDF',
      'Up to 3 files',
      'Up to 5 MB each',
      'Up to 10 MB in all',
      expect.stringMatching(/^Open until <time datetime="2.*Z">.* UTC<\/time>$/),
    ])
  })

  it('comes with headers under which nothing else can run, load, frame or keep it', async () => {
    await start()
    const { url } = await mint()
    const reply = await ask(url)
    expect(Object.fromEntries(reply.headers)).toEqual({
      'cache-control': 'no-store',
      connection: 'close',
      'content-length': String(reply.body.length),
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-\S{44}'; script-src 'sha256-\S{44}'; connect-src 'self'; img-src data: blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/,
      ) as string,
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      date: expect.any(String) as string,
      'referrer-policy': 'no-referrer',
      vary: 'Accept, Accept-Language, Sec-Fetch-Dest, Sec-Fetch-Mode',
      'x-content-type-options': 'nosniff',
    })
  })

  it.each([
    ['curl', { Accept: '*/*' }],
    ['a program that says nothing', {}],
    ['a program that reads JSON', { Accept: 'application/json' }],
    ['an image', { ...browser, Accept: 'image/avif,*/*', 'Sec-Fetch-Dest': 'image' }],
    ['a script', { ...browser, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }],
  ])('stays a 405 for %s, with pages and without', async (_, fields) => {
    await start({ page: false })
    const before = allOf(await ask((await mint()).url, fields))
    await server.close()
    await start()
    expect(allOf(await ask((await mint()).url, fields))).toEqual(before)
    expect(before[0]).toBe(405)
  })

  it('has no page where none is wanted: of all, or of a kind', async () => {
    await start({ page: false })
    const first = await mint()
    expect((await ask(first.url)).status).toBe(405)
    await server.close()
    await start()
    const second = await mint({ page: false })
    const reply = await ask(second.url)
    expect([reply.status, reply.body.toString()]).toEqual([405, 'Method not allowed\n'])
  })

  it("leaves HEAD and GET to resumable uploads, and their clients' answers as they are", async () => {
    await start()
    const { url } = await mint()
    const tus = await ask(url, { ...browser, 'Tus-Resumable': '1.0.0' }, { method: 'HEAD' })
    expect([tus.status, tus.header('upload-offset')]).toEqual([200, '0'])
    const ietf = await ask(url, { ...browser, 'Upload-Draft-Interop-Version': '8' })
    expect([ietf.status, ietf.header('content-type')]).toEqual([204, undefined])
  })

  it('says what a function of its arguments gives', async () => {
    await start()
    const { url } = await mint(
      { page: async (args) => ({ title: `Papers of ${JSON.stringify(args)}` }) },
      '<Ann & Co.>',
    )
    expect((await ask(url)).body.toString()).toContain(
      'Papers of &#34;&#60;Ann &#38; Co.&#62;&#34;',
    )
  })

  it.each([
    ['throws', () => Promise.reject(new Error('a fault of the application'))],
    ['gives what is no page', () => ({ titel: 'x' })],
    ['gives text for nothing', () => ({ title: 5 })],
  ])('is there all the same where that function %s', async (_, page) => {
    await start()
    const { url } = await mint({ page: page as () => object })
    const reply = await ask(url)
    expect([reply.status, reply.body.toString()]).toEqual([
      200,
      expect.stringContaining('<h1 dir="auto">Send a file</h1>'),
    ])
    expect(server.log).toMatchObject([{ level: 'error', event: 'page-failed' }])
  })

  it('speaks as the browser does, or as was set', async () => {
    await start({ page: { texts: { ar: { send: 'إرسال' } } } })
    const { url } = await mint()
    const inGerman = (await ask(url, { ...browser, 'Accept-Language': 'de-DE,en;q=0.5' })).body
    expect(inGerman.toString()).toMatch(/<html lang="de" dir="ltr">[^]*>Senden<\/button>/)
    const inArabic = (await ask(url, { ...browser, 'Accept-Language': 'ar' })).body
    expect(inArabic.toString()).toMatch(/<html lang="ar" dir="rtl">[^]*>إرسال<\/button>/)
  })

  it('bears the name and colours of the application', async () => {
    const logo = 'data:image/svg+xml,%3Csvg/%3E'
    await start({
      page: {
        name: 'Elm & Sons',
        logo,
        accentColor: '#ffcc00',
        frameAncestors: ['self', 'https://app.example'],
      },
    })
    const { url } = await mint()
    const reply = await ask(url)
    const page = reply.body.toString()
    expect(page).toContain(`<img src="${logo}" alt="" /><span dir="auto">Elm &#38; Sons</span>`)
    expect(page).toContain('--accent:#ffcc00;--on-accent:#000000')
    expect(reply.header('content-security-policy')).toContain(
      "frame-ancestors 'self' https://app.example;",
    )
  })

  it('is the same at the Fetch door', async () => {
    await start()
    const { url } = await mint({ page: { title: 'By Fetch' } })
    const other = createAdaptorServer({ fetch: server.files.fetch }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const reply = await ask(url.replace(/:\d+/, `:${port}`))
    const first = await ask(url)
    expect([reply.status, reply.body.toString()]).toEqual([200, first.body.toString()])
    await new Promise((resolve) => other.close(resolve))
  })

  it('has text fields where its kind wants some', async () => {
    await start()
    const fields = [
      { name: 'note', label: 'A <note>', type: 'textarea', required: true, maxLength: 100 },
      { name: 'mail', label: 'Mail', type: 'email' },
    ] as const
    const { url } = await mint({ page: { fields } })
    const page = (await ask(url)).body.toString()
    expect(page).toContain('<label for="field-note">A &#60;note&#62;</label>')
    expect(page).toMatch(
      /<textarea id="field-note" name="note" dir="auto" +required maxlength="100">/,
    )
    expect(page).toMatch(/<input type="email" id="field-mail" name="mail" dir="auto" +\/>/)
  })
})

describe('a slot that takes no upload', () => {
  const states: Readonly<Record<string, SlotState>> = {
    used: { name: 'done', result: null, sinceMs: 0 },
    rejected: { name: 'rejected', result: { status: 422, headers: [], body: null }, sinceMs: 0 },
    interrupted: {
      name: 'interrupted',
      holder: 'x',
      upload: { files: [], fields: [] },
      sinceMs: 0,
    },
    revoked: { name: 'revoked', sinceMs: 0 },
    expired: { name: 'expired', sinceMs: 0 },
  }

  async function put(store: SlotStore, id: SlotId, state: SlotState) {
    const record = await store.read(id)
    if (record === null) throw new Error('There is no such slot.')
    const { revision } = record
    expect(await store.replace({ ...record, revision: revision + 1, state }, revision)).toBe(true)
  }

  it('looks the same in every byte, whatever became of it and whether it ever was', async () => {
    const store = createMemorySlotStore()
    let nowMs = Date.now()
    await start({ slotStore: store, now: () => nowMs })
    const kind = server.files.slot('file', { handler: () => {} })
    const other = server.files.slot('late', { handler: () => {}, expiresIn: 60 })
    const urls: string[] = []
    for (const state of Object.values(states)) {
      const { url, id } = await kind.create()
      await put(store, id, state)
      urls.push(url)
    }
    const late = await other.create()
    nowMs += 61_000
    const lost = await kind.create()
    await store.remove(lost.id, 1)
    const { url: good } = await kind.create()
    const forged = good.replace(/.{3}$/, 'abc')
    const base = good.slice(0, good.indexOf('/upload/') + 8)
    urls.push(late.url, lost.url, forged, `${base}none`, `${base}${'A'.repeat(22)}/x.y`)
    const [first, ...rest] = await Promise.all(urls.map(async (url) => allOf(await ask(url))))
    for (const each of rest) expect(each).toEqual(first)
    expect(first?.[0]).toBe(404)
    expect(first?.[2]).toContain('This link does not work')
    expect((await ask(good)).status).toBe(200)
  })

  it('is what an upload by a form is told, too', async () => {
    await start()
    const { url } = await mint({ handler: () => {} })
    expect((await sendForm(url, 'once')).status).toBe(200)
    const again = await sendForm(url, 'twice')
    expect([again.status, again.body.toString()]).toEqual([
      404,
      expect.stringContaining('This link does not work'),
    ])
  })
})

describe('a form that is sent without a script', () => {
  it('is answered by a receipt, with names and sizes', async () => {
    await start()
    const { url } = await mint({ handler: ({ file }) => ({ saved: file.name }) })
    const reply = await sendForm(url, 'Hello', '<b>ä.txt')
    expect([reply.status, reply.header('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const page = reply.body.toString()
    expect(page).toContain('Received. Thank you!')
    expect(page).toMatch(/<bdi>[^<]*b[^<]*ä\.txt<\/bdi><\/span><span>5 bytes<\/span>/)
    expect(page).not.toContain('<script')
  })

  it("gets the handler's own Response, where it gives one", async () => {
    await start()
    const to = { Location: 'https://app.example/thanks' }
    const { url } = await mint({ handler: () => new Response(null, { status: 303, headers: to }) })
    const reply = await sendForm(url, 'Hello')
    expect([reply.status, reply.header('location')]).toEqual([303, to.Location])
  })

  it.each([
    ['Java', { Accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' }],
    ['curl', { Accept: '*/*' }],
    [
      "a page's script",
      { ...browser, Accept: '*/*', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
    ],
  ])('is answered by what the handler returned where %s sends it', async (_, fields) => {
    await start()
    const { url } = await mint()
    const reply = await sendForm(url, 'Hello', 'a.txt', fields)
    expect([reply.status, reply.body.toString()]).toEqual([200, '{"secret":"of programs"}'])
  })

  it('is told in words what was wrong, with the status that programs get', async () => {
    await start()
    const { url } = await mint({ maxBytes: 4 })
    const reply = await sendForm(url, 'Hello')
    expect(reply.status).toBe(413)
    expect(reply.body.toString()).toContain('The file is too large: at most 4 bytes are accepted.')
    expect(reply.body.toString()).toContain('<a class="button main" href="">Back to the form</a>')
  })

  it("is told in the application's words that it was refused", async () => {
    await start()
    const { url } = await mint({
      handler() {
        throw new SlotRejection('No <cats>, please.', { retry: true })
      },
    })
    const reply = await sendForm(url, 'Hello')
    expect([reply.status, reply.body.toString()]).toEqual([
      422,
      expect.stringContaining('No &#60;cats&#62;, please.'),
    ])
    expect((await ask(url)).status).toBe(200)
  })

  it('is told nothing of what went wrong on our side', async () => {
    await start()
    const { url } = await mint({
      handler() {
        throw new Error('a secret of the application')
      },
    })
    const reply = await sendForm(url, 'Hello')
    expect([reply.status, reply.body.toString()]).toEqual([
      500,
      expect.stringContaining('could not be processed'),
    ])
    expect(reply.body.toString()).not.toContain('secret of')
  })
})

describe('options of pages', () => {
  it.each([
    [
      { lang: 'fr' },
      /option "lang" must be one of en, de; for others set their words in option "texts"/,
    ],
    [{ lang: 'not a language' }, /option "lang" must be a language/],
    [{ texts: { de: { sned: 'x' } } }, /"sned" in "de", which is no text/],
    [{ texts: { '!': {} } }, /"!", which is no language/],
    [{ logo: 'https://cdn.example/logo.png' }, /option "logo" must be a "data:" URL/],
    [{ logo: 'data:text/html,<script>' }, /option "logo"/],
    [{ accentColor: 'red;}' }, /option "accentColor"/],
    [{ frameAncestors: ['https://a.example; script-src *'] }, /option "frameAncestors"/],
    [{ frameAncestors: ['*'] }, /option "frameAncestors"/],
    [{ color: '#123456' }, /option "color" is unknown/],
    [{ name: '' }, /option "name"/],
  ])('%j is refused when they are set', async (page, message) => {
    await start()
    const { storage } = server.files
    const { createTitofisto } = await import('../../src/index.ts')
    const options = { secret: 'a secret for tests, 32 bytes and more', storage }
    expect(() => createTitofisto({ ...options, page: page as object })).toThrow(message)
  })

  it.each([
    [
      { fields: [{ name: 'a b', label: 'x' }] },
      /Slot kind "file", option "page", a field: option "name"/,
    ],
    [{ fields: [{ name: 'a' }] }, /option "label"/],
    [
      {
        fields: [
          { name: 'a', label: 'x' },
          { name: 'a', label: 'y' },
        ],
      },
      /two of one name/,
    ],
    [{ titel: 'x' }, /option "titel" is unknown; the nearest is "title"/],
    [true, /option "page" must be an object, a function or false/],
  ])('%j of a kind is refused when it is defined', async (page, message) => {
    await start()
    await expect(mint({ page: page as object })).rejects.toThrow(message)
  })
})
