import { describe, expect, it } from 'vitest'
import { createDeferred, type Deferred } from '../../../test/support/deferred.ts'
import { createGuessLanes, digestPassword, isPassword } from './password.ts'

describe('a password', () => {
  it('is known again by its digest, and no other is; two digests of it are not the same', async () => {
    const [one, other] = await Promise.all([digestPassword('Bücher'), digestPassword('Bücher')])
    expect(await isPassword('Bücher', one)).toBe(true)
    expect(await isPassword('Bu\u0308cher', one)).toBe(true)
    expect(await isPassword('Bucher', one)).toBe(false)
    expect(await isPassword('', one)).toBe(false)
    expect(one.digest).not.toBe(other.digest)
  })
})

describe('the pace of guesses', () => {
  it('lets one request be guessed one by one, with a pause after each wrong one, and refuses who waits too many', async () => {
    const pauses: Deferred[] = []
    const lanes = createGuessLanes({
      pauseMs: 1000,
      maxWaiting: 2,
      maxAtOnce: 2,
      wait(ms) {
        expect(ms).toBe(1000)
        const pause = createDeferred()
        pauses.push(pause)
        return pause.promise
      },
    })
    const guessed: string[] = []
    const guess = (what: string, isRight: boolean) =>
      lanes('one', async () => {
        guessed.push(what)
        return isRight
      })
    const first = guess('first', false)
    const second = guess('second', true)
    expect(await guess('third', true)).toBe('busy')
    expect(await first).toBe('wrong')
    expect(guessed).toEqual(['first'])
    // Another request is another lane.
    expect(await lanes('other', async () => true)).toBe('right')
    pauses[0]?.resolve()
    expect(await second).toBe('right')
    expect(guessed).toEqual(['first', 'second'])
    expect(await guess('fourth', true)).toBe('right')
  })

  it('digests no more at once than it may, however many requests there are', async () => {
    const lanes = createGuessLanes({
      pauseMs: 0,
      maxWaiting: 9,
      maxAtOnce: 2,
      wait: async () => {},
    })
    let running = 0
    let most = 0
    const outcomes = await Promise.all(
      Array.from({ length: 9 }, (_, request) =>
        lanes(String(request), async () => {
          running += 1
          most = Math.max(most, running)
          await new Promise((resolve) => setImmediate(resolve))
          running -= 1
          return request % 2 === 0
        }),
      ),
    )
    expect(most).toBe(2)
    expect(outcomes.filter((outcome) => outcome === 'right')).toHaveLength(5)
  })
})
