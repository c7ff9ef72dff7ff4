// 200 uploads at once on one slot, again and again: in one process, and in four that share the
// file store, a Redis or a PostgreSQL. Few rounds by default; TITOFISTO_ROUNDS=1000 for all of the issue's.

import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { runsAllClients } from '../../tools/system-packages.mjs'
import { createMemorySlotStore } from '../../src/index.ts'
import type { SlotStore } from '../../src/index.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import { startPostgres, whyNoPostgres } from '../support/engines/postgres.mjs'
import { findRedis, startRedis } from '../support/engines/redis.mjs'
import { exchange } from '../support/raw-http.ts'
import type { RawReply } from '../support/raw-http.ts'
import { createDeferred } from '../support/deferred.ts'
import { startUploadServer } from '../support/upload-server.ts'
import { createSharedGround, startServerProcess } from '../support/upload-server-process.ts'

const racers = 200
const rounds = Number(process.env['TITOFISTO_ROUNDS'] ?? (runsAllClients() ? 50 : 25))
// An engine sees each of the 200 claim it; a fifth of the rounds is as many races.
const engineRounds = Math.ceil(rounds / 5)
const timeout = { timeout: 300_000 + 1000 * rounds }

describe(`${racers} uploads at once on one slot`, () => {
  beforeAll(() => {
    console.log(
      `${rounds} rounds of ${racers} uploads at once in each test; TITOFISTO_ROUNDS=1000 runs them all.`,
    )
  })

  it.each([
    ['memory', () => createMemorySlotStore()],
    // Beside the root, as createTitofisto makes it.
    ['file', undefined],
  ])(
    'in one process, %s store: one handler runs, the others are refused',
    timeout,
    async (_, createStore) => {
      const counts = await raceInOneProcess(rounds, createStore?.())
      expect(counts).toEqual(
        Array.from({ length: rounds }, () => ({ runs: 1, winners: 1, refusals: racers - 1 })),
      )
    },
  )

  it.each<[string, string | null, () => Promise<Engine | null>]>([
    ['the file store', null, async () => null],
    ['Redis', findRedis() === null ? 'redis-server is not installed' : null, startRedis],
    ['PostgreSQL', whyNoPostgres(), startPostgres],
  ])(
    'in four processes that share %s: one handler runs, the others are refused',
    timeout,
    async (name, whyNot, startEngine) => {
      if (whyNot !== null) return console.warn(`Not raced over ${name}: ${whyNot}.`)
      const engine = await startEngine()
      const source = await compileSource()
      const ground = await createSharedGround()
      const env = { ...(engine !== null && { SLOT_STORE: engine.url }) }
      const servers = await Promise.all(
        Array.from({ length: 4 }, () => startServerProcess(source.folder, ground, 0, { env })),
      )
      const sockets = await openSockets(servers.map(({ port }) => port))
      try {
        const ids: string[] = []
        const timesRun = engine === null ? rounds : engineRounds
        for (let round = 0; round < timesRun; round++) {
          // Each process in turn is the one that is awake, and the first to be sent to.
          const first = servers[round % servers.length] ?? expect.unreachable()
          const { id, url } = await first.mint('count')
          ids.push(id)
          const at = round % servers.length
          const starters = [...sockets.slice(at), ...sockets.slice(0, at)]
          const replies = await race(starters, new URL(url).pathname)
          const { winners, refusals } = sortReplies(replies)
          expect({ winners, refusals }).toEqual({ winners: 1, refusals: racers - 1 })
        }
        const runs = (await ground.lines('runs.log')).map((line) => line.split(' '))
        // One run for each slot, and no other.
        expect(runs.map(([id]) => id)).toEqual(ids)
        // It was a race: no process won them all.
        const winners = new Set(runs.map(([, pid]) => pid))
        expect(winners.size).toBeGreaterThan(1)
      } finally {
        for (const socket of sockets) socket.destroy()
        await Promise.all(servers.map((server) => server.kill()))
        await ground.remove()
        await source.remove()
        await engine?.stop()
      }
    },
  )

  it('is a race that a store without an atomic step loses, so that these tests can fail', async () => {
    const [count] = await raceInOneProcess(1, withoutAtomicStep(createMemorySlotStore()))
    expect(count?.runs).toBeGreaterThan(1)
  })
})

interface Engine {
  readonly url: string
  stop(): Promise<void>
}

interface Count {
  readonly runs: number
  readonly winners: number
  readonly refusals: number
}

async function raceInOneProcess(times: number, slotStore?: SlotStore): Promise<Count[]> {
  const server = await startUploadServer({
    options: { sweepSeconds: 0, ...(slotStore && { slotStore }) },
  })
  let runs = 0
  const kind = server.files.slot('count', { handler: () => void (runs += 1) })
  const sockets = await openSockets([Number(new URL(server.origin).port)])
  try {
    const counts: Count[] = []
    for (let round = 0; round < times; round++) {
      runs = 0
      const { pathname } = new URL(await kind.url())
      const replies = sortReplies(await race(sockets, pathname))
      counts.push({ runs, ...replies })
    }
    return counts
  } finally {
    for (const socket of sockets) socket.destroy()
    await server.close()
  }
}

/** Opened before the race, so that all requests go out at the same moment. */
async function openSockets(ports: readonly number[]): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: racers }, async (_, index) => {
      const socket = connect(ports[index % ports.length] ?? 0, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    }),
  )
}

async function race(sockets: readonly Socket[], path: string): Promise<RawReply[]> {
  const request = `PUT ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nbytes`
  const exchanges = await Promise.all(sockets.map((socket) => exchange(socket, request, ['PUT'])))
  return exchanges.flatMap(({ replies }) => replies)
}

/** A refusal is clear: a status that says what to do, and words. */
function sortReplies(replies: readonly RawReply[]): { winners: number; refusals: number } {
  const isRefusal = (reply: RawReply): boolean => {
    const words = reply.body.toString()
    if (reply.status === 404) return words === 'Not found\n'
    return reply.status === 409 && /in use/.test(words) && reply.header('retry-after') !== undefined
  }
  return {
    winners: replies.filter(({ status }) => status === 204).length,
    refusals: replies.filter(isRefusal).length,
  }
}

/** Looks and writes in two steps, as a cache on a network would, some slower than others. */
function withoutAtomicStep(store: SlotStore): SlotStore {
  let reads = 0
  let replaces = 0
  const twoHaveRead = createDeferred()
  const twoReplace = createDeferred()
  const records = new Map<string, NonNullable<Awaited<ReturnType<SlotStore['read']>>>>()
  return {
    ...store,
    async create(record) {
      records.set(record.id, record)
    },
    async read(id) {
      // Else who comes first has claimed the slot before anybody else has looked at it.
      reads += 1
      if (reads === 2) twoHaveRead.resolve()
      await twoHaveRead.promise
      return records.get(id) ?? null
    },
    async replace(record, expectedRevision) {
      const isCurrent = records.get(record.id)?.revision === expectedRevision
      replaces += 1
      if (replaces === 2) twoReplace.resolve()
      await twoReplace.promise
      if (isCurrent) records.set(record.id, record)
      return isCurrent
    },
  }
}
