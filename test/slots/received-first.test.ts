// Uploads whose body is here before their slot is claimed, and what may happen until it is.

import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { createDeferred } from '../support/deferred.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

let server: SlotServer

afterEach(async () => {
  await server.close()
})

describe('an upload that is here before its slot is claimed', () => {
  it('keeps its bytes in a sweep, however long its fields are looked at', async () => {
    server = await startSlotServer()
    const asked = createDeferred()
    const answered = createDeferred()
    const fields: StandardSchemaV1<unknown, unknown> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        async validate(value) {
          asked.resolve()
          await answered.promise
          return { value }
        },
      },
    }
    const kind = server.slots.define('note', {
      fields,
      handler: async ({ file }) => Buffer.from(await file.bytes()).toString(),
    })
    const { url } = await kind.create()
    const body = new FormData()
    body.append('f', new Blob(['hello']), 'a.txt')
    const answer = fetch(url, { method: 'POST', body })
    await asked.promise
    const { spoolFolder } = server.storage
    for (const name of await readdir(spoolFolder)) await utimes(join(spoolFolder, name), 0, 0)
    expect(await server.slots.sweep()).toMatchObject({ removedFiles: 0 })
    answered.resolve()
    const { status } = await answer
    expect(status).toBe(200)
  })
})
