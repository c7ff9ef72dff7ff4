// Passwords of requests. What is kept is a salted scrypt digest; what is tried is tried slowly: who
// has the link and not the password may guess once a second in each process, and no guess makes us
// hold more memory than two digests take.

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { PasswordDigest } from '../record/request.ts'

/** The most characters of a password. */
export const maxPasswordLength = 200

const saltBytes = 16
const digestBytes = 32
/** 16 MiB and some 50 ms a digest. */
const cost = { N: 16_384, r: 8, p: 1, maxmem: 32 * 1024 * 1024 }

/** Makes what is remembered of a password. */
export async function digestPassword(password: string): Promise<PasswordDigest> {
  const salt = randomBytes(saltBytes)
  const digest = await derive(password, salt)
  return {
    scheme: 'scrypt-16384-8-1',
    salt: salt.toString('base64url'),
    digest: digest.toString('base64url'),
  }
}

/** Whether this is the password, compared in constant time. */
export async function isPassword(password: string, known: PasswordDigest): Promise<boolean> {
  if (password.length > maxPasswordLength) return false
  const wanted = Buffer.from(known.digest, 'base64url')
  const given = await derive(password, Buffer.from(known.salt, 'base64url'))
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Composed, since keyboards differ in how they write an ü.
    scrypt(password.normalize('NFC'), salt, digestBytes, cost, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}

/** What has come of a guess; `busy`: too many wait already. */
export type GuessOutcome = 'right' | 'wrong' | 'busy'

/** How guesses are held back. */
export interface GuessPace {
  /** How long nobody may guess a request's password after a wrong guess. */
  readonly pauseMs: number
  /** How many guesses of one request may wait. */
  readonly maxWaiting: number
  /** How many passwords are digested at once, of all requests. */
  readonly maxAtOnce: number
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>
}

const usualPace: GuessPace = {
  pauseMs: 1000,
  maxWaiting: 16,
  maxAtOnce: 2,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
}

/** Runs guesses, those of one request one after the other; never more than its pace allows. */
export type GuessLanes = (requestId: string, guess: () => Promise<boolean>) => Promise<GuessOutcome>

/** Makes the lanes of a process. */
export function createGuessLanes(pace: GuessPace = usualPace): GuessLanes {
  const lanes = new Map<string, { waiting: number; last: Promise<void> }>()
  const atOnce: { running: number; readonly queue: (() => void)[] } = { running: 0, queue: [] }

  async function guessInTurn(guess: () => Promise<boolean>): Promise<boolean> {
    if (atOnce.running >= pace.maxAtOnce)
      await new Promise<void>((resolve) => atOnce.queue.push(resolve))
    else atOnce.running += 1
    try {
      return await guess()
    } finally {
      // The place goes straight to the next one, so that nobody takes it in between.
      const next = atOnce.queue.shift()
      if (next === undefined) atOnce.running -= 1
      else next()
    }
  }

  return (requestId, guess) => {
    const lane = lanes.get(requestId) ?? { waiting: 0, last: Promise.resolve() }
    if (lane.waiting >= pace.maxWaiting) return Promise.resolve('busy')
    lanes.set(requestId, lane)
    lane.waiting += 1
    const outcome = lane.last.then(() => guessInTurn(guess))
    lane.last = outcome
      .then((isRight) => (isRight ? undefined : pace.wait(pace.pauseMs)))
      .catch(() => {})
      .finally(() => {
        lane.waiting -= 1
        if (lane.waiting === 0) lanes.delete(requestId)
      })
    return outcome.then((isRight) => (isRight ? 'right' : 'wrong'))
  }
}
