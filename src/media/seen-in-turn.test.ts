import { describe, expect, it } from 'vitest'
import { createSeenInTurn } from './seen-in-turn.ts'

describe('what was seen in a turn of the event loop', () => {
  it('is forgotten with it', async () => {
    const seen = createSeenInTurn<string>(() => 0)
    for (let turn = 0; turn < 3; turn++) {
      expect(seen.has('a')).toBe(false)
      seen.add('a')
      expect(seen.has('a')).toBe(true)
      expect(seen.has('b')).toBe(false)
      await new Promise(setImmediate)
    }
  })

  it('is forgotten after a millisecond, in a turn that lasts', () => {
    let nowMs = 5
    const seen = createSeenInTurn<string>(() => nowMs)
    seen.add('a')
    nowMs = 6
    seen.add('b')
    expect(seen.has('a')).toBe(true)
    nowMs = 6.1
    expect(seen.has('a')).toBe(false)
    seen.add('c')
    expect([seen.has('a'), seen.has('b'), seen.has('c')]).toEqual([false, false, true])
  })
})
