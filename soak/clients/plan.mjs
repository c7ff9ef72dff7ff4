// @ts-check
// What a client is going to do, as a function of the soak's seed and the client's number alone.

import { createChance } from '../random.mjs'

/**
 * @typedef {import('./body.mjs').Sending} Sending
 * @typedef {'raw' | 'form' | 'tus' | 'double' | 'double-tus'} Way
 */

/**
 * @typedef {object} Plan
 * @property {number} script
 * @property {string} mood Which part of the mix it belongs to.
 * @property {Way} way
 * @property {string} kind
 * @property {boolean} isIdempotent
 * @property {number} groundChoice Below 1.
 * @property {readonly number[]} fileBytes
 * @property {number} fields
 * @property {Sending} sending
 * @property {'none' | 'digest' | 'too-large' | 'abort'} firstFault What the first try does wrong.
 * @property {boolean} sendsDigest
 * @property {string | null} idempotencyKey
 * @property {boolean} losesAnswer Whether the client loses the answer of its first whole upload.
 * @property {number} patienceMs
 * @property {boolean} lingers
 * @property {boolean} givesUp
 * @property {'endpoint' | 'deferred'} tusLength
 * @property {number} tusPieceBytes About how much one PATCH carries.
 * @property {number} tusChecksumProbability
 * @property {boolean} tusDeletes
 * @property {{ delayMs: number, throwTimes: number, reject: 'final' | 'retry' | null, saves: number, answer: string, folder: string }} args For the handler.
 * @property {import('../random.mjs').Chance} chance For what is chosen on the way.
 */

/** Parts of the mix, in turn: what presses or stalls must come together to be felt. A profile is one of them alone. */
const moods = /** @type {const} */ (['forms', 'any', 'stalls', 'any'])
const scriptsPerMood = 30

/** @typedef {'mix' | 'forms' | 'stalls'} Profile */

/**
 * @param {number} seed
 * @param {number} script
 * @param {Profile} profile
 * @returns {Plan}
 */
export function makePlan(seed, script, profile) {
  const chance = createChance(seed, `script ${script}`)
  const mood = profile === 'mix' ? moodOf(seed, script, chance) : profile
  const plan = makeAny(script, chance)
  if (mood === 'forms') return { ...plan, mood, ...makePressing(chance, plan.isIdempotent) }
  if (mood === 'stalls') return { ...plan, mood, ...makeSlowTus(chance) }
  return plan
}

/**
 * @param {number} seed
 * @param {number} script
 * @param {import('../random.mjs').Chance} chance
 */
function moodOf(seed, script, chance) {
  const turn = moods[(seed + Math.floor(script / scriptsPerMood)) % moods.length]
  return turn === undefined || chance.happens(0.2) ? 'any' : turn
}

/**
 * @param {number} script
 * @param {import('../random.mjs').Chance} chance
 * @returns {Plan}
 */
function makeAny(script, chance) {
  const way = chance.weigh(
    /** @type {const} */ ([
      ['raw', 3],
      ['form', 3],
      ['tus', 3],
      ['double', 1],
      ['double-tus', 0.5],
    ]),
  )
  const isIdempotent = chance.happens(0.5)
  const files = way === 'form' ? chance.pick([1, 1, 2, 4, 8]) : 1
  const fileBytes = Array.from({ length: files }, () => pickSize(chance, way === 'form' ? 1 : 0))
  return {
    script,
    mood: 'any',
    way,
    kind: `${isIdempotent ? 'again' : 'once'}-${chance.happens(0.5) ? 'durable' : 'fast'}`,
    isIdempotent,
    groundChoice: chance.next(),
    fileBytes,
    fields: way === 'form' ? chance.pick([0, 0, 1, 5, 40]) : 0,
    sending: pickSending(chance),
    firstFault: chance.weigh(
      /** @type {const} */ ([
        ['none', 7],
        ['digest', 1],
        ['too-large', 0.5],
        ['abort', 2],
      ]),
    ),
    sendsDigest: chance.happens(0.4),
    idempotencyKey: chance.happens(0.4) ? `key-${script}-${chance.whole(0, 1e9)}` : null,
    losesAnswer: chance.happens(0.15),
    patienceMs: chance.happens(0.3) ? 2600 : 45_000,
    lingers: chance.happens(0.7),
    givesUp: chance.happens(0.04),
    tusLength: chance.happens(0.3) ? 'deferred' : 'endpoint',
    tusPieceBytes: chance.pick([700, 70_000, 400_000, 20_000_000]),
    tusChecksumProbability: chance.pick([0, 0, 0.5, 1]),
    tusDeletes: chance.happens(0.05),
    args: {
      delayMs: chance.weigh([
        [0, 6],
        [200, 2],
        [1500, 1],
        [3500, 0.3],
      ]),
      throwTimes: chance.weigh([
        [0, 8],
        [1, 1],
        [2, 0.5],
      ]),
      reject: chance.weigh(
        /** @type {const} */ ([
          [null, 12],
          ['final', 1],
          ['retry', 1],
        ]),
      ),
      saves: chance.weigh([
        [1, 8],
        [2, 2],
        [0, 0.5],
      ]),
      answer: chance.pick(['json', 'nothing', 'response']),
      folder: chance.happens(0.3) ? 'public/kept' : 'kept',
    },
    chance,
  }
}

/**
 * @param {import('../random.mjs').Chance} chance
 * @param {number} least
 */
function pickSize(chance, least) {
  const most = chance.weigh([
    [64, 2],
    [5000, 3],
    [70_000, 3],
    [1_000_000, 2],
    [5_000_000, 0.7],
  ])
  return chance.whole(least, most)
}

/**
 * @param {import('../random.mjs').Chance} chance
 * @returns {Sending}
 */
function pickSending(chance) {
  return {
    pieces: chance.pick(
      /** @type {const} */ (['whole', 'tiny', 'small', 'mixed', 'large', 'small-then-middle']),
    ),
    isChunked: chance.happens(0.4),
    isPrepared: chance.happens(0.1),
    pauseProbability: chance.pick([0, 0, 0.02, 0.3]),
    mostPauseMs: chance.pick([5, 40, 150]),
  }
}

/**
 * Many small pieces faster than the disk takes them, then larger ones: what waits is long.
 * @param {import('../random.mjs').Chance} chance
 * @param {boolean} isIdempotent
 * @returns {Partial<Plan>}
 */
function makePressing(chance, isIdempotent) {
  const way = chance.pick(/** @type {const} */ (['raw', 'form', 'form']))
  // The second file of a form waits for the first one's flush.
  const sizes = chance.pick(
    way === 'raw'
      ? [[1_700_000], [60_000], [30_000]]
      : [[40_000, 1_500_000, 50_000], [30_000, 1_600_000], [60_000], [30_000, 30_000, 30_000]],
  )
  const fileBytes = sizes.map((most) => chance.whole(Math.floor(most * 0.8), most))
  return {
    way,
    fileBytes,
    fields: way === 'form' ? chance.pick([0, 30]) : 0,
    // Flushing keeps the threads busy that would write.
    kind: `${isIdempotent ? 'again' : 'once'}-${chance.happens(0.8) ? 'durable' : 'fast'}`,
    sending: {
      pieces: 'small-then-middle',
      isChunked: true,
      isPrepared: true,
      pauseProbability: 0,
      mostPauseMs: 0,
    },
    idempotencyKey: null,
    losesAnswer: false,
    firstFault: 'none',
  }
}

/**
 * Resumable uploads that take seconds, so that stalls hit them in mid-piece.
 * @param {import('../random.mjs').Chance} chance
 * @returns {Partial<Plan>}
 */
function makeSlowTus(chance) {
  return {
    way: 'tus',
    fileBytes: [chance.whole(1_000_000, 4_000_000)],
    sending: {
      pieces: 'mixed',
      isChunked: chance.happens(0.3),
      isPrepared: false,
      pauseProbability: 0.5,
      mostPauseMs: 100,
    },
    firstFault: 'none',
    patienceMs: 2600,
    lingers: chance.happens(0.8),
    tusPieceBytes: 20_000_000,
    tusChecksumProbability: chance.pick([0, 0, 0.6]),
    tusDeletes: false,
  }
}
