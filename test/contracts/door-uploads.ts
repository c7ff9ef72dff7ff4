// What every door does with uploads, whatever server it hangs in: those of slots, and those of a route
// that the application has written itself.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/index.ts'
import type { Received, UploadedFile } from '../../src/index.ts'
import { createGround } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { describeClient } from './door-client.ts'
import type { Door, DoorReply, StartDoor } from './door.ts'
import { onePixel } from '../support/one-pixel.ts'
import { exchange } from '../support/raw-http.ts'

/** The route that an application has written itself, for {@link Door.ownRoute}. */
export const ownRoute = {
  path: '/own-route',
  limits: { maxBytes: 200_000, accept: ['image/*', 'text/plain'] },
  /** What it answers as JSON. */
  use: async ({ file, fields }: Received) => ({
    ...(await keep(file)),
    fields: Object.fromEntries(fields),
  }),
} as const

async function keep(file: UploadedFile) {
  return { name: await file.save(`kept/${file.name}`), sizeBytes: file.sizeBytes }
}

/** Runs the battery of uploads over a door. */
export function describeDoorUploads(name: string, start: StartDoor): void {
  describe(`${name}, uploads`, () => {
    let ground: Ground
    let door: Door
    let kindCount = 0

    beforeAll(async () => {
      ground = await createGround()
      door = await start((options) =>
        ground.create({ sweepSeconds: 0, durable: false, ...options }),
      )
    })

    afterAll(async () => {
      await door.files.close()
      expect(await spooled()).toEqual([])
      await door.close()
      await ground.remove()
    })

    const spooled = () => readdir(door.files.storage.spoolFolder).catch((): string[] => [])
    const saved = (file: string) => readFile(join(ground.root, file))

    function define(definition: Partial<Parameters<typeof door.files.slot>[1]> = {}) {
      return door.files.slot(`kind-${++kindCount}`, {
        handler: ({ file }) => keep(file),
        ...definition,
      })
    }

    async function put(path: string, body: Uint8Array, headers: Record<string, string> = {}) {
      return door.ask({ method: 'PUT', path, body, headers })
    }

    describe('of a slot', () => {
      it('comes as a form, its text fields beside it', async () => {
        const kind = define({
          handler: async ({ file, fields }) => ({
            ...(await keep(file)),
            title: new URLSearchParams(fields as URLSearchParams).get('title'),
          }),
        })
        const { body, headers } = form(ground.bigBytes)
        const reply = await door.ask({ method: 'POST', path: await kind.url(), body, headers })
        expect(jsonOf(reply)).toEqual({
          name: 'kept/me.png',
          sizeBytes: ground.bigBytes.length,
          title: 'Me',
        })
        expect((await saved('kept/me.png')).equals(ground.bigBytes)).toBe(true)
      })

      it.each([
        ['application/octet-stream', 'PUT'],
        ['application/json', 'PUT'],
        ['application/json', 'POST'],
        ['text/plain; charset=utf-8', 'PUT'],
        ['image/png', 'POST'],
        [null, 'PUT'],
      ])(
        'comes as the bare bytes, whatever others would read of them: %s by %s',
        async (type, method) => {
          const body = Buffer.from('{"a": [1, 2, 3]}')
          const headers: Record<string, string> = type === null ? {} : { 'content-type': type }
          const path = `${await define().url()}?filename=bare-${kindCount}.txt`
          const reply = await door.ask({ method, path, body, headers })
          expect(jsonOf(reply)).toEqual({
            name: `kept/bare-${kindCount}.txt`,
            sizeBytes: body.length,
          })
          expect(await saved(`kept/bare-${kindCount}.txt`)).toEqual(body)
        },
      )

      it('comes in pieces by tus, and tells where it stands', async () => {
        const kind = define()
        const tus = { 'tus-resumable': '1.0.0' }
        const bytes = ground.bigBytes.subarray(0, 300_000)
        const created = await door.ask({
          method: 'POST',
          path: await kind.url(),
          headers: {
            ...tus,
            'upload-length': String(bytes.length),
            'upload-metadata': `filename ${Buffer.from('tus.bin').toString('base64')}`,
          },
          body: Buffer.alloc(0),
        })
        expect(created.status).toBe(201)
        const path = created.headers['location'] ?? ''
        for (const [from, to] of [
          [0, 100_000],
          [100_000, 300_000],
        ] as const) {
          const head = await door.ask({ method: 'HEAD', path, headers: tus })
          expect(head.headers['upload-offset']).toBe(String(from))
          const piece = await door.ask({
            method: 'PATCH',
            path,
            headers: {
              ...tus,
              'upload-offset': String(from),
              'content-type': 'application/offset+octet-stream',
            },
            body: bytes.subarray(from, to),
          })
          expect(piece).toMatchObject({ status: 204, headers: { 'upload-offset': String(to) } })
        }
        expect((await saved('kept/tus.bin')).equals(bytes)).toBe(true)
      })

      it("comes by the IETF's protocol", async () => {
        const headers = { 'upload-draft-interop-version': '8', 'upload-complete': '?1' }
        const path = `${await define().url()}?filename=ietf.txt`
        const reply = await door.ask({ method: 'POST', path, body: Buffer.from('hello'), headers })
        expect(jsonOf(reply)).toEqual({ name: 'kept/ietf.txt', sizeBytes: 5 })
      })

      describeClient(() => door, define)

      it('comes once: the slot is then as if it had never been', async () => {
        const path = await define().url()
        const body = Buffer.from('once')
        expect((await put(path, body)).status).toBe(200)
        const again = await put(path, body)
        const forged = await put(`${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`, body)
        expect(again.status).toBe(404)
        expect(again).toEqual(forged)
      })

      it('that is too large is a 413, also while its sender writes on, and the slot is open', async () => {
        const kind = define({ maxBytes: 1000 })
        const { url, id } = await kind.create()
        expect((await put(url, ground.bigBytes)).status).toBe(413)
        expect((await kind.status(id))?.state).toBe('open')
        expect((await put(url, Buffer.from('small'))).status).toBe(200)
      })

      it('that is refused unread leaves its connection for the next request', async ({ skip }) => {
        if (door.connect === null) skip('this door speaks HTTP/2, or stands behind a proxy')
        const link = await door.files.url('ten.bin')
        const path = `${await define().url()}x`
        const head = `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${ground.bigBytes.length}\r\n\r\n`
        const next = `GET ${link} HTTP/1.1\r\nHost: x\r\n\r\n`
        const both = Buffer.concat([Buffer.from(head), ground.bigBytes, Buffer.from(next)])
        const socket = (await door.connect?.()) ?? expect.unreachable()
        const { replies, isBroken } = await exchange(socket, both, ['PUT', 'GET'])
        socket.destroy()
        expect(replies.map(({ status }) => status)).toEqual([404, 200])
        expect(isBroken).toBe(false)
      })

      it('of a wrong type is a 415, as a form and bare', async () => {
        const path = await define({ accept: ['image/png'] }).url()
        const { body, headers } = form(Buffer.from('no picture'))
        expect((await door.ask({ method: 'POST', path, body, headers })).status).toBe(415)
        const bare = await put(path, Buffer.from('no picture'), { 'content-type': 'text/plain' })
        expect(bare.status).toBe(415)
      })

      it('is answered with what its handler rejects it with, or a bare 500', async () => {
        const rejecting = define({
          handler() {
            throw new SlotRejection('Another picture, please.', { status: 422 })
          },
        })
        const rejected = await put(await rejecting.url(), Buffer.from('x'))
        expect([rejected.status, rejected.body.toString().trim()]).toEqual([
          422,
          'Another picture, please.',
        ])
        const failing = define({
          handler() {
            throw new Error('a secret of the database')
          },
        })
        const failed = await put(await failing.url(), Buffer.from('x'))
        expect(failed.status).toBe(500)
        expect(failed.body.toString()).not.toContain('secret')
      })

      it('by another method is a 405, and a preflight is answered', async () => {
        const path = await define().url()
        expect((await door.ask({ method: 'GET', path })).status).toBe(405)
        const headers = { origin: 'https://app.example', 'access-control-request-method': 'PUT' }
        const preflight = await door.ask({ method: 'OPTIONS', path, headers })
        expect(preflight.headers['access-control-allow-origin']).toBe('*')
      })

      it('that breaks off leaves nothing behind, and the slot open', async ({ skip }) => {
        if (door.connect === null) skip('this door speaks HTTP/2, or stands behind a proxy')
        const kind = define()
        const { url, id } = await kind.create()
        const socket = (await door.connect?.()) ?? expect.unreachable()
        socket.on('error', () => {})
        socket.write(`PUT ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n`)
        socket.write(ground.bigBytes)
        await expect.poll(spooled).not.toEqual([])
        socket.destroy()
        await expect.poll(spooled).toEqual([])
        await expect.poll(async () => (await kind.status(id))?.state).toBe('open')
        expect((await put(url, Buffer.from('whole'))).status).toBe(200)
      })
    })

    describe('of a route of its own', () => {
      async function send(body: Uint8Array, headers: Record<string, string>) {
        return door.ask({ method: 'POST', path: door.ownRoute ?? '', body, headers })
      }

      it('comes as a form', async ({ skip }) => {
        if (door.ownRoute === undefined) skip('this door has no framework around it')
        const { body, headers } = form(Buffer.from('my picture'), 'text/plain')
        const reply = await send(body, headers)
        expect(reply.status).toBeLessThan(300)
        expect(jsonOf(reply)).toMatchObject({ sizeBytes: 10, fields: { title: 'Me' } })
      })

      it('comes as the bare bytes', async ({ skip }) => {
        if (door.ownRoute === undefined) skip('this door has no framework around it')
        const reply = await send(onePixel, { 'content-type': 'image/png' })
        expect(jsonOf(reply)).toMatchObject({ sizeBytes: onePixel.length })
      })

      it("that is refused gets its status from the framework's own error handler", async ({
        skip,
      }) => {
        if (door.ownRoute === undefined) skip('this door has no framework around it')
        const large = form(ground.bigBytes, 'text/plain')
        expect((await send(large.body, large.headers)).status).toBe(413)
        const wrong = form(Buffer.from('%PDF-1.7 '), 'application/pdf')
        expect((await send(wrong.body, wrong.headers)).status).toBe(415)
        const cut = form(Buffer.from('x'), 'text/plain')
        expect((await send(cut.body.subarray(0, -9), cut.headers)).status).toBe(400)
        const empty = await send(Buffer.alloc(0), { 'content-type': 'text/plain' })
        expect(empty.status).toBe(400)
      })

      it('that breaks off leaves nothing behind', async ({ skip }) => {
        if (door.connect === null || door.ownRoute === undefined)
          skip('this door has no framework around it, or no bare connection')
        const socket = (await door.connect?.()) ?? expect.unreachable()
        socket.on('error', () => {})
        socket.write(
          `POST ${door.ownRoute} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 200000\r\n\r\n`,
        )
        socket.write(Buffer.alloc(100_000, 'a'))
        await expect.poll(spooled).not.toEqual([])
        socket.destroy()
        await expect.poll(spooled).toEqual([])
      })
    })
  })
}

/** A form as browsers send it: a text field and a file. */
function form(file: Uint8Array, type = 'image/png') {
  const boundary = 'a-boundary-of-the-battery'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nMe\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="me.png"\r\nContent-Type: ${type}\r\n\r\n`
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}

function jsonOf(reply: DoorReply): unknown {
  const text = reply.body.toString()
  if (reply.status >= 300) throw new Error(`${reply.status} ${text}`)
  return JSON.parse(text)
}
