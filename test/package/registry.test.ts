// What installs for us, beside a registry that does not hold out: a stalled download once ended a whole
// CI run before its first test.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { install } from '../../tools/npm.mjs'

let folder = ''
let tarball = Buffer.alloc(0)

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'titofisto-registry-'))
  const source = path.join(folder, 'source')
  await mkdir(source)
  await writeFile(path.join(source, 'package.json'), '{ "name": "thing", "version": "1.0.0" }')
  await promisify(execFile)('npm', ['pack', '--pack-destination', folder], { cwd: source })
  tarball = await readFile(path.join(folder, 'thing-1.0.0.tgz'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('installing', () => {
  it('goes on where a download stalls half way', async () => {
    await using registry = await openRegistry([stall, send])
    const { status } = await installThing(registry)
    expect(status).toBe(0)
    expect(registry.downloads).toBe(2)
  })

  it('goes on where a download breaks off', async () => {
    await using registry = await openRegistry([breakOff, send])
    const { status } = await installThing(registry)
    expect(status).toBe(0)
  })

  it('gives up after three attempts, with npm’s words', async () => {
    await using registry = await openRegistry([stall])
    const { status, output } = await installThing(registry)
    expect(status).not.toBe(0)
    expect(output).toContain('EIDLETIMEOUT')
    expect(registry.downloads).toBe(3)
  })

  it('asks once only for what the registry does not have', async () => {
    await using registry = await openRegistry([refuse])
    const { status, output } = await installThing(registry)
    expect(status).not.toBe(0)
    expect(output).toContain('E404')
    expect(registry.downloads).toBe(1)
  })
})

type Answer = (response: ServerResponse) => void

const send: Answer = (response) => response.end(tarball)
const refuse: Answer = (response) => response.writeHead(404).end()

const stall: Answer = (response) => {
  response.writeHead(200, { 'Content-Length': tarball.length })
  response.write(tarball.subarray(0, tarball.length / 2))
}

const breakOff: Answer = (response) => {
  stall(response)
  setTimeout(() => response.destroy(), 50)
}

interface Registry extends AsyncDisposable {
  readonly origin: string
  /** How often the package itself was asked for. */
  readonly downloads: number
}

/** A registry of one package. @param answers To each download in turn; the last to all that follow. */
async function openRegistry(answers: readonly Answer[]): Promise<Registry> {
  let downloads = 0
  const server: Server = createServer((request, response) => {
    if (request.url === '/thing') {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(describeThing()))
      return
    }
    const answer = answers[Math.min(downloads++, answers.length - 1)]
    answer?.(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function describeThing() {
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    const dist = { tarball: `${origin}/thing/-/thing-1.0.0.tgz`, integrity }
    const versions = { '1.0.0': { name: 'thing', version: '1.0.0', dist } }
    return { name: 'thing', 'dist-tags': { latest: '1.0.0' }, versions }
  }

  return {
    origin,
    get downloads() {
      return downloads
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function installThing(registry: Registry) {
  const project = await mkdtemp(path.join(folder, 'project-'))
  await writeFile(path.join(project, 'package.json'), '{ "dependencies": { "thing": "1.0.0" } }')
  return install(['install'], project, {
    npm_config_registry: registry.origin,
    npm_config_cache: path.join(project, 'cache'),
    npm_config_fetch_timeout: '500',
    npm_config_fetch_retries: '0',
  })
}
