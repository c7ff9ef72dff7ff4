// Attacks on this kind of software, each under its number in our list of threats, and what SECURITY.md
// promises: tokens, links and who reads them. The numbers that are not here belong to uploads.

import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { redact } from '../../src/redact.ts'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { createKeyring } from '../../src/token/keyring.ts'
import { secret, settle, tenBytes } from '../support/file-ground.ts'
import { readVersion, signAnything, startMs, useStage, withoutDate } from '../support/stage.ts'

const stage = useStage()

describe('threat 8: unsigned parameters that change the answer', () => {
  it('all terms are in the token, and no other parameter does anything', async () => {
    const url = await stage.files.url('page.html')
    const plain = await stage.server.get(url)
    for (const more of [
      'response-content-type=text/html',
      'response-content-disposition=inline',
      'inline=1',
      'download=x.html',
      'disposition=inline',
      'contentType=text/html',
      'expiresIn=99999',
    ]) {
      const reply = await stage.server.get(`${url}&${more}`)
      expect(withoutDate(reply.headers)).toEqual(withoutDate(plain.headers))
    }
  })

  it('terms put into a token by hand spoil its signature', async () => {
    const [place, token = ''] = (await stage.files.url('page.html')).split('=')
    const [issued, signature] = token.split('.')
    for (const terms of ['i', 'd', 'e99999', 'tdGV4dC9odG1s', 'e99999.i'])
      await stage.expectNothing(`${place}=${issued}.${terms}.${signature}`)
  })
})

describe('threat 9: borders within what is signed', () => {
  it('two subjects never sign one text, whatever is in them', async () => {
    // With no borders, ("ab", "c") and ("a", "bc") sign alike; with `//` or `:`, names that hold them do.
    const pairs = [
      [
        { name: 'ab', version: 'c' },
        { name: 'a', version: 'bc' },
      ],
      [
        { name: 'a//b', version: 'c' },
        { name: 'a', version: 'b//c' },
      ],
      [
        { name: 'a:b', version: 'c' },
        { name: 'a', version: 'b:c' },
      ],
      [
        { name: 'a.e5', version: 'c' },
        { name: 'a', version: 'e5.c' },
      ],
    ] as const
    for (const [one, other] of pairs)
      expect(signAnything(one.name, one.version)).not.toBe(signAnything(other.name, other.version))
    expect(() => signAnything('a\nb', 'c')).toThrow(/line feed/)
    expect(() => signAnything('a', 'b\nc')).toThrow(/line feed/)
  })

  it('a name with all that ends a URL has a link to itself alone', async () => {
    const name = 'a?titofisto_token=x&expires=9#f%41.txt'
    await writeFile(join(stage.ground.root, name), 'odd')
    expect((await stage.server.get(await stage.files.url(name))).body.toString()).toBe('odd')
  })

  it('nothing can be added behind what was signed (length extension)', async () => {
    const url = await stage.files.url('ten.bin')
    for (const more of ['%80', '%00', '.', 'A', '=', '%0a'])
      await stage.expectNothing(url.replace('?', `${more}?`))
  })
})

describe('threat 10: other spellings of one token', () => {
  it('only the one spelling is taken', async () => {
    const url = await stage.files.url('ten.bin')
    const [place, token = ''] = url.split('=')
    const [issued = '', signature = ''] = token.split('.')
    const last = signature.slice(-1)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // The last character has two bits that no byte needs: three more characters decode alike.
    const index = alphabet.indexOf(last)
    const alike = [1, 2, 3].map((bits) => signature.slice(0, -1) + alphabet[index ^ bits])
    for (const each of alike) {
      expect(Buffer.from(each, 'base64url')).toEqual(Buffer.from(signature, 'base64url'))
      await stage.expectNothing(`${place}=${issued}.${each}`)
    }
    for (const each of [
      `${token}=`,
      `${token}%3D`,
      `0${token}`,
      `+${token}`,
      `%20${token}`,
      `${token}%20`,
      `${token}%0a`,
      token.replaceAll('-', '+').replaceAll('_', '/') === token
        ? `${token}.`
        : token.replaceAll('-', '%2B').replaceAll('_', '%2F'),
      token.toUpperCase(),
      `${issued}.${signature}.${signature}`,
    ])
      await stage.expectNothing(`${place}=${each}`)
    expect(await stage.statusOf(url)).toBe(200)
  })
})

describe('threat 11: the time that a comparison takes', () => {
  it('does not tell how much of a signature is right', () => {
    // Whole runs of both kinds, taken in turn: the fastest of many says what the work itself costs.
    const keyring = createKeyring([secret], 'media')
    const right = keyring.sign('text')
    const early = (right.startsWith('A') ? 'B' : 'A') + right.slice(1)
    const late = right.slice(0, -1) + (right.endsWith('A') ? 'E' : 'A')
    const fastest = { early: Infinity, late: Infinity }
    const isAlike = () => Math.abs(Math.log(fastest.late / fastest.early)) < Math.log(1.4)
    // On a busy machine it takes longer until both have had a moment for themselves.
    for (let round = 0; round < 200 || (round < 20_000 && !isAlike()); round++)
      for (const [kind, signature] of [
        ['early', early],
        ['late', late],
      ] as const) {
        const startNs = process.hrtime.bigint()
        for (let times = 0; times < 200; times++) keyring.verify('text', signature)
        fastest[kind] = Math.min(fastest[kind], Number(process.hrtime.bigint() - startNs))
      }
    expect(isAlike()).toBe(true)
  })
})

describe('threat 12: a parameter twice, or as an array', () => {
  it("twice is refused, whichever is good; other parsers' arrays are other names", async () => {
    const url = await stage.files.url('ten.bin')
    const [place, query = ''] = url.split('?')
    const token = query.split('=')[1] ?? ''
    for (const each of [
      `${query}&${query}`,
      `titofisto_token=x&${query}`,
      `${query}&titofisto_token`,
      `${query}&titofisto%5Ftoken=x`,
      `titofisto_token[]=${token}`,
      `titofisto_token[0]=${token}`,
      `TITOFISTO_TOKEN=${token}`,
      `x;${query}`,
    ])
      await stage.expectNothing(`${place}?${each}`)
    expect(await stage.statusOf(`${url}&titofisto_token[]=x&utm_source=mail`)).toBe(200)
  })
})

describe('threat 13: a token made for something else', () => {
  it("a slot's signature opens no file, and a plain HMAC of the secret neither", async () => {
    const version = await readVersion(join(stage.ground.root, 'ten.bin'))
    const slotToken = signAnything('ten.bin', version, 'slot')
    await stage.expectNothing(`/media/ten.bin?titofisto_token=${slotToken}`)
    const head = slotToken.split('.')[0] ?? ''
    const text = `titofisto.v1\nten.bin\n${version}\n${head}`
    const plain = createHmac('sha256', secret).update(text).digest('base64url')
    await stage.expectNothing(`/media/ten.bin?titofisto_token=${head}.${plain}`)
    expect(
      await stage.statusOf(`/media/ten.bin?titofisto_token=${signAnything('ten.bin', version)}`),
    ).toBe(200)
  })
})

describe('threat 14: answers that tell what is there', () => {
  it('ranges and conditions get the one 404 before a token is good', async () => {
    for (const name of ['ten.bin', 'gone.bin', 'folder', 'pipe'])
      for (const headers of [
        { Range: 'bytes=99-' },
        { 'If-None-Match': '*' },
        { 'If-Match': '"x"' },
        { 'If-Modified-Since': new Date(Date.now() + 1e9).toUTCString() },
        { 'If-Unmodified-Since': new Date(0).toUTCString() },
      ]) {
        const reply = await stage.server.get(
          `/media/${name}?titofisto_token=${signAnything(name, 'x')}`,
          headers,
        )
        expect([reply.status, reply.body.toString()]).toEqual([404, 'Not found\n'])
      }
  })

  it('a file asked for lately, or kept in memory, answers a bad token no differently', async () => {
    await stage.restart({ storage: settle(createLocalStorage({ root: stage.ground.root })) })
    const url = await stage.files.url('ten.bin')
    await stage.server.get(url)
    const hot = await stage.server.get(`${url}x`)
    const missing = await stage.server.get(url.replace('ten', 'nine'))
    expect(withoutDate(hot.headers)).toEqual(withoutDate(missing.headers))
    expect(hot.body).toEqual(missing.body)
  })
})

describe('threat 15: links that leak', () => {
  it('answers are private, end with the link, and send no Referer on', async () => {
    const reply = await stage.server.get(await stage.files.url('ten.bin', { expiresIn: 100 }))
    expect(reply.header('cache-control')).toBe('private, max-age=100, immutable')
    expect(reply.header('referrer-policy')).toBe('no-referrer')
    expect(reply.header('set-cookie')).toBeUndefined()
    expect((await stage.server.get('/media/x')).header('cache-control')).toBe('no-store')
  })

  it('no log entry has a token, and redact() cleans other logs', async () => {
    const url = await stage.files.url('ten.bin')
    const token = url.split('=')[1] ?? ''
    await stage.server.get(`${url}&titofisto_token=x`)
    await stage.server.get(url.replace('ten', 'nine'))
    expect(stage.entries.length).toBeGreaterThan(0)
    expect(JSON.stringify(stage.entries)).not.toContain(token)
    expect(redact(`GET ${url}`)).toBe('GET /media/ten.bin?titofisto_token=[token]')
  })
})

describe('threat 22: clocks that differ', () => {
  it('a link signed up to 60 seconds ahead is taken, and no further', async () => {
    stage.nowMs = startMs + 60_000
    const near = await stage.files.url('ten.bin')
    stage.nowMs = startMs + 61_000
    const far = await stage.files.url('ten.bin')
    stage.nowMs = startMs
    expect(await stage.statusOf(near)).toBe(200)
    await stage.expectNothing(far)
  })
})

describe('promise 1: a URL opens exactly one file, until its time is up or the file changes', () => {
  it('and no other', async () => {
    const url = await stage.files.url('ten.bin')
    for (const name of [
      'big.bin',
      'picture.png',
      'folder/inner.txt',
      'Ten.bin',
      'ten.bin/',
      'ten.bin.',
    ])
      await stage.expectNothing(url.replace('ten.bin', name))
    expect((await stage.server.get(url)).body).toEqual(tenBytes)
  })

  it('through its last second, and not after', async () => {
    const url = await stage.files.url('ten.bin', { expiresIn: 10 })
    stage.nowMs = startMs + 10_999
    expect(await stage.statusOf(url)).toBe(200)
    stage.nowMs = startMs + 11_000
    await stage.expectNothing(url)
  })

  it.each(['from the disk', 'from memory'])('not after a touch: %s', async (way) => {
    if (way === 'from memory')
      await stage.restart({ storage: settle(createLocalStorage({ root: stage.ground.root })) })
    const url = await stage.files.url('ten.bin')
    for (let times = 0; times < 3; times++) expect(await stage.statusOf(url)).toBe(200)
    await promisify(execFile)('touch', [join(stage.ground.root, 'ten.bin')])
    await stage.expectNothing(url)
    expect(await stage.statusOf(await stage.files.url('ten.bin'))).toBe(200)
  })
})

describe('promise 2: the token is an HMAC under a secret that can be changed', () => {
  const next = 'the next secret for tests, 32 bytes and more'

  it('an older secret still opens, signs no more, and is dead once it is taken away', async () => {
    const old = await stage.files.url('ten.bin')
    await stage.restart({ secret: [next, secret] })
    expect(await stage.statusOf(old)).toBe(200)
    const young = await stage.files.url('ten.bin')
    await stage.restart({ secret: next })
    await stage.expectNothing(old)
    expect(await stage.statusOf(young)).toBe(200)
  })

  it('a bound link opens for its bearer alone', async () => {
    await stage.restart({
      bindOf: (request) =>
        (request as { headers: Record<string, string> }).headers['x-user'] ?? null,
    })
    const url = await stage.files.url('ten.bin', { bind: 'alice' })
    expect(await stage.statusOf(url, { 'X-User': 'alice' })).toBe(200)
    expect(await stage.statusOf(url, { 'X-User': 'bob' })).toBe(404)
    await stage.expectNothing(url)
  })
})
