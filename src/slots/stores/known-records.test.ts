import { describe, expect, it } from 'vitest'
import { newSlotRecord } from '../../../test/support/slot-records.ts'
import { startSlotServer } from '../../../test/support/slot-server.ts'
import { withKnownRecords } from './known-records.ts'
import type { ReceivedUpload } from '../../receive/intake/reception.ts'
import type { SlotRecord, SlotState } from '../record/slot.ts'
import type { SlotStore } from './store.ts'

const lease = { holder: 'somebody', untilMs: 5 }
const file = {
  fieldName: null,
  originalName: 'a.txt',
  name: 'a.txt',
  type: 'text/plain',
  sniffedType: null,
  sizeBytes: 5,
  path: '/nowhere/a.txt',
}
const upload: ReceivedUpload = { files: [file], fields: [['a', 'b']] }
const tus = {
  path: '/nowhere/a.tus',
  writer: null,
  provenBytes: null,
  lengthBytes: 5,
  metadata: null,
}
const result = { status: 200, headers: ['Content-Type', 'text/plain'], body: 'YQ==' }

/** A record in each state, with all that a record can have. */
function wholeRecords(): SlotRecord[] {
  const states: SlotState[] = [
    { name: 'open' },
    { name: 'receiving', lease },
    {
      name: 'received',
      upload: { ...upload, detailsPath: '/nowhere/a' },
      failed: false,
      keeper: lease,
    },
    { name: 'handling', lease, upload },
    { name: 'interrupted', holder: 'somebody', upload, sinceMs: 5 },
    { name: 'done', result, sinceMs: 5 },
    { name: 'rejected', result, sinceMs: 5 },
    { name: 'revoked', sinceMs: 5 },
    { name: 'expired', sinceMs: 5 },
  ]
  const policy = { maxBytes: 1024, minBytes: 0, maxFiles: 1, accept: ['text/plain'] }
  const parts = { policy, tus, idempotencyDigest: 'digest' }
  // Of each file the name begins with the slot's id.
  return states.map((state) => {
    const record = newSlotRecord()
    const whole = JSON.stringify({ ...record, ...parts, state })
    return JSON.parse(whole.replaceAll('/nowhere/', `/nowhere/${record.id}.`)) as SlotRecord
  })
}

/** Each place in a record, as the names that lead there. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return []
  const places: string[][] = []
  for (const [name, part] of Object.entries(value)) {
    places.push([name])
    for (const rest of placesIn(part)) places.push([name, ...rest])
  }
  return places
}

function withPart(value: unknown, [name = '', ...rest]: readonly string[], part: unknown): unknown {
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string,
    unknown
  >
  copy[name] = rest.length === 0 ? part : withPart(copy[name], rest, part)
  return copy
}

describe('a record that this version can not read', () => {
  it.each<[string, object]>([
    ['has no state', { state: undefined }],
    ['has no kind', { kind: undefined }],
    ['has no policy', { policy: null }],
    ['has a time that is none', { expiresMs: 'tomorrow' }],
    ['is in a state of a later version', { state: { name: 'paused', sinceMs: 5 } }],
    ['is in a state of every object', { state: { name: 'constructor' } }],
    ['is held by nobody', { state: { name: 'receiving' } }],
    ['handles nothing', { state: { name: 'handling', lease } }],
    ['ended at no time', { state: { name: 'done', result: null } }],
  ])('%s: its slot is none, it is logged once, and nobody stumbles over it', async (_, wrong) => {
    const server = await startSlotServer()
    const kind = server.slots.define('test', { handler: () => {} })
    const { id, url } = await kind.create()
    const whole = await server.store.read(id)
    if (whole === null) throw new Error('it was minted')
    const record = { ...whole, revision: 2, ...wrong } as SlotRecord
    await server.store.replace(record, 1)
    const other = { ...newSlotRecord(), expiresMs: Date.now() + 60_000 }
    await server.store.create(other)

    for (let again = 0; again < 2; again++) {
      expect((await fetch(url, { method: 'PUT', body: 'bytes' })).status).toBe(404)
      expect(await kind.status(id)).toBeNull()
      expect(await server.slots.sweep()).toMatchObject({ checkedSlots: 1 })
    }
    expect(server.log.filter(({ event }) => event === 'slot-damaged')).toMatchObject([
      { level: 'error', slotId: id },
    ])
    // A later version may want it.
    expect(await server.store.read(id)).toEqual(record)
    await server.close()
  })
})

describe('what a record is not without', () => {
  async function isKnown(record: unknown): Promise<boolean> {
    const store = {
      list: () => Promise.resolve({ records: [record as SlotRecord], next: null }),
    } satisfies Partial<SlotStore>
    const { records } = await withKnownRecords(
      store as unknown as SlotStore,
      '/nowhere',
      () => {},
    ).list()
    return records.length === 1
  }

  it.each(wholeRecords().map((record) => [record.state.name, record] as const))(
    'a whole record that is %s is known, also with what a later version has added',
    async (_, record) => {
      expect(await isKnown(record)).toBe(true)
      expect(await isKnown(JSON.parse(JSON.stringify({ ...record, added: 5 })))).toBe(true)
    },
  )

  it.each(wholeRecords().map((record) => [record.state.name, record] as const))(
    'is each part of one that is %s, with the type that it has: code that reads on may trust it',
    async (_, record) => {
      const places = placesIn(record).filter(([first]) => first !== 'args')
      for (const place of places)
        for (const wrong of [undefined, 5.5, 'other', true, [], [undefined], {}, [[]]]) {
          const before = place.reduce<unknown>(
            (value, name) => (value as Record<string, unknown>)[name],
            record,
          )
          const isOptional = place.at(-1) === 'detailsPath' && wrong === undefined
          if (isOptional || typeOf(before) === typeOf(wrong) || isNullable(place, wrong)) continue
          const said = `${place.join('.')} = ${JSON.stringify(wrong)}`
          expect([said, await isKnown(withPart(record, place, wrong))]).toEqual([said, false])
        }
    },
  )

  /** Whether it may be of this type too: those are `null` in the records above. */
  function isNullable(place: readonly string[], wrong: unknown): boolean {
    const name = place.at(-1) ?? ''
    const nullable: Record<string, string> = {
      metadata: 'string',
      writer: 'string',
      provenBytes: 'number',
      fieldName: 'string',
      sniffedType: 'string',
    }
    return nullable[name] === typeOf(wrong)
  }

  function typeOf(value: unknown): string {
    return Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value
  }
})
