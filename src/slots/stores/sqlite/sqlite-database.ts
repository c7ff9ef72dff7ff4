// Node's own SQLite, by its shape: Node 20 has none, and neither have the types that we build with.

/** What the store asks of a `DatabaseSync` of `node:sqlite`. */
export interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

/** A statement; it runs at once. */
export interface SqliteStatement {
  run(...params: (string | number)[]): { readonly changes: number | bigint }
  get(...params: (string | number)[]): unknown
  all(...params: (string | number)[]): readonly unknown[]
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string) => SqliteDatabase
}

/** Opens a database; `null` where this Node has no SQLite. */
export function openSqlite(path: string): SqliteDatabase | null {
  // Not imported: the package must load on Node 20.
  const found: unknown = process.getBuiltinModule?.('node:sqlite')
  return isSqliteModule(found) ? new found.DatabaseSync(path) : null
}

function isSqliteModule(value: unknown): value is SqliteModule {
  return typeof value === 'object' && value !== null && 'DatabaseSync' in value
}

/** SQLite's own number of an error (sqlite.org/rescode.html), without what it says in detail; `null` for others. */
export function sqliteCodeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null
}
