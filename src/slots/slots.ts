// Puts the parts of slots together, and is all that the rest of titofisto sees of them.

import { mkdirSync } from 'node:fs'
import { TitofistoError } from '../errors.ts'
import { logErrorsToConsole } from '../log.ts'
import type { Log } from '../log.ts'
import type { Storage } from '../storage/storage.ts'
import type { Keyring } from '../token/keyring.ts'
import { defineSlotKind } from './kinds/define-kind.ts'
import type { ArgsSchema, MintArgs, SlotDefinition, SlotKindRules } from './kinds/define-kind.ts'
import { createSlotEndpoint } from './slot-endpoint.ts'
import type { SlotEndpoint } from './slot-endpoint.ts'
import type { SlotParts } from './parts/slot-parts.ts'
import { withKnownRecords } from './stores/known-records.ts'
import { checkSeconds, maxSweepSeconds } from './kinds/check-limits.ts'
import { mintSlot } from './minting/mint.ts'
import type { SlotOverrides, SlotTicket } from './minting/mint.ts'
import { followSlot } from './minting/follow-slot.ts'
import { createRandomPool } from './minting/random-pool.ts'
import { createRecoveries } from './sweep/recoveries.ts'
import { extend, readStatus, revoke, toStatus } from './minting/status.ts'
import type { SlotStatus } from './minting/status.ts'
import type { SlotStore } from './stores/store.ts'
import { sweepSlots } from './sweep/sweep.ts'
import type { SweepReport } from './sweep/sweep.ts'
import { startSweeping } from './sweep/sweep-timer.ts'
import { createWorkHere } from './parts/running-work.ts'

/** What slots are built on. */
export interface SlotsSetting {
  readonly store: SlotStore
  readonly storage: Storage
  /** Keys of purpose `slot`. */
  readonly keyring: Keyring
  /** What a slot's URL begins with, up to and with the upload namespace's last slash. */
  readonly urlBase: string
  /** How many seconds a slot waits, where its kind does not say. */
  readonly timeoutSeconds: number
  /** Whether uploads are flushed to the disk, where their kind does not say. Default true. */
  readonly durable?: boolean
  readonly log?: Log
  readonly now?: () => number
  readonly randomBytes?: (count: number) => Uint8Array
  /**
   * How many seconds a claim or a handler whose process gives no sign of life is waited for.
   * Default 30.
   */
  readonly leaseSeconds?: number
  /** How many seconds a handler has to end once its signal has aborted. Default 5. */
  readonly handlerGraceSeconds?: number
  /** How many seconds the bytes of an interrupted slot are kept. Default 604,800 (7 days). */
  readonly keepInterruptedSeconds?: number
}

/** The arguments of minting: `args` may be left out where the kind has no schema. */
export type MintCall<Schema> = Schema extends ArgsSchema
  ? [args: MintArgs<Schema>, overrides?: SlotOverrides]
  : [args?: MintArgs<Schema>, overrides?: SlotOverrides]

/** A kind of slot, ready to mint. */
export interface SlotKind<Schema extends ArgsSchema | undefined = undefined> {
  readonly name: string
  /**
   * Makes a slot and gives its URL.
   *
   * @throws TitofistoError `slot-args-invalid`, `slot-store-failed`, `storage-full`.
   * @throws TypeError, RangeError naming the override that is wrong.
   */
  url(...call: MintCall<Schema>): Promise<string>
  /** Makes a slot and gives all that an uploader needs, as JSON. @throws as {@link url} */
  create(...call: MintCall<Schema>): Promise<SlotTicket>
  /** Where a slot stands; `null` where there is none, or none any more. */
  status(id: string): Promise<SlotStatus | null>
  /** Takes a slot back; `false` where it is unknown, has ended, or its handler runs. */
  revoke(id: string): Promise<boolean>
  /** Lets a slot wait so many seconds longer, and gives the new end as ISO 8601; `null` where it waits no more. */
  extend(id: string, seconds: number): Promise<string | null>
  /** The slot's status now and after each change, until it ends. */
  progress(id: string): AsyncIterable<SlotStatus>
}

/** All slots of an application. */
export interface Slots {
  /** Defines a kind. @throws TypeError, RangeError naming the kind and the option that is wrong. */
  define<const Schema extends ArgsSchema | undefined = undefined>(
    name: string,
    definition: SlotDefinition<Schema>,
  ): SlotKind<Schema>
  /** Answers a request for what follows the upload namespace. Never rejects. */
  readonly endpoint: SlotEndpoint
  /** Makes a slot of a kind by its name. @throws TitofistoError `slot-kind-unknown`, and as {@link SlotKind.url} */
  mint(kindName: string, args?: unknown, overrides?: SlotOverrides): Promise<SlotTicket>
  /** Every slot that is remembered. */
  list(): AsyncIterable<SlotStatus>
  status(id: string): Promise<SlotStatus | null>
  revoke(id: string): Promise<boolean>
  /** Does what time has made due, and waits for the handlers it starts; runs by itself too, see {@link startSweeping}. */
  sweep(): Promise<SweepReport>
  /**
   * Sweeps now and then from now on, with so many seconds between two sweeps (a millisecond for
   * each slot where that is more, up to ten times as many); gives the function that ends it.
   * @throws TypeError, RangeError where it is not above 0 and at most 86,400 (a day).
   */
  startSweeping(everySeconds?: number): () => Promise<void>
  /** Stops the sweeping, and the uploads that are coming in, and waits for running handlers. */
  close(): Promise<void>
}

/**
 * Makes an application's slots.
 *
 * @throws TypeError, RangeError for wrong settings.
 * @throws TitofistoError `storage-failed` where the spool's folder can't be made.
 */
export function createSlots(setting: SlotsSetting): Slots {
  const kinds = new Map<string, SlotKindRules>()
  const ground = toGround(setting, kinds)
  const { timeoutSeconds, durable = true } = setting
  makeSpoolFolder(ground.storage.spoolFolder)
  const recoveries = createRecoveries(ground)
  const sweepings = new Set<() => Promise<void>>()

  return {
    define(name, definition) {
      if (kinds.has(name)) throw new TypeError(`Slot kind "${name}" is defined already.`)
      const defaults = { expiresInSeconds: timeoutSeconds, durable }
      const rules = defineSlotKind(name, definition, defaults)
      kinds.set(name, rules)
      return toKind(ground, rules)
    },
    endpoint: createSlotEndpoint(ground),
    async mint(kindName, args, overrides) {
      const kind = kinds.get(kindName)
      if (kind !== undefined) return mintSlot(ground, kind, args, overrides)
      throw new TitofistoError('slot-kind-unknown', unknownKindMessage(kindName, [...kinds.keys()]))
    },
    list: () => listStatuses(ground),
    status: (id) => readStatus(ground, id),
    revoke: (id) => revoke(ground, id),
    async sweep() {
      const { report, handledSlots } = await sweepSlots(ground, recoveries)
      return { ...report, handledSlots: await handledSlots }
    },
    startSweeping(everySeconds = 60) {
      const everyMs =
        1000 * checkSeconds('startSweeping', 'everySeconds', everySeconds, maxSweepSeconds)
      const stop = startSweeping(ground, recoveries, everyMs)
      sweepings.add(stop)
      return stop
    },
    async close() {
      const swept = [...sweepings].map((stop) => stop())
      const recovered = recoveries.stop()
      await ground.work.stopAll()
      await Promise.all([...swept, recovered])
    },
  }
}

/** Makes the folder that the receivers write to, and nowhere else. */
function makeSpoolFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new TitofistoError('storage-failed', "The storage's spool folder can't be made.", {
      cause,
    })
  }
}

function toGround(setting: SlotsSetting, kinds: ReadonlyMap<string, SlotKindRules>): SlotParts {
  const where = 'createSlots'
  const { leaseSeconds = 30, handlerGraceSeconds = 5, keepInterruptedSeconds = 604_800 } = setting
  const log = setting.log ?? logErrorsToConsole
  return {
    store: withKnownRecords(setting.store, setting.storage.spoolFolder, log),
    storage: setting.storage,
    keyring: setting.keyring,
    urlBase: setting.urlBase,
    kinds,
    work: createWorkHere(),
    log,
    nowMs: setting.now ?? Date.now,
    randomBytes: setting.randomBytes ?? createRandomPool(),
    leaseMs: 1000 * checkSeconds(where, 'leaseSeconds', leaseSeconds, 3600),
    handlerGraceMs: 1000 * checkSeconds(where, 'handlerGraceSeconds', handlerGraceSeconds, 3600),
    recovery: {
      keepInterruptedMs:
        1000 * checkSeconds(where, 'keepInterruptedSeconds', keepInterruptedSeconds),
    },
  }
}

function toKind<Schema extends ArgsSchema | undefined>(
  ground: SlotParts,
  rules: SlotKindRules,
): SlotKind<Schema> {
  const create = (...[args, overrides]: MintCall<Schema>): Promise<SlotTicket> =>
    mintSlot(ground, rules, args, overrides)
  return {
    name: rules.name,
    create,
    url: async (...call) => (await create(...call)).url,
    status: (id) => readStatus(ground, id),
    revoke: (id) => revoke(ground, id),
    extend: async (id, seconds) =>
      extend(ground, id, checkSeconds(`Slot kind "${rules.name}"`, 'seconds', seconds)),
    progress: (id) => followSlot(ground, id),
  }
}

function unknownKindMessage(kindName: string, known: readonly string[]): string {
  const list = known.length === 0 ? 'none' : known.map((name) => `"${name}"`).join(', ')
  return `There is no slot kind "${kindName}"; defined here: ${list}.`
}

async function* listStatuses(ground: SlotParts): AsyncGenerator<SlotStatus> {
  let page = await ground.store.list()
  while (true) {
    for (const record of page.records) yield toStatus(ground, record)
    if (page.next === null) return
    page = await ground.store.list({ after: page.next })
  }
}
