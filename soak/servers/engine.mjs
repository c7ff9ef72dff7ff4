// @ts-check
// Where a ground's slots are kept: in files beside its storage, or in an engine of its own.

import { startPostgres, whyNoPostgres } from '../../test/support/engines/postgres.mjs'
import { findRedis, startRedis } from '../../test/support/engines/redis.mjs'

/** What `--store` takes. */
export const storeNames = /** @type {const} */ (['files', 'redis', 'postgres'])

/** @typedef {typeof storeNames[number]} StoreName */
/** @typedef {import('../../test/support/engines/redis.mjs').RedisEngine} Engine */

/**
 * Starts it; `null` for files.
 * @param {StoreName} name
 * @returns {Promise<Engine | null>}
 * @throws Error where its program is missing.
 */
export async function startStoreEngine(name) {
  switch (name) {
    case 'files':
      return null
    case 'redis':
      if (findRedis() === null) throw new Error('redis-server is not installed.')
      return startRedis()
    case 'postgres': {
      const whyNot = whyNoPostgres()
      if (whyNot !== null) throw new Error(`${whyNot}.`)
      return startPostgres()
    }
  }
}
