// The face of `titofisto/sqlite`: slots in one file of SQLite, for any number of processes on one machine.
//
// SQLite works at once, in the thread that calls: each call is one small statement. While another
// process writes, it says so instead of waiting, and we wait beside everything else.

import { closeSync, openSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { isTitofistoError, TitofistoError } from '../../../errors.ts'
import { aBoolean, checkOptions, fitting, optionError, type OptionRules } from '../../../options.ts'
import { defaultTimeoutSeconds, timeoutRule } from '../engine-calls.ts'
import { checkFollows, parseRecordText } from '../record-text.ts'
import type { SlotStore } from '../store.ts'
import { openSqlite, sqliteCodeOf, type SqliteDatabase } from './sqlite-database.ts'

/** Where and how slots are stored in SQLite. */
export interface SqliteSlotStoreOptions {
  /** The database's file, on a local file system; it is made where it is missing, for nobody else to read. Its folder must be there. */
  readonly file: string
  /** Whether each change is flushed to the disk before it counts. Default true. The thread waits for it. */
  readonly durable?: boolean
  /** How many seconds a call may wait for other processes to end theirs, 0.001 to 300. Default 5. */
  readonly timeoutSeconds?: number
}

/** A store of slots in SQLite. */
export interface SqliteSlotStore extends SlotStore {
  /**
   * Closes the file; the store is of no use then.
   * @example
   * import { createSqliteSlotStore } from 'titofisto/sqlite'
   *
   * const slotStore = createSqliteSlotStore({ file: 'slots.db' })
   * slotStore.close()
   * await slotStore.list() //=> throws slot-store-failed
   */
  close(): void
}

/**
 * Makes a store of slots in a file of SQLite. Needs Node 22.13 or later.
 *
 * @throws TypeError, RangeError naming the option that is wrong, also where the file can't be opened.
 * @throws TitofistoError `slot-store-failed` where Node has no SQLite.
 * @example
 * import { createSqliteSlotStore } from 'titofisto/sqlite'
 *
 * const slotStore = createSqliteSlotStore({ file: 'slots.db' })
 * await slotStore.list() //=> { records: [], next: null }
 * // createTitofisto({ secret, storage, slotStore })
 */
export function createSqliteSlotStore(options: SqliteSlotStoreOptions): SqliteSlotStore {
  checkOptions(where, options, rules, ['file'])
  const { file, durable = true, timeoutSeconds = defaultTimeoutSeconds } = options
  const database = open(file)
  const tries = { untilMs: () => performance.now() + 1000 * timeoutSeconds }
  try {
    prepareFile(database, durable)
  } catch (cause) {
    database.close()
    throw optionError(where, fileFault, TypeError, { cause })
  }
  return createStoreOn(database, tries)
}

const where = 'createSqliteSlotStore()'
const fileFault = { option: 'file', reason: 'must be a database that can be opened, or made' }
const rules: OptionRules<SqliteSlotStoreOptions> = {
  file: fitting(
    (file) => typeof file === 'string' && file !== '' && !file.includes('\0'),
    'must be the path of a file',
  ),
  durable: aBoolean,
  timeoutSeconds: timeoutRule,
}

function open(file: string): SqliteDatabase {
  let database: SqliteDatabase | null
  try {
    // SQLite makes its file, and those beside it, with the mode of the one that is there.
    closeSync(openSync(file, 'a', 0o600))
    database = openSqlite(file)
  } catch (cause) {
    throw optionError(where, fileFault, TypeError, { cause })
  }
  if (database !== null) return database
  const message = `Node ${process.versions.node} has no SQLite: titofisto/sqlite needs Node 22.13 or later.`
  throw new TitofistoError('slot-store-failed', message)
}

// Two processes may make it at once: here alone it is waited for in the thread.
function prepareFile(database: SqliteDatabase, durable: boolean): void {
  database.exec('pragma busy_timeout = 5000')
  database.exec('pragma journal_mode = wal')
  database.exec(`pragma synchronous = ${durable ? 'full' : 'normal'}`)
  database.exec(
    'create table if not exists titofisto_slots (id text primary key, revision integer not null, record text not null) without rowid',
  )
  database.exec('pragma busy_timeout = 0')
}

function createStoreOn(
  database: SqliteDatabase,
  tries: { readonly untilMs: () => number },
): SqliteSlotStore {
  const table = 'titofisto_slots'
  const insert = database.prepare(
    `insert into ${table} (id, revision, record) values (?, ?, ?) on conflict do nothing`,
  )
  const update = database.prepare(
    `update ${table} set revision = ?, record = ? where id = ? and revision = ?`,
  )
  const remove = database.prepare(`delete from ${table} where id = ? and revision = ?`)
  const select = database.prepare(`select id, record from ${table} where id = ?`)
  const list = database.prepare(`select id, record from ${table} where id > ? order by id limit ?`)

  async function call<Value>(work: () => Value): Promise<Value> {
    const untilMs = tries.untilMs()
    for (let waitMs = 1; ; waitMs = Math.min(2 * waitMs, 32)) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || performance.now() >= untilMs) throw toStoreError(error)
      }
      await wait(waitMs)
    }
  }

  return {
    async create(record) {
      const { id, revision } = record
      const { changes } = await call(() => insert.run(id, revision, JSON.stringify(record)))
      if (Number(changes) !== 1)
        throw new TitofistoError('slot-store-failed', 'A slot with this id exists already.')
    },
    async read(id) {
      const row = toRow(await call(() => select.get(id)))
      return row === null ? null : parseRecordText(row.record, row.id)
    },
    async replace(record, expectedRevision) {
      checkFollows(record, expectedRevision)
      const { id, revision } = record
      const text = JSON.stringify(record)
      const { changes } = await call(() => update.run(revision, text, id, expectedRevision))
      return Number(changes) === 1
    },
    async remove(id, expectedRevision) {
      const { changes } = await call(() => remove.run(id, expectedRevision))
      return Number(changes) === 1
    },
    async list({ after = '', limit = 200 } = {}) {
      const rows = (await call(() => list.all(after, limit)))
        .map(toRow)
        .filter((row) => row !== null)
      const records = rows.map((row) => parseRecordText(row.record, row.id))
      return { records, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) }
    },
    close: () => database.close(),
  }
}

function toRow(value: unknown): { readonly id: string; readonly record: string } | null {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('record' in value))
    return null
  return { id: String(value.id), record: String(value.record) }
}

const [busy, locked, full] = [5, 6, 13]

function isBusy(error: unknown): boolean {
  const code = sqliteCodeOf(error)
  return code === busy || code === locked
}

function toStoreError(cause: unknown): TitofistoError {
  if (isTitofistoError(cause)) return cause
  if (isBusy(cause)) {
    const message = "The slots can't be read or written now: others keep the file busy."
    return new TitofistoError('slot-store-unavailable', message, { cause })
  }
  if (sqliteCodeOf(cause) === full)
    return new TitofistoError('storage-full', 'No space is left for slots.', { cause })
  return new TitofistoError('slot-store-failed', "The slots can't be read or written now.", {
    cause,
  })
}
