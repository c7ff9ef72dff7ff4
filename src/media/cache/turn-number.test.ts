import { describe, expect, it } from 'vitest'
import { createTurnNumber } from './turn-number.ts'

describe("a turn's number", () => {
  it('stays for the turn, and is another in the next', async () => {
    const turnNumber = createTurnNumber(() => 0)
    const numbers: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      const number = turnNumber()
      expect(turnNumber()).toBe(number)
      await Promise.resolve()
      expect(turnNumber()).toBe(number)
      numbers.push(number)
      await new Promise(setImmediate)
    }
    expect(new Set(numbers).size).toBe(3)
  })

  it('is another after a millisecond, in a turn that lasts', async () => {
    let nowMs = 5
    const turnNumber = createTurnNumber(() => nowMs)
    const first = turnNumber()
    nowMs = 6
    expect(turnNumber()).toBe(first)
    nowMs = 6.1
    const second = turnNumber()
    expect(second).not.toBe(first)
    nowMs = 7.1
    expect(turnNumber()).toBe(second)
    await new Promise(setImmediate)
    expect([first, second]).not.toContain(turnNumber())
  })
})
