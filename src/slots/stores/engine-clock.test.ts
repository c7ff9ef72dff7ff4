import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createChangeInTime } from './engine-clock.ts'

describe('a change with a deadline', () => {
  it('is made in the end, whatever the engine’s clock says and however it was set since', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4e12), { minLength: 1, maxLength: 10 }), async (clocks) => {
        const changeInTime = createChangeInTime()
        for (const engineMs of clocks) {
          const untilMs = performance.now() + 60_000
          let attempts = 0
          const made = await changeInTime(untilMs, async (untilEngineMs) => {
            attempts += 1
            return { outcome: engineMs > untilEngineMs ? 'late' : 'made', engineMs }
          })
          expect(made).toBe(true)
          expect(attempts).toBeLessThanOrEqual(2)
        }
      }),
    )
  })

  it('is never let live longer by an engine’s clock than its caller waits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(4e12), async (aheadMs) => {
        const changeInTime = createChangeInTime()
        const engineNow = (): number => performance.now() + aheadMs
        const deadlines: number[] = []
        const untilMs = performance.now() + 1000
        for (let change = 0; change < 5; change++)
          await changeInTime(untilMs, async (untilEngineMs) => {
            deadlines.push(untilEngineMs)
            return { outcome: engineNow() > untilEngineMs ? 'late' : 'made', engineMs: engineNow() }
          })
        for (const deadline of deadlines) expect(deadline).toBeLessThanOrEqual(untilMs + aheadMs)
      }),
    )
  })

  it('that came too late fails, and says that nothing was changed', async () => {
    const changeInTime = createChangeInTime()
    const late = changeInTime(performance.now() - 1, async () => ({ outcome: 'late', engineMs: 5 }))
    await expect(late).rejects.toThrow('too late')
  })
})
