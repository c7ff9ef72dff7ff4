// Slots in Redis or PostgreSQL, by the client of each that is installed beside titofisto.

import { isTitofistoError } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { createPostgresSlotStore } from '../../slots/stores/postgres/postgres.ts'
import { sqlStateOf } from '../../slots/stores/postgres/postgres-client.ts'
import { createRedisSlotStore } from '../../slots/stores/redis/redis.ts'
import { codeOfReply } from '../../slots/stores/redis/redis-client.ts'
import type { SlotStore } from '../../slots/stores/store.ts'
import { refused, systemCode, wrongUsage } from '../cli-failure.ts'
import { loadPackage } from './load-package.ts'
import type { Settings } from './settings.ts'
import { parseSlotsUrl, type SlotsPlace } from './slots-url.ts'

/** A store of slots, and its connection. */
export interface SlotEngine {
  readonly store: SlotStore
  close(): Promise<void>
}

/**
 * Connects to the engine that the settings name; `null` where they name none.
 *
 * @throws CliFailure where it can't be reached or refuses us, or its client is not installed.
 */
export async function openSlotEngine(settings: Settings, log: Log): Promise<SlotEngine | null> {
  const slots = settings.find('slots')
  const prefix = readPrefix(settings)
  if (slots === null) return null
  const place = parseSlotsUrl(slots)
  const wanted = { place, prefix, source: slots.source, log }
  return place.engine === 'redis' ? openRedis(wanted) : openPostgres(wanted)
}

interface WantedEngine {
  readonly place: SlotsPlace
  readonly prefix: string
  readonly source: string
  readonly log: Log
}

/** What both engines take as the beginning of a name. */
function readPrefix(settings: Settings): string {
  const given = settings.find('slotsPrefix')
  if (given === null) return 'titofisto'
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(given.text))
    throw wrongUsage(
      `${given.source} must be up to 51 lower-case letters, digits and "_", and begin with no digit.`,
    )
  return given.text
}

const connectMs = 5000

async function openRedis({ place, prefix, source, log }: WantedEngine): Promise<SlotEngine> {
  const { createClient } = await loadPackage('redis', source, () => import('redis'))
  let isConnected = false
  const client = createClient({
    url: place.url,
    // What docs/stores.md asks for: a connection that is half open is given up.
    pingInterval: 2000,
    socket: {
      connectTimeout: connectMs,
      socketTimeout: 4000,
      // At the start whoever typed it hears of it; later it comes again by itself.
      reconnectStrategy: (retries) => (isConnected ? Math.min(50 * 2 ** retries, 2000) : false),
    },
  })
  // Each call that fails says so by itself.
  client.on('error', () => {})
  try {
    await client.connect()
    isConnected = true
  } catch (error) {
    throw refused(`${source}: ${place.shown} ${whyNot(error)}.`, error)
  }
  return {
    store: createRedisSlotStore({ client, prefix, log }),
    close: async () => {
      if (client.isOpen) client.destroy()
    },
  }
}

async function openPostgres({ place, prefix, source }: WantedEngine): Promise<SlotEngine> {
  const { default: pg } = await loadPackage('pg', source, () => import('pg'))
  const pool = new pg.Pool({
    connectionString: place.url,
    query_timeout: 10_000,
    connectionTimeoutMillis: connectMs,
  })
  // An idle connection broke: the pool makes another.
  pool.on('error', () => {})
  const store = createPostgresSlotStore({ client: pool, table: `${prefix}_slots` })
  try {
    await store.migrate()
  } catch (error) {
    await pool.end().catch(() => {})
    const cause = isTitofistoError(error) ? (error.cause ?? error) : error
    throw refused(`${source}: ${place.shown} ${whyNot(cause)}.`, error)
  }
  return { store, close: () => pool.end() }
}

/** In words, without those of the engine, which may hold names of users. */
function whyNot(error: unknown): string {
  const state = sqlStateOf(error)
  const word = codeOfReply(error)
  if (state?.startsWith('28') === true || word === 'WRONGPASS' || word === 'NOAUTH')
    return `refuses the user or the password (${state ?? word})`
  if (state === '3D000') return 'has no such database (3D000)'
  if (state === '42501') return 'lets us make no table (42501)'
  if (state !== null) return `refuses (${state})`
  const code = systemCode(error)
  if (code !== 'unknown') return `can't be reached (${code})`
  return word === null ? "can't be reached" : `refuses (${word})`
}
