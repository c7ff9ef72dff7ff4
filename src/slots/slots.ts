// Puts the parts of slots together, and is all that the rest of titofisto sees of them.

import { TitofistoError } from '../errors.ts'
import { checkOption } from '../options.ts'
import { defineSlotKind } from './kinds/define-kind.ts'
import type { ArgsSchema, SlotDefinition, SlotKindRules } from './kinds/define-kind.ts'
import type { MintCall, SlotKind } from './slot-kind.ts'
import { createSlotEndpoint, type SlotEndpoint } from './slot-endpoint.ts'
import { explainSlot, type SlotExplanation } from './explain-slot.ts'
import type { SlotParts } from './parts/slot-parts.ts'
import type { SlotId } from './record/slot.ts'
import { withKnownRecords } from './stores/known-records.ts'
import { limitRules } from './kinds/check-limits.ts'
import { mintSlot, type SlotOverrides, type SlotTicket } from './minting/mint.ts'
import { followSlot } from './minting/follow-slot.ts'
import { createRandomPool } from './minting/random-pool.ts'
import { explainRequest, type RequestExplanation } from './requests/explain-request.ts'
import { toFileRequest } from './requests/file-request.ts'
import { createFileRequests, type FileRequests } from './requests/file-requests.ts'
import { makeRequest } from './requests/make-request.ts'
import { createRecoveries } from './sweep/recoveries.ts'
import { extend, readStatus, revoke, toStatus, type SlotStatus } from './minting/status.ts'
import { listAll, type SlotStore } from './stores/store.ts'
import { sweepSlots, type SweepReport } from './sweep/sweep.ts'
import { startSweeping } from './sweep/sweep-timer.ts'
import { createWorkHere } from './parts/running-work.ts'

/** What slots are built on; all of it is right. */
export interface SlotsSetting extends Pick<
  SlotParts,
  'storage' | 'keyring' | 'requestKeyring' | 'urlBase' | 'toWholeUrl' | 'pages' | 'log' | 'events'
> {
  readonly store: SlotStore
  /** How many seconds a slot waits, where its kind does not say. */
  readonly timeoutSeconds: number
  /** Whether uploads are flushed to the disk, where their kind does not say. */
  readonly durable: boolean
  readonly now: () => number
  readonly randomBytes?: (count: number) => Uint8Array
  /** How many seconds a claim or a handler whose process gives no sign of life is waited for. */
  readonly leaseSeconds: number
  /** How many seconds a handler has to end once its signal has aborted. Default 5. */
  readonly handlerGraceSeconds?: number
  /** How many seconds the bytes of an interrupted slot are kept. */
  readonly keepInterruptedSeconds: number
}

/** All slots of an application. */
export interface Slots {
  /**
   * Defines a kind. @throws TypeError, RangeError naming the kind and the option that is wrong.
   * @internal
   */
  define<
    const Schema = undefined,
    const Fields extends ArgsSchema | undefined = undefined,
    Result = unknown,
  >(
    name: string,
    definition: SlotDefinition<Schema, Fields, Result>,
  ): SlotKind<Schema, Result>
  /** Says what an upload to a slot would come to; its token is good. @internal */
  explain(id: SlotId): Promise<SlotExplanation>
  /** Says whether a file request gives places; its token is good. @internal */
  explainRequest(id: SlotId): Promise<RequestExplanation>
  /** Answers a request for what follows the upload namespace. Never rejects. @internal */
  readonly endpoint: SlotEndpoint
  /**
   * Makes a slot of a kind by its name.
   * @throws TitofistoError `slot-kind-unknown`, and as {@link SlotKind.url}
   * @example
   * await files.slots.mint('avatar', { userId: '15' }) //=> { url: '…', kind: 'avatar', … }
   * await files.slots.mint('avatr') //=> throws slot-kind-unknown
   */
  mint(kindName: string, args?: unknown, overrides?: SlotOverrides): Promise<SlotTicket>
  /**
   * Every slot that is remembered.
   * @example
   * await avatar.create()
   * for await (const slot of files.slots.list()) {
   *   slot //=> { kind: 'avatar', state: 'open', … }
   * }
   */
  list(): AsyncIterable<SlotStatus>
  /**
   * As {@link SlotKind.status}, of whatever kind.
   * @example
   * const { id } = await avatar.create()
   * await files.slots.status(id) //=> { kind: 'avatar', state: 'open', … }
   */
  status(id: string): Promise<SlotStatus | null>
  /**
   * As {@link SlotKind.revoke}, of whatever kind.
   * @example
   * const { id } = await avatar.create()
   * await files.slots.revoke(id) //=> true
   * await files.slots.status(id) //=> { state: 'revoked', … }
   */
  revoke(id: string): Promise<boolean>
  /**
   * Does what time has made due, and waits for the handlers it starts. Runs by itself too, every
   * `sweepSeconds`. It rejects with `slot-store-failed` or `slot-store-unavailable` where the slots can't
   * be listed; what is wrong with a single slot or file is logged.
   * @example
   * await avatar.create()
   * await files.slots.sweep() //=> { checkedSlots: 1, movedSlots: 0, … }
   */
  sweep(): Promise<SweepReport>
  /**
   * @internal
   * Sweeps now and then from now on, with so many seconds between two sweeps (a millisecond for
   * each slot where that is more, up to ten times as many); gives the function that ends it.
   */
  startSweeping(everySeconds: number): () => Promise<void>
  /** All file requests, of whatever kind. @internal */
  readonly requests: FileRequests
  /** Stops the sweeping, and the uploads that are coming in, and waits for running handlers. @internal */
  close(): Promise<void>
}

/** Makes an application's slots. */
export function createSlots(setting: SlotsSetting): Slots {
  const kinds = new Map<string, SlotKindRules>()
  const parts = toParts(setting, kinds)
  const { timeoutSeconds, durable } = setting
  const recoveries = createRecoveries(parts)
  const sweepings = new Set<() => Promise<void>>()

  return {
    define(name, definition) {
      if (kinds.has(name)) throw new TypeError(`Slot kind "${name}" is defined already.`)
      const defaults = { expiresInSeconds: timeoutSeconds, durable }
      const rules = defineSlotKind(name, definition, defaults)
      kinds.set(name, rules)
      return toKind(parts, rules)
    },
    explain: (id) => explainSlot(parts, id),
    explainRequest: (id) => explainRequest(parts, id),
    endpoint: createSlotEndpoint(parts),
    async mint(kindName, args, overrides) {
      const kind = kinds.get(kindName)
      if (kind !== undefined) return mintSlot(parts, kind, args, overrides)
      throw kindUnknown(kindName, [...kinds.keys()])
    },
    list: () => listStatuses(parts),
    status: (id) => readStatus(parts, id),
    revoke: (id) => revoke(parts, id),
    async sweep() {
      const { report, handledSlots } = await sweepSlots(parts, recoveries)
      return { ...report, handledSlots: await handledSlots }
    },
    startSweeping(everySeconds) {
      const stop = startSweeping(parts, recoveries, 1000 * everySeconds)
      sweepings.add(stop)
      return stop
    },
    requests: createFileRequests(parts),
    async close() {
      const swept = [...sweepings].map((stop) => stop())
      const recovered = recoveries.stop()
      await parts.work.stopAll()
      await Promise.all([...swept, recovered])
    },
  }
}

function toParts(setting: SlotsSetting, kinds: ReadonlyMap<string, SlotKindRules>): SlotParts {
  const { store, storage, keyring, requestKeyring, toWholeUrl, pages, log, events } = setting
  return {
    store: withKnownRecords(store, storage.spoolFolder, log),
    storage,
    keyring,
    requestKeyring,
    // It may be told later where the files are mounted.
    get urlBase() {
      return setting.urlBase
    },
    toWholeUrl,
    kinds,
    work: createWorkHere(),
    pages,
    log,
    events,
    nowMs: setting.now,
    randomBytes: setting.randomBytes ?? createRandomPool(),
    leaseMs: 1000 * setting.leaseSeconds,
    handlerGraceMs: 1000 * (setting.handlerGraceSeconds ?? 5),
    keepInterruptedMs: 1000 * setting.keepInterruptedSeconds,
  }
}

function toKind<Schema, Result>(parts: SlotParts, rules: SlotKindRules): SlotKind<Schema, Result> {
  const create = (...[args, overrides]: MintCall<Schema>): Promise<SlotTicket> =>
    mintSlot(parts, rules, args, overrides)
  return {
    name: rules.name,
    create,
    url: async (...call) => (await create(...call)).url,
    status: (id) => readStatus(parts, id),
    revoke: (id) => revoke(parts, id),
    async extend(id, seconds) {
      checkOption('extend()', 'seconds', seconds, limitRules.expiresIn)
      return extend(parts, id, seconds)
    },
    progress: (id) => followSlot(parts, id),
    async request(...[args, options = {}]) {
      const record = await makeRequest(parts, rules, args, options)
      return toFileRequest(parts, record, options)
    },
  }
}

function kindUnknown(kindName: string, knownKindNames: readonly string[]): TitofistoError {
  const list = knownKindNames.map((name) => `"${name}"`).join(', ') || 'none'
  const message = `There is no slot kind "${kindName}"; defined here: ${list}.`
  return new TitofistoError('slot-kind-unknown', message, { kindName, knownKindNames })
}

async function* listStatuses(parts: SlotParts): AsyncGenerator<SlotStatus> {
  for await (const record of listAll(parts.store)) yield toStatus(parts, record)
}
