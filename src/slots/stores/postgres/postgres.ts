// The face of `titofisto/postgres`: slots in a table of PostgreSQL, for any number of servers.

import { TitofistoError } from '../../../errors.ts'
import { checkOptions, fitting, textLike, type OptionRules } from '../../../options.ts'
import type { SlotRecord } from '../../record/slot.ts'
import {
  createEngineCall,
  defaultTimeoutSeconds,
  timeoutRule,
  type EngineCall,
  type EngineFault,
} from '../engine-calls.ts'
import { createChangeInTime, type ChangeAnswer } from '../engine-clock.ts'
import { newKey } from '../slot-folder.ts'
import { checkFollows, parseRecordText } from '../record-text.ts'
import type { SlotStore } from '../store.ts'
import { isPostgresClient, sqlStateOf, toAsk } from './postgres-client.ts'
import type { AskPostgres, PostgresClient, Row } from './postgres-client.ts'
import { statementsFor } from './postgres-statements.ts'

/** How slots are stored in PostgreSQL. */
export interface PostgresSlotStoreOptions {
  /**
   * A `Pool` of `pg`, what `postgres()` gives, a `PGlite`, or whatever has `query(text, params)`. It
   * stays yours to close. A single connection should do nothing else: what is done inside a
   * transaction of yours would be part of it.
   */
  readonly client: PostgresClient
  /** The table, with or without its schema: `app.slots`. Default `titofisto_slots`. */
  readonly table?: string
  /**
   * How many seconds the server may take for one call, 0.001 to 300. Default 5. Then the call fails
   * with `slot-store-unavailable`, and what it would have changed is not changed later either.
   */
  readonly timeoutSeconds?: number
}

/** A store of slots in PostgreSQL. */
export interface PostgresSlotStore extends SlotStore {
  /**
   * Makes the store's table where there is none; any number of processes may do so at once, at each
   * start. Who makes tables otherwise takes the SQL of docs/stores.md.
   * @throws TitofistoError `slot-store-failed`, also where a table of this name is not as it must be; `slot-store-unavailable`
   * @example
   * import { createPostgresSlotStore } from 'titofisto/postgres'
   *
   * const slotStore = createPostgresSlotStore({ client: postgres })
   * await slotStore.list() //=> throws slot-store-failed
   * await slotStore.migrate()
   * await slotStore.list() //=> { records: [], next: null }
   */
  migrate(): Promise<void>
}

/**
 * Makes a store of slots in PostgreSQL (15 or later), for all servers that share it.
 *
 * @throws TypeError, RangeError naming the option that is wrong.
 * @example
 * import { createPostgresSlotStore } from 'titofisto/postgres'
 *
 * const slotStore = createPostgresSlotStore({ client: postgres, table: 'app_slots' })
 * await slotStore.migrate()
 * await slotStore.list() //=> { records: [], next: null }
 * // createTitofisto({ secret, storage, slotStore })
 */
export function createPostgresSlotStore(options: PostgresSlotStoreOptions): PostgresSlotStore {
  checkOptions('createPostgresSlotStore()', options, rules, ['client'])
  const { client, table = 'titofisto_slots', timeoutSeconds = defaultTimeoutSeconds } = options
  const timeoutMs = 1000 * timeoutSeconds
  const ask = toAsk(client)
  return createStoreOn(
    table,
    (text, params) => ask(text, params).catch((error: unknown) => explainMissing(table, error)),
    createEngineCall({ name: 'PostgreSQL', timeoutMs, faultOf }),
  )
}

const rules: OptionRules<PostgresSlotStoreOptions> = {
  client: fitting(
    isPostgresClient,
    'must be a client of pg, postgres or PGlite, or have query(text, params)',
  ),
  table: textLike(
    /^(?:[a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}$/,
    'must be the name of a table, in lower case, with or without a schema before it',
  ),
  timeoutSeconds: timeoutRule,
}

function createStoreOn(table: string, ask: AskPostgres, call: EngineCall): PostgresSlotStore {
  const statements = statementsFor(table)
  const changeInTime = createChangeInTime()

  /** Makes a change; `isOurs` finds out whether a connection that broke has made it already. */
  function change(
    text: string,
    params: readonly (string | number)[],
    isOurs: () => Promise<boolean>,
  ): Promise<boolean> {
    return call(async ({ untilMs, isAgain }) => {
      const made = await changeInTime(untilMs, async (untilEngineMs) =>
        toChangeAnswer(await ask(text, [untilEngineMs, ...params]), untilEngineMs),
      )
      return made || (isAgain && (await isOurs()))
    })
  }

  function look(text: string, params: readonly (string | number)[]): Promise<readonly Row[]> {
    return call(() => ask(text, params))
  }

  async function isWrittenBy(writer: string, { id, revision }: SlotRecord): Promise<boolean> {
    const [row] = await ask(statements.writer, [id])
    return row?.['writer'] === writer && Number(row['revision']) === revision
  }

  return {
    isFar: true,
    async create(record) {
      const writer = newKey()
      const { id, revision } = record
      const params = [id, revision, writer, JSON.stringify(record)]
      if (!(await change(statements.create, params, () => isWrittenBy(writer, record))))
        throw new TitofistoError('slot-store-failed', 'A slot with this id exists already.')
    },
    async read(id) {
      const [row] = await look(statements.read, [id])
      return row === undefined ? null : parseRecordText(String(row['record']), id)
    },
    async replace(record, expectedRevision) {
      checkFollows(record, expectedRevision)
      const writer = newKey()
      const { id, revision } = record
      const params = [id, expectedRevision, revision, writer, JSON.stringify(record)]
      return change(statements.replace, params, () => isWrittenBy(writer, record))
    },
    // Made by a connection that broke, and sent again, it says false: the record is gone, whoever did it.
    remove: (id, expectedRevision) =>
      change(statements.remove, [id, expectedRevision], async () => false),
    async list({ after = '', limit = 200 } = {}) {
      const rows = await look(statements.list, [after, limit])
      const records = rows.map((row) => parseRecordText(String(row['record']), String(row['id'])))
      return { records, next: rows.length < limit ? null : (records.at(-1)?.id ?? null) }
    },
    async migrate() {
      await look(statements.migrate, [])
      await look(statements.check, [])
    },
  }
}

function toChangeAnswer([row]: readonly Row[], untilEngineMs: number): ChangeAnswer {
  const engineMs = Number(row?.['ms'])
  if (Number(row?.['made']) === 1) return { engineMs, outcome: 'made' }
  return { engineMs, outcome: engineMs > untilEngineMs ? 'late' : 'refused' }
}

function faultOf(error: unknown): EngineFault {
  if (error instanceof TypeError || error instanceof TitofistoError) return 'failed'
  const state = sqlStateOf(error)
  if (state === '53100') return 'full'
  // Connections, resources, an operator, a lock, a server that only reads since it is a standby.
  const isPassing = state === null || /^(?:08|40|53|55P03|57|25006)/.test(state)
  return isPassing ? 'unavailable' : 'failed'
}

function explainMissing(table: string, cause: unknown): never {
  if (sqlStateOf(cause) !== '42P01' && sqlStateOf(cause) !== '3F000') throw cause
  const message = `PostgreSQL has no table "${table}" for slots: call migrate(), or run the SQL of docs/stores.md.`
  throw new TitofistoError('slot-store-failed', message, { cause })
}
