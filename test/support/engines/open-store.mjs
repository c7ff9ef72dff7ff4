// @ts-check
// Opens a slot store by its URL, for programs of the tests, the soak and the bench: `redis://…` by ioredis,
// `postgres://…` by pg, `sqlite:` and a path.

import { Redis } from 'ioredis'
import { Pool } from 'pg'

/**
 * @param {string} source The folder of the built or compiled source.
 * @param {string} url
 * @param {{ timeoutSeconds?: number }} [setting] Long by default: a busy machine is no engine that is away.
 * @returns {Promise<import('../../../src/index.ts').SlotStore>}
 */
export async function openStoreAt(source, url, { timeoutSeconds = 60 } = {}) {
  // A connection on which nothing comes is given up after twice that.
  const silenceMs = 2000 * timeoutSeconds
  if (url.startsWith('redis:')) {
    const { createRedisSlotStore } = await import(`${source}/slots/stores/redis/redis.js`)
    const client = new Redis(url, { socketTimeout: silenceMs })
    client.on('error', () => {})
    return createRedisSlotStore({ client, timeoutSeconds })
  }
  if (url.startsWith('sqlite:')) {
    const { createSqliteSlotStore } = await import(`${source}/slots/stores/sqlite/sqlite.js`)
    return createSqliteSlotStore({ file: url.slice('sqlite:'.length), durable: false })
  }
  const { createPostgresSlotStore } = await import(`${source}/slots/stores/postgres/postgres.js`)
  const client = new Pool({ connectionString: url, ...pgTimeouts(timeoutSeconds) })
  client.on('error', () => {})
  const store = createPostgresSlotStore({ client, timeoutSeconds })
  await store.migrate()
  return store
}

/**
 * As docs/stores.md has them for the store's own default.
 * @param {number} timeoutSeconds
 */
export function pgTimeouts(timeoutSeconds) {
  return { query_timeout: 2000 * timeoutSeconds, connectionTimeoutMillis: 1000 * timeoutSeconds }
}
