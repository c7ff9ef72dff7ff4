// An engine for all tests of a file, or of the suite that this is called in. Where its program is
// missing, the suite is to be skipped, and says why.

import { afterAll, beforeAll, it } from 'vitest'
import { runsAllClients } from '../../../tools/system-packages.mjs'
import { describeUnless } from '../unless.ts'
import { startPostgres, whyNoPostgres } from './postgres.mjs'
import { findRedis, startRedis } from './redis.mjs'

type RedisEngine = Awaited<ReturnType<typeof startRedis>>
type PostgresEngine = Awaited<ReturnType<typeof startPostgres>>

/** `describe`, skipped with its reason where there is no Redis. */
export function describeOnRedis(name: string, suite: (engine: () => RedisEngine) => void): void {
  const why = findRedis() === null ? 'redis-server is not installed' : null
  describeUnless(why, name, () => suite(useEngine(startRedis)))
}

/** `describe`, skipped with its reason where there is no PostgreSQL. */
export function describeOnPostgres(
  name: string,
  suite: (engine: () => PostgresEngine) => void,
): void {
  describeUnless(whyNoPostgres(), name, () => suite(useEngine(startPostgres)))
}

/** On Redis, in `npm run matrix` alone: it takes long. */
export function describeOnRedisInMatrix(
  name: string,
  suite: (engine: () => RedisEngine) => void,
): void {
  if (runsAllClients()) describeOnRedis(name, suite)
  else describeLeftOut(name)
}

/** On PostgreSQL, in `npm run matrix` alone. */
export function describeOnPostgresInMatrix(
  name: string,
  suite: (engine: () => PostgresEngine) => void,
): void {
  if (runsAllClients()) describeOnPostgres(name, suite)
  else describeLeftOut(name)
}

function describeLeftOut(name: string): void {
  describeUnless('it takes long, `npm run matrix` runs it', name, () => it('is tried'))
}

function useEngine<Engine extends { stop(): Promise<void> }>(
  start: () => Promise<Engine>,
): () => Engine {
  let engine: Engine | null = null
  beforeAll(async () => {
    engine = await start()
  })
  afterAll(() => engine?.stop())
  return () => {
    if (engine === null) throw new Error('The engine is there in tests alone.')
    return engine
  }
}
