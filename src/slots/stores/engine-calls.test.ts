import { describe, expect, it } from 'vitest'
import { createDeferred } from '../../../test/support/deferred.ts'
import { createEngineCall } from './engine-calls.ts'
import type { Engine } from './engine-calls.ts'

const engine: Engine = {
  name: 'An engine',
  timeoutMs: 30,
  faultOf: (error) => (error instanceof RangeError ? 'failed' : 'unavailable'),
}
const unavailable = { code: 'slot-store-unavailable', status: 503 }

describe('a call of an engine', () => {
  it('is given up in its time, and what comes later harms nobody', async () => {
    const call = createEngineCall(engine)
    const late = createDeferred()
    await expect(call(() => late.promise)).rejects.toMatchObject(unavailable)
    late.reject(new Error('The connection broke.'))
  })

  it('is made once more where the connection broke, and told so', async () => {
    const call = createEngineCall({ ...engine, timeoutMs: 60_000 })
    const attempts: boolean[] = []
    const value = await call(async ({ isAgain }) => {
      attempts.push(isAgain)
      if (!isAgain) throw new Error('The connection broke.')
      return 'an answer'
    })
    expect(value).toBe('an answer')
    expect(attempts).toEqual([false, true])
  })

  it('is not made again where the engine refuses', async () => {
    const call = createEngineCall({ ...engine, timeoutMs: 60_000 })
    let attempts = 0
    const refused = call(async () => {
      attempts += 1
      throw new RangeError('No.')
    })
    await expect(refused).rejects.toMatchObject({ code: 'slot-store-failed' })
    expect(attempts).toBe(1)
  })
})

describe('an engine that gives no answer', () => {
  it('is asked by one call at a time, and the others fail without being sent', async () => {
    const call = createEngineCall(engine)
    let sent = 0
    const never = () => {
      sent += 1
      return new Promise<never>(() => {})
    }
    await expect(call(never)).rejects.toMatchObject(unavailable)
    const calls = Array.from({ length: 10 }, () => call(never))
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe('rejected')
    expect(sent).toBe(2)
    await expect(call(never)).rejects.toMatchObject(unavailable)
    expect(sent).toBe(2)
  })

  it('is asked by all again once it has said anything, late or not', async () => {
    const call = createEngineCall(engine)
    const late = createDeferred()
    await expect(call(() => late.promise)).rejects.toMatchObject(unavailable)
    await expect(call(() => late.promise)).rejects.toMatchObject(unavailable)
    const sent = () => Promise.resolve('an answer')
    await expect(call(sent)).rejects.toMatchObject(unavailable)
    late.resolve()
    await late.promise
    await new Promise((resolve) => setImmediate(resolve))
    expect(await call(sent)).toBe('an answer')
  })

  it('that was silent to one call answers the next ones, which wait for the first of them', async () => {
    const call = createEngineCall(engine)
    await expect(call(() => new Promise<never>(() => {}))).rejects.toMatchObject(unavailable)
    const answers = Array.from({ length: 5 }, (_, index) => call(async () => index))
    expect(await Promise.all(answers)).toEqual([0, 1, 2, 3, 4])
  })
})
