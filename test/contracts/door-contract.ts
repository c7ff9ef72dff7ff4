// What every door does, whatever server it hangs in. Facts are asked over real sockets.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canary, createGround, settle, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { exchange } from '../support/raw-http.ts'
import { describeDoorUploads } from './door-uploads.ts'
import type { Door, DoorReply, StartDoor } from './door.ts'

/** Runs the whole battery over a door: downloads, with files read from disk and with files kept in memory, and uploads. */
export function describeDoor(name: string, start: StartDoor): void {
  describeDoorUploads(name, start)
  describe.each([
    ['from the disk', 0],
    ['from memory', 1024 * 1024],
  ])(`${name}, %s`, (_, cacheBytes) => {
    let ground: Ground
    let door: Door
    let nowMs = Date.now()

    beforeAll(async () => {
      ground = await createGround()
      door = await start((options) => {
        const storage = settle(ground.create().storage)
        return ground.create({ storage, cacheBytes, now: () => nowMs, ...options })
      })
      // The second answer comes from memory, where there is any.
      for (const file of ['ten.bin', 'picture.png', 'page.html', 'empty.txt']) {
        const path = await door.files.url(file)
        await door.ask({ path })
      }
    })

    afterAll(async () => {
      await door.close()
      await ground.remove()
    })

    async function askFile(file: string, headers: Record<string, string> = {}, method = 'GET') {
      return door.ask({ path: await door.files.url(file), headers, method })
    }

    describe('a file', () => {
      it('comes whole, with what a browser needs to keep and check it', async () => {
        const reply = await askFile('picture.png')
        expect(reply.status).toBe(200)
        expect(reply.body).toEqual(tenBytes)
        expect(reply.headers).toMatchObject({
          'content-type': 'image/png',
          'content-length': '10',
          'accept-ranges': 'bytes',
          'content-disposition': 'inline; filename="picture.png"',
          'cache-control': 'private, max-age=3600, immutable',
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-resource-policy': 'cross-origin',
        })
        expect(reply.headers['etag']).toMatch(/^"[^"]+"$/)
        expect(reply.headers['last-modified']).toMatch(/ GMT$/)
        expect(reply.headers).not.toHaveProperty('set-cookie')
        expect(reply.headers).not.toHaveProperty('content-security-policy')
      })

      it('of 3 MiB comes byte for byte', async () => {
        const reply = await askFile('big.bin')
        expect(reply.status).toBe(200)
        expect(reply.body.equals(ground.bigBytes)).toBe(true)
      })

      it('that is empty comes empty', async () => {
        const reply = await askFile('empty.txt')
        expect(reply).toMatchObject({ status: 200, headers: { 'content-length': '0' } })
        expect(reply.body.length).toBe(0)
      })

      it.each(['bytes=0-', 'bytes=0-1023', 'bytes=5-', 'bytes=-5', 'bytes=0-0,5-9'])(
        'that is empty comes whole, though %s was asked of it',
        async (range) => {
          const { headers } = await askFile('empty.txt')
          for (const more of [{}, { 'if-range': headers['etag'] ?? '' }, { 'if-range': '"other"' }])
            for (const method of ['GET', 'HEAD']) {
              const reply = await askFile('empty.txt', { range, ...more }, method)
              expect(reply).toMatchObject({ status: 200, headers })
              expect(reply.headers).not.toHaveProperty('content-range')
            }
        },
      )

      it('of any name comes under it', async () => {
        const reply = await askFile('ünï cödé?#&%.txt')
        expect(reply.body.toString()).toBe('Grüße\n')
        expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8')
        expect(reply.headers['content-disposition']).toBe(
          `inline; filename="_n_ c_d__#&_.txt"; filename*=UTF-8''%C3%BCn%C3%AF%20c%C3%B6d%C3%A9%3F%23%26%25.txt`,
        )
      })

      it('that could run scripts is an attachment, and in a sandbox', async () => {
        const { headers } = await askFile('page.html')
        expect(headers['content-disposition']).toBe('attachment; filename="page.html"')
        expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
      })

      it('is kept or shown as the link says', async () => {
        const shown = await door.ask({ path: await door.files.url('page.html', { inline: true }) })
        expect(shown.headers['content-disposition']).toBe('inline; filename="page.html"')
        expect(shown.headers['content-security-policy']).toMatch(/^sandbox;/)
        const path = await door.files.url('picture.png', { download: 'Résumé.png' })
        expect((await door.ask({ path })).headers['content-disposition']).toBe(
          `attachment; filename="R_sum_.png"; filename*=UTF-8''R%C3%A9sum%C3%A9.png`,
        )
      })

      it('is cached no longer than its link lives', async () => {
        const path = await door.files.url('ten.bin', { expiresIn: 100 })
        nowMs += 40_000
        const { headers } = await door.ask({ path })
        nowMs -= 40_000
        // The clock's second may have turned in between.
        expect(headers['cache-control']).toMatch(/^private, max-age=(?:59|60), immutable$/)
      })

      it('in the public namespace needs no token', async () => {
        const path = await door.files.url('public/open.txt')
        expect(path).not.toContain('?')
        const reply = await door.ask({ path })
        expect(reply).toMatchObject({
          status: 200,
          headers: { 'cache-control': 'public, max-age=3600' },
        })
        expect(reply.body.toString()).toBe('open to all\n')
      })
    })

    describe('HEAD', () => {
      it.each(['ten.bin', 'big.bin', 'page.html', 'empty.txt'])(
        'has the headers of GET, and no body: %s',
        async (file) => {
          const path = await door.files.url(file)
          const [get, head] = [await door.ask({ path }), await door.ask({ path, method: 'HEAD' })]
          expect(head.status).toBe(200)
          expect(head.headers).toEqual(get.headers)
          expect(head.body.length).toBe(0)
        },
      )

      it('ignores Range (RFC 9110 14.2)', async () =>
        expect((await askFile('ten.bin', { range: 'bytes=0-1' }, 'HEAD')).status).toBe(200))

      it('has the headers of the 404 too', async () => {
        const path = `${await door.files.url('ten.bin')}x`
        const [get, head] = [await door.ask({ path }), await door.ask({ path, method: 'HEAD' })]
        expect(head).toMatchObject({ status: 404, headers: get.headers })
        expect(head.body.length).toBe(0)
      })
    })

    describe('a range', () => {
      it.each([
        ['bytes=0-4', 0, 5],
        ['bytes=5-', 5, 10],
        ['bytes=-3', 7, 10],
        ['bytes=-99', 0, 10],
        ['bytes=9-999', 9, 10],
        ['bytes=0-1,4-5', 0, 6],
      ])('%s of ten bytes', async (range, startByte, endByte) => {
        const reply = await askFile('ten.bin', { range })
        expect(reply.status).toBe(206)
        expect(reply.body).toEqual(tenBytes.subarray(startByte, endByte))
        expect(reply.headers).toMatchObject({
          'content-range': `bytes ${startByte}-${endByte - 1}/10`,
          'content-length': String(endByte - startByte),
        })
      })

      it.each([
        ['bytes=1000000-2999999', 1_000_000, 3_000_000],
        ['bytes=-70000', 3_145_728 - 70_000, 3_145_728],
        ['bytes=65535-65536', 65_535, 65_537],
      ])('%s of 3 MiB', async (range, startByte, endByte) => {
        const reply = await askFile('big.bin', { range })
        expect(reply.status).toBe(206)
        expect(reply.body.equals(ground.bigBytes.subarray(startByte, endByte))).toBe(true)
      })

      it('may be several: each a part with its bytes', async () => {
        const reply = await askFile('big.bin', { range: 'bytes=2000000-2099999,0-9,-5' })
        expect(reply.status).toBe(206)
        expect(reply.headers).not.toHaveProperty('content-range')
        expect(Number(reply.headers['content-length'])).toBe(reply.body.length)
        const parts = parseParts(reply)
        expect(parts.map((part) => part.place)).toEqual([
          'bytes 2000000-2099999/3145728',
          'bytes 0-9/3145728',
          'bytes 3145723-3145727/3145728',
        ])
        const [first, second, third] = parts.map((part) => part.bytes)
        expect(first?.equals(ground.bigBytes.subarray(2_000_000, 2_100_000))).toBe(true)
        expect(second?.equals(ground.bigBytes.subarray(0, 10))).toBe(true)
        expect(third?.equals(ground.bigBytes.subarray(-5))).toBe(true)
      })

      it('past the end is a 416 that tells the length', async () => {
        const reply = await askFile('ten.bin', { range: 'bytes=10-' })
        expect(reply.status).toBe(416)
        expect(reply.headers).toMatchObject({
          'content-range': 'bytes */10',
          'cache-control': 'no-store',
        })
        expect(reply.body.length).toBe(0)
      })

      it.each(['bytes=4-1', 'bytes=x', 'chars=0-4', 'bytes=0-1-2', ''])(
        'that is malformed or foreign is ignored: %j',
        async (range) => {
          const reply = await askFile('ten.bin', { range })
          expect(reply.status).toBe(200)
          expect(reply.body).toEqual(tenBytes)
        },
      )

      it('counts only while If-Range holds', async () => {
        const { headers } = await askFile('ten.bin')
        const etag = headers['etag'] ?? ''
        const ask = (ifRange: string) =>
          askFile('ten.bin', { range: 'bytes=0-0', 'if-range': ifRange })
        expect((await ask(etag)).status).toBe(206)
        expect((await ask(`W/${etag}`)).status).toBe(200)
        expect((await ask('"other"')).status).toBe(200)
      })
    })

    describe('a condition', () => {
      it('that the client has it already is a 304 without a body', async () => {
        const whole = await askFile('ten.bin')
        for (const tag of [whole.headers['etag'] ?? '', `W/${whole.headers['etag']}`, '*']) {
          const reply = await askFile('ten.bin', { 'if-none-match': tag })
          expect(reply.status).toBe(304)
          expect(reply.body.length).toBe(0)
          expect(reply.headers['etag']).toBe(whole.headers['etag'])
          expect(reply.headers['cache-control']).toMatch(/^private, max-age=/)
        }
      })

      it('by date is a 304 too', async () => {
        const { headers } = await askFile('ten.bin')
        const reply = await askFile('ten.bin', {
          'if-modified-since': headers['last-modified'] ?? '',
        })
        expect(reply.status).toBe(304)
      })

      it('that fails is a 412 that nobody keeps', async () => {
        for (const headers of [
          { 'if-match': '"other"' },
          { 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' },
        ]) {
          const reply = await askFile('ten.bin', headers)
          expect(reply).toMatchObject({ status: 412, headers: { 'cache-control': 'no-store' } })
          expect(reply.body.length).toBe(0)
        }
      })
    })

    describe('a refusal', () => {
      it('is one and the same 404, byte for byte, whatever the cause (promise 1)', async () => {
        const url = await door.files.url('ten.bin')
        const [place = '', token = ''] = url.split('?titofisto_token=')
        const prefix = place.replace('ten.bin', '')
        const bound = await door.files.url('ten.bin', { bind: 'user 15' })
        const expired = await door.files.url('ten.bin', { expiresIn: 1 })
        nowMs += 100_000
        const future = await door.files.url('ten.bin', { expiresIn: 10_000 })
        nowMs -= 98_000
        const forged = `${place}?titofisto_token=${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
        const signed = (file: string) => `${prefix}${file}?titofisto_token=${token}`
        const paths = [
          forged,
          expired,
          future,
          bound,
          place,
          `${url}&titofisto_token=${token}`,
          `${place}?titofisto_token=`,
          `${place}?titofisto_token=%00`,
          signed('gone.bin'),
          signed('big.bin'),
          signed('folder'),
          signed('folder/'),
          signed('out.txt'),
          signed('pipe'),
          signed(''),
          signed('.titofisto/spool'),
          signed('%E9'),
          signed('%00'),
          signed('a%0Ab'),
          signed('..%2foutside.txt'),
          signed('%2e%2e%2foutside.txt'),
          signed('a'.repeat(2000)),
          `${prefix}public/gone.txt`,
          `${prefix}public/out.txt`,
          `${prefix}public/broken`,
          `${prefix}public/pipe`,
          `${prefix}public/`,
          `${prefix}public/..%2ften.bin`,
          `${prefix}public/..%2f..%2foutside.txt`,
          `${prefix}public%5C..%5Cten.bin`,
        ]
        const asked = paths.filter((path) => door.refusesItself?.(path) !== true)
        const replies = await Promise.all(asked.map((path) => door.ask({ path })))
        nowMs -= 2000
        const [first] = replies
        expect(first?.status).toBe(404)
        expect(first?.body.toString()).toBe('Not found\n')
        expect(first?.headers).toMatchObject({
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        })
        for (const [index, reply] of replies.entries())
          expect([asked[index], reply]).toEqual([asked[index], first])
      })

      it('comes before ranges and conditions are looked at (threat 14)', async () => {
        const path = `${await door.files.url('ten.bin')}x`
        const plain = await door.ask({ path })
        for (const headers of [
          { range: 'bytes=99-' },
          { range: 'bytes=0-1' },
          { 'if-none-match': '*' },
          { 'if-match': '"x"' },
          { 'if-modified-since': 'Sun, 06 Nov 2094 08:49:37 GMT' },
        ])
          expect(await door.ask({ path, headers })).toEqual(plain)
      })

      it('never shows what is outside of the root', async () => {
        const { place, query } = splitUrl(await door.files.url('ten.bin'))
        const prefix = place.replace('ten.bin', '')
        for (const way of ['../', '%2e%2e/', '..%2f', '.%2e/', '..%5c', '..;/', '%252e%252e%252f'])
          for (const below of ['', 'public/', 'public/x/'])
            for (const end of ['outside.txt', 'root-sibling/outside.txt']) {
              const path = prefix + below + way.repeat(3) + end
              for (const each of [path, `${path}?${query}`])
                expect((await door.ask({ path: each })).body.toString()).not.toContain(canary)
            }
      })

      it.each(['POST', 'PUT', 'DELETE', 'PATCH'])(
        'of the method %s is a 405 that names the right ones, good link or bad',
        async (method) => {
          const url = await door.files.url('ten.bin')
          for (const path of [url, `${url}x`]) {
            const reply = await door.ask({ path, method })
            expect(reply).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } })
          }
        },
      )

      it('reaches a client that is still sending a large body', async () => {
        const path = await door.files.url('ten.bin')
        const reply = await door.ask({ path, method: 'POST', body: Buffer.alloc(4 * 1024 * 1024) })
        expect(reply.status).toBe(405)
      })
    })

    describe('a page of another origin', () => {
      const origin = { origin: 'https://elsewhere.example' }

      it('may read a file by its link, and what is said of it, without credentials', async () => {
        for (const headers of [origin, { ...origin, range: 'bytes=2-' }, {}])
          for (const method of ['GET', 'HEAD']) {
            const reply = await askFile('ten.bin', headers, method)
            expect(reply.headers).toMatchObject({
              'access-control-allow-origin': '*',
              'access-control-expose-headers':
                'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, *',
              'cross-origin-resource-policy': 'cross-origin',
            })
            expect(reply.headers).not.toHaveProperty('access-control-allow-credentials')
          }
      })

      it('may read that it has the file already, and why it gets none', async () => {
        const { headers } = await askFile('ten.bin')
        const answers = [
          await askFile('ten.bin', { ...origin, 'if-none-match': headers['etag'] ?? '' }),
          await askFile('ten.bin', { ...origin, 'if-match': '"other"' }),
          await askFile('ten.bin', { ...origin, range: 'bytes=10-' }),
          await door.ask({ path: `${await door.files.url('ten.bin')}x`, headers: origin }),
        ]
        expect(answers.map(({ status }) => status)).toEqual([304, 412, 416, 404])
        for (const answer of answers)
          expect(answer.headers['access-control-allow-origin']).toBe('*')
      })

      it('may not read a public file', async () => {
        const path = await door.files.url('public/open.txt')
        const reply = await door.ask({ path, headers: origin })
        expect(reply.headers).toMatchObject({ 'cross-origin-resource-policy': 'same-site' })
        expect(reply.headers).not.toHaveProperty('access-control-allow-origin')
      })

      it('asks before it sends a range, and learns nothing about the link', async () => {
        const url = await door.files.url('ten.bin')
        const { place } = splitUrl(url)
        const wanted = {
          ...origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': 'range,if-range',
        }
        const prefix = place.replace('ten.bin', '')
        const paths = [url, `${url}x`, place, `${prefix}gone`, `${prefix}public/open.txt`, prefix]
        for (const path of [...paths, `${prefix}..%2foutside.txt`, `${prefix}out.txt`]) {
          const reply = await door.ask({ path, method: 'OPTIONS', headers: wanted })
          const unasked = await door.ask({ path, method: 'OPTIONS' })
          expect(reply).toEqual(unasked)
          expect(reply).toMatchObject({
            status: 204,
            headers: {
              'access-control-allow-origin': '*',
              'access-control-allow-methods': 'GET, HEAD',
              'access-control-allow-headers':
                'Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range, Authorization, *',
              'access-control-max-age': '86400',
            },
          })
          expect(reply.headers).not.toHaveProperty('access-control-allow-credentials')
          expect(reply.body.length).toBe(0)
        }
      })
    })

    describe('a path that is not ours', () => {
      it.each(['/', '/elsewhere', '/mediaother/ten.bin', '/robots.txt?x=1'])(
        'is left to others: %s',
        async (path) => {
          const reply = await door.ask({ path })
          expect(reply.status).toBe(door.foreign.status)
          expect(reply.body.toString()).toContain(door.foreign.body)
        },
      )
    })

    describe('a bare connection', () => {
      async function talk(request: string | Uint8Array, methods: string[] = ['GET']) {
        if (door.connect === null) throw new Error('this door has none')
        const socket = await door.connect()
        try {
          return await exchange(socket, request, methods)
        } finally {
          socket.destroy()
        }
      }

      it('may send requests before it has answers: each is answered in turn', async ({ skip }) => {
        if (door.connect === null) skip('this door speaks HTTP/2, or stands behind a proxy')
        const [ten, big] = [await door.files.url('ten.bin'), await door.files.url('big.bin')]
        const paths = [ten, big, `${ten}x`, ten, big]
        const request = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('')
        const { replies } = await talk(request, ['GET', 'GET', 'GET', 'GET', 'GET'])
        expect(replies.map((reply) => reply.status)).toEqual([200, 200, 404, 200, 200])
        expect(replies[4]?.body.equals(ground.bigBytes)).toBe(true)
      })

      it('stays open after a refusal, also of a request with a body', async ({ skip }) => {
        if (door.connect === null) skip('this door speaks HTTP/2, or stands behind a proxy')
        const ten = await door.files.url('ten.bin')
        const body = 'x'.repeat(100_000)
        const request = [
          `GET ${ten}x HTTP/1.1\r\nHost: x\r\n\r\n`,
          `POST ${ten} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
          `GET ${ten}x HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
          `GET ${ten} HTTP/1.1\r\nHost: x\r\n\r\n`,
        ].join('')
        const { replies } = await talk(request, ['GET', 'POST', 'GET', 'GET'])
        expect(replies.map((reply) => reply.status)).toEqual([404, 405, 404, 200])
        expect(replies[3]?.body).toEqual(tenBytes)
      })

      it('reads no second request out of a body (threat 32)', async ({ skip }) => {
        if (door.connect === null) skip('this door speaks HTTP/2, or stands behind a proxy')
        const ten = await door.files.url('ten.bin')
        const inner = `GET ${ten} HTTP/1.1\r\nHost: x\r\n\r\n`
        const request = `POST ${ten} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`
        const { replies } = await talk(request, ['POST', 'GET'])
        expect(replies.map((reply) => reply.status)).toEqual([405])
      })

      it('may ask for leave to send a body (RFC 9110 10.1.1)', async ({ skip }) => {
        if (door.connect === null) skip('this door speaks HTTP/2, or stands behind a proxy')
        const ten = await door.files.url('ten.bin')
        const request = `POST ${ten} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`
        const { replies } = await talk(request, ['POST'])
        expect(replies.map((reply) => reply.status).filter((status) => status >= 200)).toEqual([
          405,
        ])
      })

      it('that closes does so once a large body is read, and its answer arrives', async ({
        skip,
      }) => {
        if (!door.ownsConnection) skip('this door leaves the connection to the server it hangs in')
        const path = await door.files.url('ten.bin')
        const body = Buffer.alloc(24 * 1024 * 1024)
        const socket = (await door.connect?.()) ?? expect.unreachable()
        // As a client does that writes first and reads then.
        socket.pause()
        const isWritten = new Promise<boolean>((resolve) => {
          socket.once('error', () => resolve(false))
          const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`
          socket.write(head)
          socket.write(body, (error) => resolve(error === null || error === undefined))
        })
        expect(await isWritten).toBe(true)
        const { replies } = await exchange(socket, '', ['POST'])
        expect(replies[0]?.status).toBe(405)
      })

      it('may name the whole URL (RFC 9112 3.2.2)', async ({ skip }) => {
        if (door.connect === null) skip('this door speaks HTTP/2, or stands behind a proxy')
        const ten = await door.files.url('ten.bin')
        if (door.refusesItself?.(`http://x${ten}`) === true)
          skip('this framework knows paths alone')
        const { replies } = await talk(`GET http://x${ten} HTTP/1.1\r\nHost: x\r\n\r\n`)
        expect(replies[0]?.status).toBe(200)
        expect(replies[0]?.body).toEqual(tenBytes)
      })

      it('may speak HTTP/1.0', async ({ skip }) => {
        if (door.connect === null) skip('this door speaks HTTP/2, or stands behind a proxy')
        const { replies } = await talk(
          `GET ${await door.files.url('big.bin')} HTTP/1.0\r\nHost: x\r\n\r\n`,
        )
        expect(replies[0]?.body.equals(ground.bigBytes)).toBe(true)
      })
    })
  })
}

function splitUrl(url: string): { place: string; query: string } {
  const [place = '', query = ''] = url.split('?')
  return { place, query }
}

/** Takes a multipart/byteranges body apart (RFC 2046 5.1.1). */
function parseParts(reply: DoorReply): { place: string; bytes: Buffer }[] {
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(
    reply.headers['content-type'] ?? '',
  )?.[1]
  const text = reply.body.toString('latin1')
  expect(text.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true)
  return text
    .slice(0, text.lastIndexOf(`\r\n--${boundary}--`))
    .split(`\r\n--${boundary}\r\n`)
    .slice(1)
    .map((part) => {
      const headEnd = part.indexOf('\r\n\r\n')
      const place = /^Content-Range: (.+)$/m.exec(part.slice(0, headEnd))?.[1]?.trim() ?? ''
      return { place, bytes: Buffer.from(part.slice(headEnd + 4), 'latin1') }
    })
}
