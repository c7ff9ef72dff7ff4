// The programs of docs/stores.md, as somebody would copy them, on a real Redis and a real PostgreSQL.

import { expect, it } from 'vitest'
import { describeOnPostgres, describeOnRedis } from '../support/engines/stage.ts'
import { runGuide } from '../support/guide.ts'

const beginning = (url: string, name: string): string => `
import { createLocalStorage } from 'titofisto'
process.env['${name}'] = '${url}'
const secret = 'a secret of many letters, for examples'
const storage = createLocalStorage({ root: './media' })`

/** One upload to a slot, and another: once is all. */
const ending = (close: string): string => `
const letter = files.slot('letter', { handler: ({ file }) => file.save('letters/a.txt') })
const url = new URL(await letter.url(), 'http://localhost')
for (const body of ['Dear Ann', 'Dear Bob']) {
  const answer = await files.fetch(new Request(url, { method: 'PUT', body }))
  console.log(answer.status, answer.ok ? await answer.json() : '')
}
await files.close()
${close}`

describeOnRedis('docs/stores.md on Redis', (engine) => {
  it('keeps slots there', { timeout: 300_000 }, async () => {
    const said = await runGuide('stores', {
      packages: ['redis', '@redis'],
      snippets: [0],
      beginning: beginning(engine().url, 'REDIS_URL'),
      ending: ending('console.log(await client.dbSize())\nclient.destroy()'),
    })
    expect(said).toMatch(/^200 letters\/a\.txt\n404 \n[1-9]\d*\n$/)
  })
})

describeOnPostgres('docs/stores.md on PostgreSQL', (engine) => {
  it('keeps slots there', { timeout: 300_000 }, async () => {
    const said = await runGuide('stores', {
      packages: ['pg', '@types/pg'],
      snippets: [1],
      beginning: beginning(engine().url, 'DATABASE_URL'),
      ending: ending(`
const { rows } = await client.query('select count(*) from titofisto_slots')
console.log(rows[0].count)
await client.end()`),
    })
    expect(said).toBe('200 letters/a.txt\n404 \n1\n')
  })
})
