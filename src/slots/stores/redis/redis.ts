// The face of `titofisto/redis`: slots in Redis or Valkey, for any number of servers.
//
//   {<prefix>}:slot:<id>   a record
//   {<prefix>}:slots       the ids of all records, in order: what a listing goes by
//
// In braces: a cluster keeps what has one such tag on one node, where a change can be made whole.

import { TitofistoError } from '../../../errors.ts'
import { logErrorsToConsole, toSafeLog, type Log } from '../../../log.ts'
import { aFunction, checkOptions, fitting, textLike, type OptionRules } from '../../../options.ts'
import type { SlotId, SlotRecord } from '../../record/slot.ts'
import {
  createEngineCall,
  defaultTimeoutSeconds,
  timeoutRule,
  type EngineFault,
} from '../engine-calls.ts'
import { createChangeInTime, type ChangeAnswer } from '../engine-clock.ts'
import { newKey } from '../slot-folder.ts'
import { checkFollows, parseRecordText } from '../record-text.ts'
import type { SlotPage, SlotStore } from '../store.ts'
import { warnOfEviction } from './eviction.ts'
import { lifeOfRecord } from './record-life.ts'
import { codeOfReply, isRedisClient, toCommands } from './redis-client.ts'
import type { RedisClient, RedisCommands, RedisScript } from './redis-client.ts'
import { listScript, putScript, removeScript } from './redis-scripts.ts'

/** How slots are stored in Redis. */
export interface RedisSlotStoreOptions {
  /**
   * A client of `redis`, `ioredis` or `iovalkey`, or one of their clusters. It stays yours: you
   * connect it, listen to its errors and close it.
   */
  readonly client: RedisClient
  /** What all keys begin with, in braces. Default `titofisto`. Applications that share a server have one each. */
  readonly prefix?: string
  /**
   * How many seconds the server may take for one call, 0.001 to 300. Default 5. Then the call fails
   * with `slot-store-unavailable`, and what it would have changed is not changed later either.
   */
  readonly timeoutSeconds?: number
  /** Takes log entries: a server that may evict slots. Default: they go to stderr. */
  readonly log?: Log
}

/**
 * Makes a store of slots in Redis (6 or later) or Valkey, for all servers that share it.
 *
 * @throws TypeError, RangeError naming the option that is wrong.
 * @example
 * import { createRedisSlotStore } from 'titofisto/redis'
 *
 * const slotStore = createRedisSlotStore({ client: redis })
 * await slotStore.list() //=> { records: [], next: null }
 * // createTitofisto({ secret, storage, slotStore })
 */
export function createRedisSlotStore(options: RedisSlotStoreOptions): SlotStore {
  checkOptions('createRedisSlotStore()', options, rules, ['client'])
  const { client, prefix = 'titofisto', timeoutSeconds = defaultTimeoutSeconds } = options
  const log = toSafeLog(options.log ?? logErrorsToConsole)
  const call = createEngineCall({ name: 'Redis', timeoutMs: 1000 * timeoutSeconds, faultOf })
  return createStoreOn({ commands: toCommands(client), call, prefix: `{${prefix}}:`, log })
}

const rules: OptionRules<RedisSlotStoreOptions> = {
  client: fitting(isRedisClient, 'must be a client of redis, ioredis or iovalkey'),
  prefix: textLike(/^[^\s{}]{1,200}$/, 'must be a text without braces and white space'),
  timeoutSeconds: timeoutRule,
  log: aFunction,
}

interface RedisStoreParts {
  readonly commands: RedisCommands
  readonly call: ReturnType<typeof createEngineCall>
  /** With its colon. */
  readonly prefix: string
  readonly log: Log
}

function createStoreOn({ commands, call, prefix, log }: RedisStoreParts): SlotStore {
  const changeInTime = createChangeInTime()
  const recordKeys = `${prefix}slot:`
  const idsKey = `${prefix}slots`
  let isLookedAt = false

  /** What the server is like is looked at once it has answered: before, there may be no connection. */
  function lookOnce(): void {
    if (isLookedAt) return
    isLookedAt = true
    void warnOfEviction(commands, log)
  }

  /** Runs a script that changes a record, and says whether it did. `args` come after the deadline. */
  async function change(
    script: RedisScript,
    id: SlotId,
    args: readonly string[],
  ): Promise<boolean> {
    const made = await call(({ untilMs }) =>
      changeInTime(untilMs, async (untilEngineMs) => {
        const keys = [recordKeys + id, idsKey]
        return toChangeAnswer(await commands.run(script, keys, [String(untilEngineMs), ...args]))
      }),
    )
    lookOnce()
    return made
  }

  function put(record: SlotRecord, expectedRevision: number): Promise<boolean> {
    const writer = newKey()
    const [revision, text] = [String(record.revision), JSON.stringify(record)]
    const life = String(lifeOfRecord(record) ?? 0)
    const args = [String(expectedRevision), revision, writer, text, life, record.id]
    return change(putScript, record.id, args)
  }

  return {
    isFar: true,
    async create(record) {
      if (!(await put(record, 0)))
        throw new TitofistoError('slot-store-failed', 'A slot with this id exists already.')
    },
    async read(id) {
      const text = await call(() => commands.get(recordKeys + id))
      return text === null ? null : parseStored(text, id)
    },
    async replace(record, expectedRevision) {
      checkFollows(record, expectedRevision)
      return put(record, expectedRevision)
    },
    // Sent again by a client that lost its answer, it says false: the record is gone, whoever did it.
    remove: (id, expectedRevision) => change(removeScript, id, [String(expectedRevision), id]),
    async list({ after = '', limit = 200 } = {}) {
      const keys = [idsKey, recordKeys]
      return toPage(await call(() => commands.run(listScript, keys, [after, String(limit)])), limit)
    },
  }
}

/** Reads "<revision> <writer> <JSON>". */
function parseStored(text: string, id: string): SlotRecord {
  return parseRecordText(text.slice(text.indexOf(' ', text.indexOf(' ') + 1) + 1), id)
}

/** Takes what putScript and removeScript answer. */
function toChangeAnswer(answer: unknown): ChangeAnswer {
  const [engineMs, outcome]: readonly unknown[] = Array.isArray(answer) ? answer : []
  const word = String(outcome)
  if (word !== 'made' && word !== 'refused' && word !== 'late')
    throw new TypeError('A script of ours was answered by something else than Redis.')
  return { engineMs: Number(engineMs), outcome: word }
}

/** Takes what listScript answers. */
function toPage(answer: unknown, limit: number): SlotPage {
  const [seen = 0, last = '', ...rest]: readonly unknown[] = Array.isArray(answer) ? answer : []
  const texts = rest.map(String)
  const records: SlotRecord[] = []
  for (let at = 0; at < texts.length; at += 2)
    records.push(parseStored(texts[at + 1] ?? '', texts[at] ?? ''))
  return { records, next: Number(seen) < limit ? null : String(last) }
}

// It starts, fails over, or waits for a replica: it will do later.
const passing: ReadonlySet<string> = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOREPLICAS',
  'READONLY',
  'TRYAGAIN',
  'UNBLOCKED',
])

function faultOf(error: unknown): EngineFault {
  if (error instanceof TypeError) return 'failed'
  const code = codeOfReply(error)
  // What the server did not say is about the way to it.
  if (code === null || passing.has(code)) return 'unavailable'
  return code === 'OOM' ? 'full' : 'failed'
}
