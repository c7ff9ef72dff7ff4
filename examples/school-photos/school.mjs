// The school's database: which trips there are, and who sent which file. PostgreSQL within this process.

import { randomBytes } from 'node:crypto'
import { PGlite } from '@electric-sql/pglite'

/** Opens the database, and makes its tables where they are missing. */
export async function openSchool(folder) {
  const database = await PGlite.create(folder)
  await database.exec(`
    create table if not exists setting (name text primary key, value text not null);
    create table if not exists trip (
      id serial primary key, title text not null, request_id text, made_at timestamptz default now());
    create table if not exists picture (
      name text primary key, trip_id integer not null references trip, sender text not null,
      type text not null, size_bytes bigint not null, sent_at timestamptz default now());
  `)

  async function rows(sql, values = []) {
    return (await database.query(sql, values)).rows
  }

  /** A random text that stays the same. */
  async function kept(name) {
    const fresh = randomBytes(32).toString('base64url')
    await rows('insert into setting values ($1, $2) on conflict do nothing', [name, fresh])
    const [setting] = await rows('select value from setting where name = $1', [name])
    return setting.value
  }

  return {
    secret: () => kept('secret'),
    teacherKey: () => kept('teacher-key'),

    trips: () =>
      rows(`select trip.id, title, count(picture.name)::int as pictures from trip
            left join picture on trip_id = trip.id group by trip.id order by trip.id desc`),

    async addTrip(title) {
      const [trip] = await rows('insert into trip (title) values ($1) returning id', [title])
      return trip.id
    },

    async trip(id) {
      const [trip] = await rows(
        'select id, title, request_id as "requestId" from trip where id = $1',
        [id],
      )
      return trip ?? null
    },

    setRequest: (id, requestId) =>
      rows('update trip set request_id = $2 where id = $1', [id, requestId]),

    pictures: (id) =>
      rows(
        `select name, sender, type, size_bytes::float8 as "sizeBytes" from picture
         where trip_id = $1 order by sent_at, name`,
        [id],
      ),

    addPicture: ({ name, tripId, sender, type, sizeBytes }) =>
      rows(
        `insert into picture (name, trip_id, sender, type, size_bytes) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        [name, tripId, sender, type, sizeBytes],
      ),

    async hasPicture(name) {
      return (await rows('select 1 from picture where name = $1', [name])).length > 0
    },

    close: () => database.close(),
  }
}
