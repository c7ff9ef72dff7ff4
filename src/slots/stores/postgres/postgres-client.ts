// The clients that a PostgreSQL store takes, by their shape: nothing of them is imported.

/** A `Pool` or `Client` of `pg`, a `PGlite`, and whatever else has this method. */
export interface PostgresQueryClient {
  query(text: string, params: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** What `postgres()` of the package `postgres` gives. */
export interface PostgresSqlClient {
  // Its own types take no `unknown`, though it sends what it is given.
  unsafe(text: string, params: (string | number)[]): PromiseLike<readonly unknown[]>
}

/** A client of PostgreSQL. */
export type PostgresClient = PostgresQueryClient | PostgresSqlClient

/** Asks one statement, and gives its rows. */
export type AskPostgres = (
  text: string,
  params: readonly (string | number)[],
) => Promise<readonly Row[]>

/** A row, by its columns' names; numbers come as numbers or as text, as the client has it. */
export type Row = Readonly<Record<string, unknown>>

/** Whether a value has the shape of a client. */
export function isPostgresClient(value: unknown): value is PostgresClient {
  return hasMethod(value, 'unsafe') || hasMethod(value, 'query')
}

/** The function that asks this client. */
export function toAsk(client: PostgresClient): AskPostgres {
  if (isSqlClient(client))
    return async (text, params) => toRows(await client.unsafe(text, [...params]))
  const ask: AskPostgres = async (text, params) =>
    toRows((await client.query(text, [...params])).rows)
  // The one connection of pg's Client takes one statement at a time, and soon no queue.
  return hasMethod(client, 'escapeLiteral') ? oneAtATime(ask) : ask
}

/** The code of an error of the server (SQLSTATE); `null` where it is another's, such as the connection's. */
export function sqlStateOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  const { code } = error
  // Codes of the system, such as EPIPE, begin with other letters.
  return typeof code === 'string' && /^(?:[0-9]|F0|HV|P0|XX)[0-9A-Z]{3,4}$/.test(code) ? code : null
}

function isSqlClient(client: PostgresClient): client is PostgresSqlClient {
  return hasMethod(client, 'unsafe')
}

function hasMethod(value: unknown, name: string): boolean {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isObject && typeof Reflect.get(value, name) === 'function'
}

function oneAtATime(ask: AskPostgres): AskPostgres {
  let last: Promise<unknown> = Promise.resolve()
  return (text, params) => {
    const asked = last.then(() => ask(text, params))
    last = asked.catch(() => {})
    return asked
  }
}

function toRows(rows: readonly unknown[]): readonly Row[] {
  return rows.filter((row): row is Row => typeof row === 'object' && row !== null)
}
