import { describe, expect, it } from 'vitest'
import { createTurnEnd } from './reply-batch.ts'

const nextTurn = () => new Promise(setImmediate)

describe('the end of a turn', () => {
  it('does what the turn brought, together and in order', async () => {
    const done: number[] = []
    const atTurnEnd = createTurnEnd((thing: number) => void done.push(thing))
    for (const thing of [1, 2, 3]) void atTurnEnd(thing)
    await Promise.resolve()
    expect(done).toEqual([])
    await nextTurn()
    expect(done).toEqual([1, 2, 3])
  })

  it('settles promises once the work is done', async () => {
    const done: number[] = []
    const atTurnEnd = createTurnEnd((thing: number) => void done.push(thing))
    await Promise.all([atTurnEnd(1), atTurnEnd(2)])
    expect(done).toEqual([1, 2])
    await atTurnEnd(3)
    expect(done).toEqual([1, 2, 3])
  })

  it('lets no more than 64 wait', async () => {
    const done: number[] = []
    const atTurnEnd = createTurnEnd((thing: number) => void done.push(thing))
    const promises = Array.from({ length: 130 }, (_, thing) => atTurnEnd(thing))
    expect(done.length).toBe(128)
    await Promise.all(promises)
    expect(done).toEqual(Array.from({ length: 130 }, (_, thing) => thing))
  })

  it('takes what its own work brings into the next turn', async () => {
    const done: number[] = []
    const atTurnEnd = createTurnEnd((thing: number) => {
      done.push(thing)
      if (thing < 3) void atTurnEnd(thing + 1)
    })
    void atTurnEnd(1)
    await nextTurn()
    expect(done).toEqual([1])
    await nextTurn()
    await nextTurn()
    expect(done).toEqual([1, 2, 3])
  })
})
