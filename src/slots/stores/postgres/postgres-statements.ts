// What PostgreSQL is asked. Each change is one statement, which is made whole or not at all.

/** The statements on one table. */
export interface Statements {
  /** Makes the table where there is none. */
  readonly migrate: string
  /** Gives no row, and fails where the table is not as it must be. */
  readonly check: string
  /** Of these three, $1 is the time until which they may be made; each gives one row, `ms` and `made`. */
  readonly create: string
  readonly replace: string
  readonly remove: string
  /** Who wrote a record, and which of its revisions. */
  readonly writer: string
  readonly read: string
  readonly list: string
}

/** Makes the statements for a table, whose name is checked: `slots`, or `app.slots`. */
export function statementsFor(table: string): Statements {
  const name = table
    .split('.')
    .map((part) => `"${part}"`)
    .join('.')
  return {
    // Two who make a table at once can both fail, "if not exists" or not: so one after another. And
    // that would tell of each table that is there, which some clients print.
    migrate: `do $$
begin
  perform pg_advisory_xact_lock(hashtext('titofisto ' || '${table}'));
  if to_regclass('${name}') is null then
    create table ${name} (
      id text collate "C" primary key,
      revision integer not null,
      writer text not null,
      record text not null
    ) with (fillfactor = 70);
  end if;
end
$$`,
    check: `select id, revision, writer, record from ${name} limit 0`,
    create: inTime(`insert into ${name} (id, revision, writer, record)
  select $2::text, $3::integer, $4::text, $5::text
  where (select ms from clock) <= $1::float8
  on conflict (id) do nothing
  returning 1`),
    replace: inTime(`update ${name} set revision = $4::integer, writer = $5::text, record = $6::text
  where id = $2::text and revision = $3::integer and (select ms from clock) <= $1::float8
  returning 1`),
    remove: inTime(`delete from ${name}
  where id = $2::text and revision = $3::integer and (select ms from clock) <= $1::float8
  returning 1`),
    writer: `select revision, writer from ${name} where id = $1::text`,
    read: `select record from ${name} where id = $1::text`,
    list: `select id, record from ${name} where id > $1::text order by id limit $2::integer`,
  }
}

function inTime(change: string): string {
  return `with clock as materialized (
  select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms
), made as (
  ${change}
)
select clock.ms as ms, (select count(*) from made)::integer as made from clock`
}
