// Calls of an engine that may be far away: each has its time, and where one fails, it is said in our
// words. An engine that hangs must not hang its callers: an uploader is told to come again instead.

import { isTitofistoError, TitofistoError } from '../../errors.ts'
import { secondsUpTo } from '../../options.ts'

/** What an engine's error means: it can't be asked now, it has no room, or what was asked is wrong. */
export type EngineFault = 'unavailable' | 'full' | 'failed'

/** What there is to know of an engine. */
export interface Engine {
  /** As its users call it. */
  readonly name: string
  /** How long a call may take. */
  readonly timeoutMs: number
  readonly faultOf: (error: unknown) => EngineFault
}

/** One try at a call. */
export interface Attempt {
  /** Until when its answer is waited for, by `performance.now()`. */
  readonly untilMs: number
  /** Whether it was tried before, and nobody knows whether it was made: the connection broke. */
  readonly isAgain: boolean
}

/**
 * Makes one call, and once more where only the way to the engine was broken: `work` must bear that.
 *
 * @throws TitofistoError `slot-store-unavailable`, `storage-full`, `slot-store-failed`
 */
export type EngineCall = <Value>(work: (attempt: Attempt) => Promise<Value>) => Promise<Value>

/** The longest that a call may be given, in seconds. */
export const longestTimeoutSeconds = 300

/** The rule of the option `timeoutSeconds`. */
export const timeoutRule = secondsUpTo(longestTimeoutSeconds)

/** How long a call may take where nothing else is said, in seconds. */
export const defaultTimeoutSeconds = 5

// While an engine gives no answer, whoever comes is told so at once, and one call now and then finds
// out whether it does again. In between nothing is sent: a client that closes a connection on which
// nothing moves must get to see that, or it would keep a dead one for as long as we write to it.
const probeMs = 1000
const restMs = 5000

/** Makes the function that all calls of one engine go by. */
export function createEngineCall(engine: Engine): EngineCall {
  // Since its last answer, late ones too, a call has run out of time.
  let isSilent = false
  let probe: Promise<unknown> | null = null
  let nextProbeMs = 0

  async function hear<Value>(work: Promise<Value>): Promise<Value> {
    try {
      const value = await work
      isSilent = false
      return value
    } catch (error) {
      // What a broken connection says is no answer.
      if (!isUnreachable(error)) isSilent = false
      throw error
    }
  }

  async function tryTwice<Value>(
    work: (attempt: Attempt) => Promise<Value>,
    untilMs: number,
  ): Promise<Value> {
    try {
      return await hear(work({ untilMs, isAgain: false }))
    } catch (error) {
      if (!isUnreachable(error) || performance.now() >= untilMs) throw error
      return hear(work({ untilMs, isAgain: true }))
    }
  }

  function isUnreachable(error: unknown): boolean {
    return !(error instanceof NoAnswerError) && engine.faultOf(error) === 'unavailable'
  }

  async function tryFor<Value>(
    limitMs: number,
    work: (attempt: Attempt) => Promise<Value>,
  ): Promise<Value> {
    try {
      return await within(limitMs, tryTwice(work, performance.now() + limitMs))
    } catch (error) {
      if (error instanceof NoAnswerError) {
        if (!isSilent) nextProbeMs = 0
        isSilent = true
      }
      throw error
    }
  }

  async function tryOrRest<Value>(work: (attempt: Attempt) => Promise<Value>): Promise<Value> {
    if (isSilent && probe !== null) await probe
    if (!isSilent) return tryFor(engine.timeoutMs, work)
    if (performance.now() < nextProbeMs || probe !== null) throw new NoAnswerError(stillSilent)
    nextProbeMs = performance.now() + restMs
    const probing = tryFor(Math.min(probeMs, engine.timeoutMs), work)
    probe = ended(probing).finally(() => (probe = null))
    return probing
  }

  return async (work) => {
    try {
      return await tryOrRest(work)
    } catch (error) {
      throw toStoreError(engine, error)
    }
  }
}

async function ended(work: Promise<unknown>): Promise<void> {
  await work.catch(() => {})
}

const stillSilent = 'It has given no answer for some time; another call has yet to find out.'

class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
}

/** For an engine's call that comes too late to be made: nothing was changed. */
export function tooLate(): Error {
  return new NoAnswerError('The call came too late to be made.')
}

async function within<Value>(limitMs: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    // Made only when it is needed: the stack of an error is dear, and there are four calls an upload.
    const fail = (): void => reject(new NoAnswerError(`No answer came within ${limitMs / 1000} s.`))
    timer = setTimeout(fail, limitMs)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

function toStoreError({ name, faultOf }: Engine, cause: unknown): TitofistoError {
  if (isTitofistoError(cause)) return cause
  const fault = cause instanceof NoAnswerError ? 'unavailable' : faultOf(cause)
  switch (fault) {
    case 'unavailable': {
      const message = `The slots can't be read or written now: ${name} can't be reached.`
      return new TitofistoError('slot-store-unavailable', message, { cause })
    }
    case 'full':
      return new TitofistoError('storage-full', `${name} has no room for slots.`, { cause })
    case 'failed': {
      const message = `The slots can't be read or written: ${name} refuses.`
      return new TitofistoError('slot-store-failed', message, { cause })
    }
  }
}
