import { describe, expect, it } from 'vitest'
import { startSlotServer } from '../../../test/support/slot-server.ts'
import { createMemorySlotStore } from '../stores/memory.ts'
import type { SlotStore } from '../stores/store.ts'

/** A store whose changes fail with an answer that is lost: before they are made, or after. */
function losingAnswers(when: 'before' | 'after'): SlotStore & { isFailing: boolean } {
  const store = createMemorySlotStore()
  const losing = {
    ...store,
    isFailing: false,
    async replace(...[record, revision]: Parameters<SlotStore['replace']>) {
      if (!losing.isFailing) return store.replace(record, revision)
      // Kept as another process would read it.
      if (when === 'after') await store.replace(structuredClone(record), revision)
      throw new Error('The connection was lost.')
    },
  }
  return losing
}

describe('a change of a slot whose store fails', () => {
  it('is made where the store made it: the handler runs and its answer goes out', async () => {
    const store = losingAnswers('after')
    const server = await startSlotServer({ store })
    const kind = server.slots.define('note', { handler: ({ file }) => ({ bytes: file.sizeBytes }) })
    const { id, url } = await kind.create()
    store.isFailing = true
    const answer = await fetch(url, { method: 'POST', body: 'four' })
    expect(await answer.json()).toEqual({ bytes: 4 })
    expect(await kind.status(id)).toMatchObject({ state: 'done', attempt: 1 })
    await server.close()
  })

  it('is not made where the store did not make it, and the slot can be used again', async () => {
    const store = losingAnswers('before')
    const server = await startSlotServer({ store })
    const kind = server.slots.define('note', { handler: ({ file }) => ({ bytes: file.sizeBytes }) })
    const { url } = await kind.create()
    store.isFailing = true
    expect((await fetch(url, { method: 'POST', body: 'four' })).status).toBe(500)
    store.isFailing = false
    const answer = await fetch(url, { method: 'POST', body: 'fours' })
    expect(await answer.json()).toEqual({ bytes: 5 })
    await server.close()
  })
})
