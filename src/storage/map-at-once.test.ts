import { describe, expect, it } from 'vitest'
import { mapAtOnce } from './map-at-once.ts'

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

describe('many things', () => {
  it('are worked on a few at a time, and their results are in order', async () => {
    let underWay = 0
    let most = 0
    const numbers = Array.from({ length: 20 }, (_, index) => index)
    const doubled = await mapAtOnce(numbers, 3, async (number) => {
      most = Math.max(most, ++underWay)
      // Later ones are done sooner.
      for (let turn = number; turn < 20; turn++) await nextTurn()
      underWay--
      return 2 * number
    })
    expect(doubled).toEqual(numbers.map((number) => 2 * number))
    expect(most).toBe(3)
  })

  it('may be none, or fewer than are worked on at once', async () => {
    expect(await mapAtOnce([], 3, () => Promise.reject(new Error('never called')))).toEqual([])
    expect(await mapAtOnce([undefined], 3, (item) => Promise.resolve(item))).toEqual([undefined])
  })

  it('are left alone once one fails, whose error comes when the others under way are done', async () => {
    const fault = new Error('the third')
    const begun: number[] = []
    const done: number[] = []
    const work = mapAtOnce([1, 2, 3, 4, 5, 6], 2, async (number) => {
      begun.push(number)
      if (number === 3) throw fault
      for (let turn = 0; turn < 3 * number; turn++) await nextTurn()
      done.push(number)
    })
    await expect(work).rejects.toBe(fault)
    expect(begun).toEqual([1, 2, 3])
    expect(done).toEqual([1, 2])
  })
})
