// A network between the application and its engine that loses what is asked, what is answered, or both,
// without a word; a cable that is pulled; an engine that started anew behind a cut, so that connections
// are open at one end alone. Real networks, of namespaces; Linux, as root.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { postgresClients, redisClients } from '../support/engines/clients.ts'
import { openNetwork, whyNoNetwork } from '../support/engines/network.ts'
import type { Cut, Network } from '../support/engines/network.ts'
import { startPostgres, whyNoPostgres } from '../support/engines/postgres.mjs'
import { findRedis, startRedis } from '../support/engines/redis.mjs'
import {
  answerTo,
  beginPut,
  expectComeAgain,
  put,
  stateOf,
  untilStatus,
  useStage,
} from '../support/engines/slot-stage.ts'
import type { Engine, Open, Stage } from '../support/engines/slot-stage.ts'
import { describeUnless } from '../support/unless.ts'

const whyNot = whyNoNetwork()

type RunningEngine = Engine & { stop(): Promise<void> }
type Start = (options: readonly string[], place: Network) => Promise<RunningEngine>

const redis: Setup = {
  name: 'Redis',
  isThere: findRedis() !== null,
  start: startRedis,
  open: redisClients.ioredis,
}
const postgres: Setup = {
  name: 'PostgreSQL',
  isThere: whyNoPostgres() === null,
  start: startPostgres,
  open: postgresClients['pg, a pool'],
}

interface Setup {
  readonly name: string
  readonly isThere: boolean
  readonly start: Start
  readonly open: Open
}

// Each waits for what does not come: `npm run matrix` sees them all.
const cuts: readonly (Cut | 'the cable')[] = runsAllClients()
  ? ['what is asked', 'what is answered', 'both', 'the cable']
  : ['what is answered']

describe('promise 18: slots in an engine behind a network', () => {
  for (const { name, isThere, start, open } of [redis, postgres])
    describeUnless(whyNot ?? (isThere ? null : 'it is not installed'), name, () => {
      let network: Network
      let engine: RunningEngine
      beforeAll(async () => {
        network = openNetwork()
        engine = await start([], network)
      })
      afterAll(async () => {
        await engine.stop()
        network.close()
      })
      const stage = useStage(() => engine, open)

      for (const cut of cuts)
        it(`that loses ${cut}: uploads are told to come again, links go on, and all heals`, async () => {
          const { server, kind, runs } = stage()
          await server.files.storage.save('report.txt', 'A report')
          const link = await server.files.url('report.txt')
          const [url, slow] = [await kind.url(), await kind.create()]
          const upload = await beginUpload(stage(), slow)
          lose(network, cut)
          await expectComeAgain(await put(url))
          expect(await (await fetch(link)).text()).toBe('A report')
          // The engine may have taken the end of this one, and could not say so.
          upload.end('and half')
          expect((await answerTo(upload)).statusCode).toBe(503)
          expect(runs()).toBe(0)
          network.heal()
          for (const each of [url, slow.url])
            expect((await untilStatus(200, () => put(each))).status).toBe(200)
          expect(runs()).toBe(2)
        })

      it('whose end was started anew behind a cut: old connections are open at one end alone, and uploads find new ones', async () => {
        const { kind, runs } = stage()
        const [used, url] = [await kind.url(), await kind.url()]
        expect((await put(used)).status).toBe(200)
        lose(network, 'both')
        await engine.kill()
        await engine.startAgain({ keepsData: true })
        network.heal()
        expect((await untilStatus(200, () => put(url))).status).toBe(200)
        expect((await put(used)).status).toBe(404)
        expect(runs()).toBe(2)
      })
    })
})

function lose(network: Network, what: Cut | 'the cable'): void {
  if (what === 'the cable') network.pull()
  else network.cut(what)
}

async function beginUpload(
  { kind }: Stage,
  { url, id }: { readonly url: string; readonly id: string },
): Promise<ReturnType<typeof beginPut>> {
  const upload = beginPut(url, 'half, ')
  await expect.poll(() => stateOf(kind, id)).toBe('receiving')
  return upload
}
