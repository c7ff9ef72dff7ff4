// A slot's record is never changed in place, also where the store has the very object: what user's code
// is given of it, it may do with as it likes.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createFileSlotStore,
  createLocalStorage,
  createMemorySlotStore,
  SlotRejection,
} from '../../src/index.ts'
import type { SlotStore, Storage } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import { startSlotServer } from '../support/slot-server.ts'
import type { SlotServer } from '../support/slot-server.ts'

describe.each<[string, (folder: string) => SlotStore]>([
  ['in memory', () => createMemorySlotStore()],
  ['of files', (folder) => createFileSlotStore({ folder, durable: false })],
])('with a slot store %s', (_, createStore) => {
  let folder: string
  let server: SlotServer

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'titofisto-given-objects-'))
    server = await startSlotServer({ store: createStore(folder) })
  })

  afterEach(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })

  const put = (url: string): Promise<Response> => fetch(url, { method: 'PUT', body: 'hello' })

  it('each run gets the arguments as they were minted, whatever another has made of them', async () => {
    const kind = server.slots.define('list', {
      handler({ args, slot }) {
        const list = args as { items: string[]; owner?: string }
        const seen = structuredClone(list)
        list.items.push('of a run')
        list.owner = 'nobody'
        if (slot.attempt < 3) throw new SlotRejection('Once more.', { retry: true })
        return seen
      },
    })
    const minted = { items: ['minted'], owner: 'ann' }
    const { url } = await kind.create(minted)
    minted.items.push('after minting')
    expect([(await put(url)).status, (await put(url)).status]).toEqual([422, 422])
    expect(await (await put(url)).json()).toEqual({ items: ['minted'], owner: 'ann' })
  })

  it('a status stays true, whatever was made of the one before', async () => {
    const kind = server.slots.define('note', {
      handler: async ({ file }) => void (await file.save('note.txt')),
    })
    const { id, url } = await kind.create()
    await put(url)
    const names = (await kind.status(id))?.savedNames as string[]
    names.push('invented.txt')
    expect((await kind.status(id))?.savedNames).toEqual(['note.txt'])
  })

  it('an end that is written down stays as it was, though its handler goes on saving', async () => {
    const isSaved = createDeferred()
    const mayTell = createDeferred()
    const root = await mkdtemp(join(folder, 'root-'))
    const local = createLocalStorage({ root, durable: false })
    const storage: Storage = {
      ...local,
      async adopt(...call) {
        const name = await local.adopt(...call)
        if (name !== 'second.txt') return name
        isSaved.resolve()
        await mayTell.promise
        return name
      },
    }
    await server.close()
    server = await startSlotServer({ store: createStore(join(folder, 'slots')), storage })
    const saves: Promise<string>[] = []
    const kind = server.slots.define('careless', {
      async handler({ file }) {
        await file.save('first.txt')
        saves.push(file.save('second.txt'))
        await isSaved.promise
      },
    })
    const { id, url } = await kind.create()
    await put(url)
    mayTell.resolve()
    expect(await Promise.all(saves)).toEqual(['second.txt'])
    expect(await kind.status(id)).toMatchObject({ savedNames: ['first.txt'], savedCount: 1 })
  })
})
