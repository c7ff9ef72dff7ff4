// The clients that a store over an engine is tested with, each as its users make it.

import { PGlite } from '@electric-sql/pglite'
import { Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import { Client, Pool } from 'pg'
import postgres from 'postgres'
import { createClient } from 'redis'
import { createPostgresSlotStore } from '../../../src/slots/stores/postgres/postgres.ts'
import type { PostgresSlotStore } from '../../../src/slots/stores/postgres/postgres.ts'
import { createRedisSlotStore } from '../../../src/slots/stores/redis/redis.ts'
import type { LogEntry } from '../../../src/log.ts'
import type { SlotStore } from '../../../src/slots/stores/store.ts'
import { pgTimeouts } from './open-store.mjs'

/** A store with its connection. */
export interface OpenStore<Store extends SlotStore = SlotStore> {
  readonly store: Store
  readonly close: () => Promise<void>
}

/** How a store is opened. */
export interface OpenSetting {
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly port: number
  readonly timeoutSeconds?: number
  readonly log?: (entry: LogEntry) => void
}

type RedisOptions = Omit<Parameters<typeof createRedisSlotStore>[0], 'client'>

/** Opens a store by each of Redis's clients; with what heals a connection that is half open. */
export const redisClients = {
  redis: async ({ host = '127.0.0.1', port, ...setting }: OpenSetting): Promise<OpenStore> => {
    const client = createClient({
      url: `redis://${host}:${port}`,
      pingInterval: 2000,
      socket: { reconnectStrategy: 50, socketTimeout: 4000 },
    })
    client.on('error', () => {})
    await client.connect()
    return {
      store: createRedisSlotStore({ client, ...optionsOf(setting) }),
      close: async () => client.destroy(),
    }
  },
  ioredis: async ({ host = '127.0.0.1', port, ...setting }: OpenSetting): Promise<OpenStore> => {
    const client = new Redis(port, host, { retryStrategy: () => 50, socketTimeout: 2000 })
    client.on('error', () => {})
    return {
      store: createRedisSlotStore({ client, ...optionsOf(setting) }),
      close: async () => client.disconnect(),
    }
  },
  iovalkey: async ({ host = '127.0.0.1', port, ...setting }: OpenSetting): Promise<OpenStore> => {
    const client = new Valkey(port, host, { retryStrategy: () => 50, socketTimeout: 2000 })
    client.on('error', () => {})
    return {
      store: createRedisSlotStore({ client, ...optionsOf(setting) }),
      close: async () => client.disconnect(),
    }
  },
}

/** Opens a store, and makes its table, by each of PostgreSQL's clients that need a server. */
export const postgresClients = {
  'pg, a pool': async (setting: OpenSetting): Promise<OpenStore<PostgresSlotStore>> => {
    const client = new Pool({
      ...placeOf(setting),
      ...pgTimeouts(timeoutOf(setting).timeoutSeconds),
    })
    client.on('error', () => {})
    const store = createPostgresSlotStore({ client, ...timeoutOf(setting) })
    await store.migrate()
    return { store, close: () => client.end() }
  },
  'pg, one connection': async (setting: OpenSetting): Promise<OpenStore<PostgresSlotStore>> => {
    const client = new Client(placeOf(setting))
    client.on('error', () => {})
    await client.connect()
    const store = createPostgresSlotStore({ client, ...timeoutOf(setting) })
    await store.migrate()
    return { store, close: () => client.end() }
  },
  postgres: async (setting: OpenSetting): Promise<OpenStore<PostgresSlotStore>> => {
    const { user: username, ...place } = placeOf(setting)
    const client = postgres({ ...place, username, onnotice: () => {} })
    const store = createPostgresSlotStore({ client, ...timeoutOf(setting) })
    await store.migrate()
    return { store, close: () => client.end({ timeout: 1 }) }
  },
}

/** A PostgreSQL inside this process. */
export async function openPglite(): Promise<OpenStore<PostgresSlotStore> & { client: PGlite }> {
  const client = await PGlite.create()
  const store = createPostgresSlotStore({ client, timeoutSeconds: 60 })
  await store.migrate()
  return { store, client, close: () => client.close() }
}

function optionsOf({ log, ...setting }: Omit<OpenSetting, 'host' | 'port'>): RedisOptions {
  return { ...timeoutOf(setting), log: log ?? (() => {}) }
}

/** Long where nothing else is asked for: a busy machine is no engine that is away. */
function timeoutOf({ timeoutSeconds = 60 }: Pick<OpenSetting, 'timeoutSeconds'>) {
  return { timeoutSeconds }
}

function placeOf({ host = '127.0.0.1', port }: OpenSetting) {
  return { host, port, user: 'titofisto', database: 'postgres' }
}
