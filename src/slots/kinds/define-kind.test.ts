import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineSlotKind } from './define-kind.ts'
import { SlotRejection } from '../handling/slot-rejection.ts'
import { createSlotRecord } from '../record/lifecycle.ts'
import { parseSlotId } from '../record/slot.ts'

const defaults = { expiresInSeconds: 3600, durable: true }
const handler = (): void => {}

describe('a kind of slot', () => {
  it('has the limits that the docs list', () => {
    expect(defineSlotKind('file', { handler }, defaults)).toMatchObject({
      name: 'file',
      expiresInSeconds: 3600,
      idempotent: false,
      durable: true,
      handlerTimeoutMs: 60_000,
      replayMs: 600_000,
      limits: {
        maxBytes: 104_857_600,
        minBytes: 1,
        maxFiles: 1,
        maxFields: 20,
        maxFieldBytes: 65_536,
        accept: null,
        idleTimeoutMs: 30_000,
        totalTimeoutMs: 21_600_000,
        minBytesPerSecond: 1024,
      },
    })
  })

  it('takes what it is given, with media types in lower case', () => {
    const definition = { handler, maxBytes: 5, accept: ['Image/PNG', 'video/*'], durable: false }
    expect(defineSlotKind('file', definition, defaults)).toMatchObject({
      durable: false,
      limits: { maxBytes: 5, accept: ['image/png', 'video/*'] },
    })
  })

  it('takes suffixes in any case, and types without their parameters', () => {
    const accept = ['.CSV', '.tar.gz', 'Text/Plain; charset=utf-8', '*/*']
    expect(defineSlotKind('file', { handler, accept }, defaults).limits.accept).toEqual([
      '.csv',
      '.tar.gz',
      'text/plain',
      '*/*',
    ])
  })

  it.each<[string, object, RegExp]>([
    ['an option that is none', { maxByte: 5 }, /"file".*"maxByte".*"maxBytes"/],
    ['a limit that is no number', { maxBytes: '5' }, /"file".*"maxBytes"/],
    ['a limit below its least', { maxFiles: 0 }, /"file".*"maxFiles".*from 1/],
    ['a time of nothing', { expiresIn: 0 }, /"file".*"expiresIn".*above 0/],
    ['a time that is NaN', { idleTimeoutSeconds: Number.NaN }, /"file".*"idleTimeoutSeconds"/],
    ['a least above the most', { minBytes: 6, maxBytes: 5 }, /"file".*"minBytes".*"maxBytes"/],
    ['a type that is none', { accept: ['png'] }, /"file".*"accept".*image\/png/],
    ['a pattern that fits nothing', { accept: ['*/png'] }, /"file".*"accept".*image\/png/],
    ['a pattern of a shell', { accept: ['*.csv'] }, /"file".*"accept".*"\.csv"/],
    ['a suffix without letters', { accept: ['.'] }, /"file".*"accept".*"\.csv"/],
    ['a suffix that is a path', { accept: ['./a'] }, /"file".*"accept".*"\.csv"/],
    ['a parameter alone', { accept: [';q=1'] }, /"file".*"accept"/],
    ['half a subtype', { accept: ['image/p*'] }, /"file".*"accept".*image\/png/],
    ['no types at all', { accept: [] }, /"file".*"accept"/],
    ['a schema that is none', { args: { userId: 'string' } }, /"file".*"args".*Standard Schema/],
    ['no handler', { handler: undefined }, /"file".*"handler"/],
    ['a switch that is no boolean', { idempotent: 1 }, /"file".*"idempotent"/],
  ])('refuses %s, naming the kind and the option', (_, wrong, message) => {
    expect(() => defineSlotKind('file', { handler, ...wrong }, defaults)).toThrow(message)
  })

  it.each(['', '1st', 'a b', 'a/b', 'x'.repeat(65)])('is not called %j', (name) => {
    expect(() => defineSlotKind(name, { handler }, defaults)).toThrow(TypeError)
  })

  it("knows the types of its handler's arguments from the schema", () => {
    defineSlotKind(
      'typed',
      {
        args: z.object({ userId: z.string(), size: z.number().default(1) }),
        handler({ args }) {
          const { userId, size }: { userId: string; size: number } = args
          return { userId, size }
        },
      },
      defaults,
    )
  })
})

describe('a SlotRejection', () => {
  it('is final and a 422 unless it says otherwise', () => {
    expect(new SlotRejection('No.')).toMatchObject({ status: 422, retry: false, message: 'No.' })
  })

  it.each([200, 399, 500, 4.5])('refuses the status %d', (status) => {
    expect(() => new SlotRejection('No.', { status })).toThrow(RangeError)
  })

  it.each([408, 409, 423, 425, 429])(
    'takes the status %d, which invites another try, only with retry',
    (status) => {
      expect(() => new SlotRejection('No.', { status })).toThrow(RangeError)
      expect(new SlotRejection('No.', { status, retry: true }).status).toBe(status)
    },
  )
})

describe("a slot's id", () => {
  it.each([
    '',
    'a'.repeat(22),
    `${'a'.repeat(21)}B`,
    `../${'a'.repeat(18)}A`,
    `${'a'.repeat(22)}A`,
  ])('is not %j', (text) => {
    expect(parseSlotId(text)).toBeNull()
  })

  it('is 128 bits as base64url, and only in its canonical form', () => {
    for (const last of 'AQgw') expect(parseSlotId(`${'a'.repeat(21)}${last}`)).not.toBeNull()
  })

  it('is all that a new record has of its own but what it was minted with', () => {
    const id = parseSlotId(`${'a'.repeat(21)}A`)
    if (id === null) throw new Error('this is an id')
    const policy = { maxBytes: 1, minBytes: 0, maxFiles: 1, accept: null }
    const record = createSlotRecord({ id, kind: 'file', args: null, policy, expiresMs: 2 }, 1)
    expect(JSON.parse(JSON.stringify(record))).toEqual(record)
  })
})
