// Restify under the battery of all doors, hung in as docs/frameworks.md says. It needs Node 22, and is
// installed where `npm run matrix` runs.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { projectFolder, run } from '../../tools/project.mjs'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { describeDoor } from '../contracts/door-contract.ts'
import { openHttp1, theirs } from '../contracts/open-door.ts'
import type { Http1Server } from '../contracts/open-door.ts'
import type { LocalFiles } from './own-route.ts'
import { useFiles } from './use-files.ts'
import { describeUnless } from '../support/unless.ts'

type Next = (stop?: false) => void
type Handler = (req: never, res: never, next: Next) => void
interface RestifyServer {
  readonly server: Http1Server
  pre(handler: Handler): void
  on(
    event: 'NotFound',
    answer: (req: object, res: RestifyResponse, error: object, done: Next) => void,
  ): void
  on(event: 'after', hear: () => void): void
  inflightRequests(): number
}
interface RestifyResponse {
  sendRaw(status: number, body: string): void
}

const cache = path.join(projectFolder, 'node_modules/.cache/restify')
const isHere = runsAllClients() && Number.parseInt(process.versions.node, 10) >= 22

function makeServer(files: LocalFiles): RestifyServer {
  const restify = createRequire(path.join(cache, 'from-here.js'))('restify') as {
    createServer(): RestifyServer
  }
  const server = restify.createServer()
  server.pre((req, res, next) => {
    let isOurs = true
    const passOn = () => {
      isOurs = false
      next()
    }
    // oxlint-disable-next-line promise/no-callback-in-promise -- so Restify learns that it is over
    void files.handler(req, res, passOn).then(() => isOurs && next(false))
  })
  server.on('NotFound', (_req, res, _error, done) => {
    res.sendRaw(theirs.status, theirs.body)
    done()
  })
  return server
}

describeUnless(isHere ? null : '`npm run matrix` runs it, on Node 22', 'in Restify 12', () => {
  beforeAll(async () => {
    if (existsSync(path.join(cache, 'node_modules/restify'))) return
    await mkdir(cache, { recursive: true })
    const args = ['install', '--prefix', cache, '--no-audit', '--no-fund', 'restify@12.0.0']
    const { status, output } = await run('npm', args)
    if (status !== 0) throw new Error(`npm could not install Restify:\n${output}`)
  }, 600_000)

  describeDoor('titofisto/express in Restify', async (create) => {
    const files = create()
    return openHttp1(files, makeServer(files).server, theirs)
  })

  const stage = useFiles()

  it('ends its count of requests with each answer of ours, and tells of them', async () => {
    const server = makeServer(stage.files)
    let told = 0
    server.on('after', () => (told += 1))
    const door = await openHttp1(stage.files, server.server, theirs)
    for (const url of [await stage.files.url('ten.bin'), '/media/none', '/elsewhere'])
      await door.ask({ path: url })
    await expect.poll(() => [server.inflightRequests(), told]).toEqual([0, 3])
    await door.close()
  })
})
