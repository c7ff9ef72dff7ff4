// What django-titofisto gets wrong about time, and what it leaves out for caches and players: each
// row of docs/weaknesses.md under "Caching and downloads", shown to be gone.

import { execFile } from 'node:child_process'
import { readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { createGround, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startFileServer } from '../support/file-server.ts'
import type { FileServer } from '../support/file-server.ts'

const startMs = 1_700_000_000_000
let nowMs = startMs
let ground: Ground
let files: Titofisto<LocalStorage>
let server: FileServer
const timeZone = process.env['TZ']

beforeEach(async () => {
  nowMs = startMs
  ground = await createGround()
  await start()
})

afterEach(async () => {
  setTimeZone(timeZone)
  await server.close()
  await ground.remove()
})

async function start(options: Partial<TitofistoOptions> = {}) {
  files = ground.create({ now: () => nowMs, ...options })
  server = await startFileServer((req, res) => void files.handler(req, res))
}

async function restart(options: Partial<TitofistoOptions>) {
  await server.close()
  await start(options)
}

async function statusOf(path: string) {
  return (await server.get(path)).status
}

function setTimeZone(zone: string | undefined) {
  if (zone === undefined) delete process.env['TZ']
  else process.env['TZ'] = zone
}

async function setTime(name: string, isoTime: string) {
  const seconds = Date.parse(isoTime) / 1000
  await utimes(join(ground.root, name), seconds, seconds)
}

describe('a download', () => {
  it('no-range-no-cache: tells its validators and how long it may be kept, and how to go on with it', async () => {
    const url = await files.url('ten.bin', { expiresIn: 600 })
    const reply = await server.get(url)
    expect(reply.header('accept-ranges')).toBe('bytes')
    expect(reply.header('cache-control')).toBe('private, max-age=600, immutable')
    const etag = reply.header('etag') ?? ''
    const lastModified = reply.header('last-modified') ?? ''
    expect(etag).toMatch(/^"[^"]+"$/)
    expect(Date.parse(lastModified)).not.toBeNaN()

    expect(await statusOf(url)).toBe(200)
    expect((await server.get(url, { 'If-None-Match': etag })).status).toBe(304)
    expect((await server.get(url, { 'If-Modified-Since': lastModified })).status).toBe(304)
    expect((await server.get(url, { 'If-None-Match': '"other"' })).status).toBe(200)
    const resumed = await server.get(url, { Range: 'bytes=7-', 'If-Range': etag })
    expect([resumed.status, resumed.header('content-range')]).toEqual([206, 'bytes 7-9/10'])
    expect(resumed.body).toEqual(tenBytes.subarray(7))
    // What was begun with another version is sent again whole.
    const changed = await server.get(url, { Range: 'bytes=7-', 'If-Range': '"other"' })
    expect([changed.status, changed.body]).toEqual([200, tenBytes])
  })

  it('url-every-second: a page drawn again within stableSeconds shows the same URLs', async () => {
    async function countUrls() {
      const urls = new Set<string>()
      for (let second = 0; second < 60; second++) {
        nowMs = startMs + second * 1000
        urls.add(await files.url('ten.bin'))
      }
      return urls.size
    }
    expect(await countUrls()).toBe(60)
    await restart({ stableSeconds: 3600 })
    // Once in its hour the URL changes, and the hours of files begin at different times.
    expect(await countUrls()).toBeLessThanOrEqual(2)
    expect(await statusOf(await files.url('ten.bin'))).toBe(200)
  })
})

describe('the end of a link', () => {
  it('expiry-early: comes no sooner than promised, at whatever millisecond the link was made', async () => {
    for (const expiresIn of [1, 2, 3600])
      for (const stableSeconds of [0, 300])
        for (const fractionMs of [0, 1, 250, 500, 998, 999]) {
          nowMs = startMs + fractionMs
          const url = await files.url('ten.bin', { expiresIn, stableSeconds })
          nowMs += expiresIn * 1000
          expect(await statusOf(url), `${expiresIn} s from .${fractionMs}`).toBe(200)
          nowMs += 1000 * (1 + stableSeconds)
          expect(await statusOf(url), `${expiresIn} s from .${fractionMs}`).toBe(404)
        }
  })

  it('dst-fold: does not depend on a clock that goes back: an hour apart is another version', async () => {
    setTimeZone('Europe/Berlin')
    // Both are 02:30 on the wall, before and after the clocks are set back.
    const [summer, winter] = ['2024-10-27T00:30:00Z', '2024-10-27T01:30:00Z']
    expect(new Date(summer).getHours()).toBe(new Date(winter).getHours())
    for (const interop of [{}, { interop: 'django', timeZone: 'UTC' }] as const) {
      await restart(interop)
      await setTime('ten.bin', summer)
      const url = await files.url('ten.bin')
      expect(await statusOf(url)).toBe(200)
      await setTime('ten.bin', winter)
      expect(await statusOf(url)).toBe(404)
    }
    // Only who asks for the original's naive times gets them, to the letter.
    await restart({ interop: 'django', timeZone: 'Europe/Berlin' })
    const naive = await files.url('ten.bin')
    const native = await files.url('ten.bin', { tokenFormat: 'native' })
    await setTime('ten.bin', summer)
    expect([await statusOf(naive), await statusOf(native)]).toEqual([200, 404])
  })

  it('tz-change: does not come with another time zone, nor on a server in another one', async () => {
    const made: string[] = []
    const zones = ['Asia/Tokyo', 'America/New_York', 'UTC', 'Australia/Lord_Howe']
    for (const zone of zones) {
      setTimeZone(zone)
      for (const interop of [
        {},
        { interop: 'django' },
        { interop: 'django', timeZone: 'Asia/Tokyo' },
      ])
        made.push(await ground.create({ now: () => nowMs, ...interop } as object).url('ten.bin'))
    }
    expect(new Set(zones.map(offsetOf)).size).toBe(4)
    // One link of each kind, wherever it was made.
    expect(new Set(made).size).toBe(3)
    setTimeZone('Europe/Berlin')
    const native = made.filter((url) => !url.includes(':'))
    for (const url of native) expect(await statusOf(url)).toBe(200)
  })
})

describe('the version of a file', () => {
  it('mtime-float: is another one a microsecond later, in any year', async () => {
    const path = join(ground.root, 'ten.bin')
    for (const isoTime of ['1970-01-01', '2001-09-09', '2023-11-14', '2038-01-19', '2105-02-03']) {
      const urls: string[] = []
      for (const fraction of ['123455999', '123456000', '123457000', '123458001']) {
        await touch(path, `${isoTime} 12:34:56.${fraction}`)
        urls.push(await files.url('ten.bin'))
        expect(await statusOf(urls.at(-1) ?? '')).toBe(200)
      }
      expect(new Set(urls).size, isoTime).toBe(4)
      for (const url of urls.slice(0, -1)) expect(await statusOf(url)).toBe(404)
    }
  })

  it('mtime-float: is another one within the microsecond too, once the length or versionOf tells', async () => {
    const path = join(ground.root, 'ten.bin')
    const times = ['.123456001', '.123456002'].map((fraction) => `2023-11-14 12:34:56${fraction}`)
    const [first = '', second = ''] = times
    await touch(path, first)
    const url = await files.url('ten.bin')
    await writeFile(path, Buffer.concat([await readFile(path), tenBytes]))
    await touch(path, second)
    expect(await statusOf(url)).toBe(404)

    await restart({ versionOf: (facts) => `${facts.mtimeNs}-${facts.sizeBytes}` })
    const exact = await files.url('ten.bin')
    expect(await statusOf(exact)).toBe(200)
    await touch(path, first)
    expect(await statusOf(exact)).toBe(404)
  })
})

/** Sets the time to the nanosecond, as Node's own utimes can't. */
async function touch(path: string, time: string) {
  await promisify(execFile)('touch', ['-d', `${time} UTC`, path])
}

function offsetOf(zone: string) {
  setTimeZone(zone)
  return new Date(startMs).getTimezoneOffset()
}
