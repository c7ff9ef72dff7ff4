// Where slots are remembered. A store has records and knows nothing of what they mean; all it
// must be trusted with is one atomic primitive: replace this record if its revision is still r.
// `titofisto/testing` has the suite that every store must pass.

import type { SlotId, SlotRecord } from '../record/slot.ts'

/** One page of records. */
export interface SlotPage {
  /** In no promised order. */
  readonly records: readonly SlotRecord[]
  /** Give it as `after` to get the next page; `null` on the last one. */
  readonly next: string | null
}

/** What to list. */
export interface ListSlotsOptions {
  /** The `next` of the page before. Default: from the start. */
  readonly after?: string
  /** How many records a page has at most. Default 200. */
  readonly limit?: number
}

/** Stores slot records, for all processes that share it. */
export interface SlotStore {
  /**
   * Whether each call is a trip over a network. Then an upload above 1 MiB that comes in one piece makes
   * one change less, as smaller ones do: that it is whole is written down with its handler's start.
   * Default false.
   */
  readonly isFar?: boolean
  /**
   * Stores a new record; once it resolves, every process can read it.
   * @throws TitofistoError `slot-store-failed`, also where the id is taken.
   * @example
   * const { id } = await avatar.create() // minting gives the store a record
   * const record = await store.read(id) //=> { kind: 'avatar', revision: 1, … }
   * record !== null && (await store.create(record)) //=> throws slot-store-failed
   */
  create(record: SlotRecord): Promise<void>
  /**
   * The record as it is now, or `null` where there is none.
   * @example
   * const { id } = await avatar.create()
   * await store.read(id) //=> { kind: 'avatar', revision: 1, state: { name: 'open' }, … }
   */
  read(id: SlotId): Promise<SlotRecord | null>
  /**
   * Puts `record` in the place of the one with `expectedRevision`, all of it or nothing; `false`
   * where that revision is not the current one. Of any number of racing calls with one expected
   * revision, in any number of processes, exactly one gets `true`.
   * `record.revision` is `expectedRevision + 1`.
   * @example
   * const { id } = await avatar.create()
   * const record = await store.read(id)
   * if (record === null) throw new Error('It is gone.')
   * await store.replace({ ...record, revision: 2 }, 1) //=> true
   * await store.replace({ ...record, revision: 2 }, 1) //=> false
   */
  replace(record: SlotRecord, expectedRevision: number): Promise<boolean>
  /**
   * Forgets a record for good, under the same condition as {@link replace}: no late writer can bring it back.
   * @example
   * const { id } = await avatar.create()
   * await store.remove(id, 7) //=> false
   * await store.remove(id, 1) //=> true
   */
  remove(id: SlotId, expectedRevision: number): Promise<boolean>
  /**
   * Every record there is, page by page, in no promised order. One that comes or goes meanwhile may be missed.
   * @example
   * await avatar.create()
   * await store.list({ limit: 100 }) //=> { records: [{ kind: 'avatar', … }], next: null }
   */
  list(options?: ListSlotsOptions): Promise<SlotPage>
}

/** Every record of a store, however many pages they make. */
export async function* listAll(store: SlotStore): AsyncGenerator<SlotRecord> {
  let page = await store.list()
  while (true) {
    yield* page.records
    if (page.next === null) return
    page = await store.list({ after: page.next })
  }
}
