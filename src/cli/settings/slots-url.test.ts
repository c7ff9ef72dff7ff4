import { describe, expect, it } from 'vitest'
import { CliFailure } from '../cli-failure.ts'
import { maskSlotsUrl, parseSlotsUrl } from './slots-url.ts'

const source = '--slots'

describe("a URL of slots' engine", () => {
  it.each([
    ['redis://cache.example', 'redis', 'Redis at cache.example'],
    ['rediss://user:word@cache.example:6380/1', 'redis', 'Redis at cache.example:6380'],
    ['postgres://app:word@[::1]:5432/db', 'postgres', 'PostgreSQL at [::1]:5432'],
    ['postgresql:///db?host=/run/postgresql', 'postgres', 'PostgreSQL at /run/postgresql'],
    ['postgres:///db', 'postgres', 'PostgreSQL at its usual place'],
  ])('%s is shown without user and password', (text, engine, shown) => {
    expect(parseSlotsUrl({ text, source })).toEqual({ engine, shown, url: text })
  })

  it.each([
    ['valkey://cache.example/2', 'redis://cache.example/2'],
    ['valkeys://cache.example', 'rediss://cache.example'],
  ])('%s is given to a client that knows Redis alone', (text, url) => {
    expect(parseSlotsUrl({ text, source })).toMatchObject({ engine: 'redis', url })
  })

  it.each(['', 'hunter2', 'ftp://x:hunter2@host', '//x:hunter2@host', 'redis//hunter2'])(
    '%j is refused, and not repeated',
    (text) => {
      const parse = () => parseSlotsUrl({ text, source })
      expect(parse).toThrow(CliFailure)
      expect(parse).toThrow(/^--slots must be a URL such as redis:/)
      expect(parse).not.toThrow(/hunter2/)
    },
  )
})

describe('a password that ends the URL’s host', () => {
  it.each(['#', '/', '?'])(
    'by %j is asked for in other letters, and no half of it is shown',
    (end) => {
      const parse = () => parseSlotsUrl({ text: `postgres://ann:2026${end}hunter2@h/db`, source })
      expect(parse).toThrow(/^--slots must have "\/", .* as %2F/)
      expect(parse).not.toThrow(/2026|hunter2/)
    },
  )

  it('is taken where it is encoded, and so are an @ of a user and of a database', () => {
    const text = 'postgres://ann:2026%23x%40@h/d%40b?user=ann@azure'
    expect(parseSlotsUrl({ text, source }).url).toBe(text)
  })
})

describe('the password in it', () => {
  it.each([
    ['redis://:hunter2@h', 'redis://:***@h'],
    ['redis://ann:hunter2@h:1/2', 'redis://ann:***@h:1/2'],
    ['postgres://ann:hunter2@h/db?sslmode=require', 'postgres://ann:***@h/db?sslmode=require'],
    ['postgres://h/db?user=ann&password=hunter2', 'postgres://h/db?user=ann&password=***'],
    [
      'postgres://h/db?password=&user=ann&password=hunter2',
      'postgres://h/db?password=***&user=ann',
    ],
  ])('%s is left out of notes, and asked for where it was', (text, masked) => {
    expect(maskSlotsUrl(text)).toBe(masked)
    const parse = () => parseSlotsUrl({ text: masked, source })
    expect(parse).toThrow(/wants a password.*give TITOFISTO_SLOTS as the server has it/)
  })

  it('may be missing: then the URL stays as it is', () => {
    for (const text of ['redis://h:1/2', 'postgres://ann@h/db'])
      expect(maskSlotsUrl(text)).toBe(text)
  })
})
