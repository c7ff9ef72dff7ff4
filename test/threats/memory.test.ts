// What is served from memory: the same files as from the disk, and as fresh.

import { once } from 'node:events'
import {
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import { createTitofisto } from '../../src/titofisto.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import { secret, settle } from '../support/file-ground.ts'

let base: string
let root: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'titofisto-memory-'))
  root = join(base, 'root')
  mkdirSync(join(root, 'public/a/b'), { recursive: true })
  writeFileSync(join(root, 'public/a/b/f.txt'), 'first')
})

afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})

function create(symlinks: 'inside' | 'refuse'): Titofisto {
  return createTitofisto({
    secret,
    mediaUrl: 'http://files.test/media/',
    storage: settle(createLocalStorage({ root, symlinks })),
    log: () => {},
  })
}

const url = 'http://files.test/media/public/a/b/f.txt'

async function get(files: Titofisto): Promise<string> {
  const response = await files.fetch(new Request(url))
  return response.ok ? response.text() : String(response.status)
}

describe.each(['inside', 'refuse'] as const)('a small file in memory, links %s', (symlinks) => {
  it.each(['public', 'public/a', 'public/a/b', '.'])(
    'is gone once %s was moved out of the root, with a link left in its place',
    async (moved) => {
      const files = create(symlinks)
      for (let time = 0; time < 3; time++) expect(await get(files)).toBe('first')
      renameSync(join(root, moved), join(base, 'elsewhere'))
      symlinkSync(join(base, 'elsewhere'), join(root, moved))
      expect(await get(files)).toBe('404')
      unlinkSync(join(root, moved))
      renameSync(join(base, 'elsewhere'), join(root, moved))
      expect(await get(files)).toBe('first')
    },
  )

  it('is gone once it was moved out itself, with a link left in its place', async () => {
    const files = create(symlinks)
    for (let time = 0; time < 3; time++) expect(await get(files)).toBe('first')
    renameSync(join(root, 'public/a/b/f.txt'), join(base, 'f.txt'))
    symlinkSync(join(base, 'f.txt'), join(root, 'public/a/b/f.txt'))
    expect(await get(files)).toBe('404')
  })

  it('is the new one for a program that changes it between two questions of one turn', async () => {
    const files = create(symlinks)
    for (let time = 0; time < 9; time++) {
      const before = get(files)
      writeFileSync(join(root, 'public/a/b/f.txt'), `text ${time}`)
      expect(await get(files)).toBe(`text ${time}`)
      await before
    }
  })
})

describe('a request', () => {
  async function listen(listener: RequestListener): Promise<number> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    onTestFinished(() => server.close().closeAllConnections())
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  /** The bodies of requests that are sent all at once on one connection. */
  async function pipeline(port: number, targets: readonly string[]): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    const last = targets.length - 1
    socket.write(
      targets
        .map(
          (target, index) =>
            `GET ${target} HTTP/1.1\r\nHost: x\r\n${index === last ? 'Connection: close\r\n' : ''}\r\n`,
        )
        .join(''),
    )
    let text = ''
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    await once(socket, 'close')
    return text
  }

  it('behind another on its connection sees what that one changed', async () => {
    const files = create('inside')
    let content = 'first'
    const port = await listen((req, res) => {
      if (req.url !== '/change') return void files.handler(req, res)
      content += '+'
      writeFileSync(join(root, 'public/a/b/f.txt'), content)
      res.end()
    })
    const target = '/media/public/a/b/f.txt'
    for (let time = 0; time < 5; time++) {
      const was = content
      const text = await pipeline(port, [target, target, '/change', target])
      expect(text.split('\r\n\r\n').filter((body) => body.includes('first'))).toHaveLength(3)
      expect(text.trimEnd().endsWith(`${was}+`)).toBe(true)
    }
  })

  it('sees what a middleware before us changed for it', async () => {
    const files = create('inside')
    let counter = 0
    const port = await listen((req, res) => {
      writeFileSync(join(root, 'public/a/b/f.txt'), `text ${++counter};`)
      void files.handler(req, res)
    })
    const target = '/media/public/a/b/f.txt'
    const text = await pipeline(
      port,
      Array.from({ length: 20 }, () => target),
    )
    const seen = [...text.matchAll(/text (\d+);/g)].map((match) => Number(match[1]))
    expect(seen).toHaveLength(20)
    // A later one's change may come before the file is opened; an earlier content is stale.
    for (const [index, number] of seen.entries()) expect(number).toBeGreaterThan(index)
  })
})
