// The types as users meet them: what the compiler says about programs of theirs.

import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createLocalStorage, createTitofisto } from '../../src/index.ts'
import type {
  PlatformRequest,
  SlotKind,
  SlotTicket,
  Titofisto,
  UploadResult,
} from '../../src/index.ts'

let root = ''
let files: Titofisto

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'titofisto-types-'))
  const secret = 'a secret of many letters, for types alone'
  files = createTitofisto({ secret, storage: createLocalStorage({ root }) })
})

afterEach(async () => {
  await files.close()
  await rm(root, { recursive: true })
})

describe('the types of a slot', () => {
  it('give its handler what its schemas give out, and its minter what they take in', async () => {
    const album = files.slot('album', {
      args: z.object({ userId: z.string(), size: z.string().transform(Number) }),
      fields: z.object({ title: z.string() }),
      handler({ args, fields }) {
        expectTypeOf(args).toEqualTypeOf<{ userId: string; size: number }>()
        expectTypeOf(fields).toEqualTypeOf<{ title: string }>()
      },
    })
    expectTypeOf<typeof album.url>().parameter(0).toEqualTypeOf<{ userId: string; size: string }>()
    // @ts-expect-error -- the schema wants arguments
    await expect(album.url()).rejects.toMatchObject({ code: 'slot-args-invalid' })
  })

  it('take the name of a type in place of a schema', async () => {
    const inbox = files.slot<{ userId: string }>('inbox', {
      handler({ args, fields }) {
        expectTypeOf(args).toEqualTypeOf<{ userId: string }>()
        expectTypeOf(fields).toEqualTypeOf<URLSearchParams>()
      },
    })
    expectTypeOf<typeof inbox.url>().parameter(0).toEqualTypeOf<{ userId: string }>()
    // @ts-expect-error -- the type wants arguments; nothing checks that while it runs
    expect(await inbox.url()).toContain('/upload/')
    // @ts-expect-error -- of another type
    expect(await inbox.url({ userId: 15 })).toContain('/upload/')
  })

  it('know of arguments that nobody described no more than that they are JSON', async () => {
    const inbox = files.slot('inbox', {
      handler({ args }) {
        // @ts-expect-error -- must be looked at first
        void args.userId
      },
    })
    expect(await inbox.url()).toContain('/upload/')
    expect(await inbox.url({ any: ['JSON', 1, null] })).toContain('/upload/')
  })

  it('refuse a schema that is none', () => {
    // @ts-expect-error -- no schema
    const define = () => files.slot('inbox', { args: { userId: 'string' }, handler() {} })
    expect(define).toThrow(TypeError)
  })

  it('say what the request of a handler and of bindOf may be', () => {
    files.slot('inbox', {
      handler({ request }) {
        expectTypeOf(request).toEqualTypeOf<PlatformRequest | null>()
        if (request instanceof Request) expectTypeOf(request.url).toEqualTypeOf<string>()
        else expectTypeOf(request).toEqualTypeOf<IncomingMessage | Http2ServerRequest | null>()
      },
    })
    createTitofisto({
      secret: 'a secret of many letters, for types alone',
      storage: files.storage,
      bindOf: (request) => (request instanceof Request ? null : request.headers.cookie),
    })
  })

  it('tell the other side what the handler answers', () => {
    const avatar = files.slot('avatar', {
      async handler({ file }) {
        const url = await files.url(await file.save('avatars/1.png'))
        return { url, at: new Date(), sizes: [1, 2], note: undefined, show() {} }
      },
    })
    expectTypeOf<UploadResult<typeof avatar>>().toEqualTypeOf<{
      url: string
      at: string
      sizes: number[]
      note: undefined
    }>()
    const silent = files.slot('silent', { handler() {} })
    expectTypeOf<UploadResult<typeof silent>>().toEqualTypeOf<undefined>()
    const own = files.slot('own', { handler: () => new Response('Hello') })
    expectTypeOf<UploadResult<typeof own>>().toEqualTypeOf<unknown>()
    const either = files.slot('either', {
      handler: ({ file }) => (file.sizeBytes > 9 ? { name: 'a' } : null),
    })
    expectTypeOf<UploadResult<typeof either>>().toEqualTypeOf<{ name: string } | null>()
  })

  it('let a kind of any arguments be held as a kind', () => {
    const kind: Pick<SlotKind, 'name' | 'status'> = files.slot<{ a: 1 }>('a', { handler() {} })
    expectTypeOf(kind.name).toEqualTypeOf<string>()
    expectTypeOf(files.slots.mint).returns.resolves.toEqualTypeOf<SlotTicket>()
  })
})
