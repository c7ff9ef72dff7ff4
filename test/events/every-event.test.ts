// Every event, made to happen over real sockets, and held to docs/observability.md: each type and each
// field is there, and nothing that must not be seen.

import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { createMemorySlotStore, SlotRejection } from '../../src/index.ts'
import type { SlotId, SlotRecord, SlotState, SlotStore, TitofistoEvent } from '../../src/index.ts'
import { projectFolder } from '../../tools/project.mjs'
import { createDeferred } from '../support/deferred.ts'
import { secret } from '../support/file-ground.ts'
import { startSlotServer } from '../support/slot-server.ts'
import { startUploadServer } from '../support/upload-server.ts'
import { EventRecorder, type EventOf } from './event-recorder.ts'

type EventType = TitofistoEvent['type']

/** What the types say, held by the compiler: no field is missing here, and none is too many. */
type FieldsByType = {
  readonly [Type in EventType]: {
    readonly [Field in Exclude<keyof EventOf<Type>, 'type'>]-?: Partial<
      Pick<EventOf<Type>, Field>
    > extends Pick<EventOf<Type>, Field>
      ? 'where known'
      : 'always'
  }
}

const ofSlot = { slotId: 'always', kind: 'always' } as const
const ofRun = { ...ofSlot, attempt: 'always', bytes: 'always', seconds: 'always' } as const
const received = { bytes: 'always', fileCount: 'always', seconds: 'always' } as const

const fieldsByType: FieldsByType = {
  'link-made': {
    name: 'always',
    tokenFormat: 'always',
    lifeSeconds: 'always',
    bound: 'always',
  },
  'file-served': {
    name: 'always',
    public: 'always',
    method: 'always',
    status: 'always',
    part: 'always',
    from: 'always',
    bytes: 'always',
    sizeBytes: 'always',
    seconds: 'always',
    aborted: 'always',
  },
  'file-refused': { reason: 'always', name: 'where known' },
  'file-failed': { name: 'always', reason: 'always' },
  'slot-minted': { ...ofSlot, lifeSeconds: 'always', maxBytes: 'always' },
  'slot-extended': { ...ofSlot, moreSeconds: 'always' },
  'slot-claimed': { ...ofSlot, resumable: 'always' },
  'slot-received': { ...ofSlot, ...received },
  'slot-handled': { ...ofRun, status: 'always', savedNames: 'always' },
  'slot-rejected': { ...ofRun, status: 'always', retry: 'always' },
  'slot-failed': { ...ofRun, reason: 'always' },
  'slot-interrupted': { ...ofSlot, reason: 'always' },
  'slot-recovered': { ...ofSlot, outcome: 'always' },
  'slot-revoked': { ...ofSlot, by: 'always' },
  'slot-expired': { ...ofSlot, wasInterrupted: 'always' },
  'slot-refused': { reason: 'always', status: 'always', slotId: 'where known' },
  'slots-swept': {
    seconds: 'always',
    checkedSlots: 'always',
    movedSlots: 'always',
    removedSlots: 'always',
    removedFiles: 'always',
  },
  'upload-received': received,
  'upload-handled': { bytes: 'always', seconds: 'always', savedNames: 'always' },
  'upload-failed': { bytes: 'always', seconds: 'always' },
  'upload-refused': { reason: 'always', status: 'always' },
}

const types = Object.keys(fieldsByType) as EventType[]

/** What clients and handlers say, of which no event may have a word. */
const canaries = [
  'canary-argument',
  'canary-field',
  'canary-client-name',
  'canary-answer',
  'canary-error',
]

const recorder = new EventRecorder()
const urls: string[] = []
let root = ''

beforeAll(async () => {
  await tellOfFiles()
  await tellOfUploadsWithoutSlot()
  await tellOfSlots()
  await tellOfDeadProcesses()
  await tellOfAnOverdueHandler()
}, 120_000)

let cleanUp: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const clean of cleanUp) await clean()
  cleanUp = []
})

async function startServer(options: Parameters<typeof startUploadServer>[0] = {}) {
  const server = await startUploadServer({
    ...options,
    options: { onEvent: recorder.onEvent, sweepSeconds: 0, ...options.options },
  })
  cleanUp.push(() => server.close())
  return server
}

async function tellOfFiles(): Promise<void> {
  let isBroken = false
  const server = await startServer({
    options: {
      bindOf: () => {
        if (isBroken) throw new Error('canary-error')
        return 'ann'
      },
    },
  })
  root = server.root
  await server.files.storage.save('a.txt', 'One')
  const url = await server.files.url('a.txt', { bind: 'ann' })
  urls.push(url)
  await (await fetch(url)).text()
  await (await fetch(url.slice(0, -1))).text()
  isBroken = true
  await (await fetch(url)).text()
}

async function tellOfUploadsWithoutSlot(): Promise<void> {
  const server = await startServer({
    hang: (files) => async (req, res) => {
      try {
        const limits = { maxBytes: 10 }
        const name = await files.receive(req, limits, async ({ file }) => {
          if (file.sizeBytes === 4) throw new Error('canary-error')
          return file.save('received.txt')
        })
        res.end(name)
      } catch {
        res.writeHead(400).end()
      }
    },
  })
  for (const body of ['hello', 'four', 'more than ten bytes'])
    await (await fetch(server.origin, { method: 'PUT', body })).text()
}

async function tellOfSlots(): Promise<void> {
  const { files } = await startServer()
  const kind = files.slot('note', {
    maxBytes: 10,
    async handler({ file }) {
      if (file.sizeBytes === 1) throw new SlotRejection('canary-answer')
      if (file.sizeBytes === 2) throw new Error('canary-error')
      await file.save('note.txt', { onTaken: 'replace' })
      return { text: 'canary-answer' }
    },
  })
  const mint = async () => {
    const ticket = await kind.create('canary-argument')
    urls.push(ticket.url)
    return ticket
  }
  const put = async (url: string, body: string) =>
    (await fetch(`${url}?filename=canary-client-name`, { method: 'PUT', body })).text()

  const { url, id } = await mint()
  await kind.extend(id, 60)
  const form = new FormData()
  form.append('title', 'canary-field')
  form.append('file', new Blob(['hello']), 'canary-client-name')
  await (await fetch(url, { method: 'POST', body: form })).text()
  await put(url, 'again')
  await put((await mint()).url, '1')
  await put((await mint()).url, '22')
  await put(`${url.slice(0, -2)}xx`, 'forged')
  await kind.revoke((await mint()).id)
  const given = await mint()
  const tus = { 'Tus-Resumable': '1.0.0' }
  await fetch(given.url, { method: 'POST', headers: { ...tus, 'Upload-Length': '5' } })
  await fetch(given.url, { method: 'DELETE', headers: tus })
}

/** Slots as a process leaves them that dies, in the store of one that lives. */
async function tellOfDeadProcesses(): Promise<void> {
  const store = createMemorySlotStore()
  let nowMs = Date.now()
  const { files } = await startServer({ options: { slotStore: store, now: () => nowMs } })
  const kind = files.slot('note', { handler: () => 'canary-answer' })
  const lease = { holder: 'dead', untilMs: nowMs - 1 }

  const leave = async (make: (record: SlotRecord) => Promise<SlotState>): Promise<SlotId> => {
    const { id } = await kind.create()
    const record = await store.read(id)
    if (record === null) throw new Error('It was just made.')
    await replace(store, { ...record, state: await make(record) })
    return id
  }
  const upload = async ({ id }: SlotRecord) => {
    const spooled = path.join(files.storage.spoolFolder, `${id}.dead`)
    await writeFile(spooled, 'hello')
    const ofFile = { fieldName: null, originalName: null, name: 'upload', type: '' } as const
    return { files: [{ ...ofFile, sniffedType: null, sizeBytes: 5, path: spooled }], fields: [] }
  }
  await leave(async () => ({ name: 'receiving', lease }))
  await leave(async (record) => ({ name: 'handling', lease, upload: await upload(record) }))
  await leave(async (record) => {
    return { name: 'received', upload: await upload(record), failed: false, keeper: null }
  })
  await files.slots.sweep()
  // All that is open expires, and the bytes of what was interrupted go.
  nowMs += 8 * 24 * 3_600_000
  await files.slots.sweep()
}

async function replace(store: SlotStore, record: SlotRecord): Promise<void> {
  const next = { ...record, revision: record.revision + 1 }
  expect(await store.replace(next, record.revision)).toBe(true)
}

async function tellOfAnOverdueHandler(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'titofisto-overdue-'))
  const events = { isHeard: () => true, tell: recorder.onEvent }
  const server = await startSlotServer({ root: folder, events, handlerGraceSeconds: 0.01 })
  const { promise, resolve } = createDeferred()
  const kind = server.slots.define('endless', {
    handlerTimeoutSeconds: 0.01,
    handler: () => promise,
  })
  const { url } = await kind.create()
  urls.push(url)
  await (await fetch(url, { method: 'PUT', body: 'hello' })).text()
  resolve()
  cleanUp.push(async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  })
}

describe('each event', () => {
  it.each(types)('%s is told', async (type) => {
    await recorder.wait(type)
  })

  it.each(types)('%s has the fields that its type says, and no other', (type) => {
    const fields: Readonly<Record<string, string>> = fieldsByType[type]
    for (const event of recorder.of(type)) {
      const given = Object.keys(event).filter((field) => field !== 'type')
      expect(given.filter((field) => fields[field] === undefined)).toEqual([])
      const always = Object.keys(fields).filter((field) => fields[field] === 'always')
      expect(given).toEqual(expect.arrayContaining(always))
      for (const value of Object.values(event)) expect(value).not.toBeUndefined()
    }
  })

  it('is plain JSON', () => {
    for (const event of recorder.events) expect(JSON.parse(JSON.stringify(event))).toEqual(event)
  })

  it('counts time forwards', () => {
    for (const event of recorder.events)
      if ('seconds' in event) expect(event.seconds).toBeGreaterThanOrEqual(0)
  })

  it('shows no token, no URL, no secret, no path, and no word of a client or a handler', () => {
    const told = JSON.stringify(recorder.events)
    const tokens = urls.map((url) => url.slice(-43))
    expect(tokens.length).toBeGreaterThan(5)
    for (const hidden of [...tokens, ...canaries, secret, root, tmpdir(), 'http:', '127.0.0.1'])
      expect(told).not.toContain(hidden)
  })

  it('is narrowed by its type, and a switch over all of them is complete', () => {
    const toText = (event: TitofistoEvent): string => {
      switch (event.type) {
        case 'link-made':
        case 'file-served':
        case 'file-failed':
          return event.name
        case 'file-refused':
        case 'slot-refused':
        case 'upload-refused':
          return event.reason
        case 'slot-minted':
        case 'slot-extended':
        case 'slot-claimed':
        case 'slot-received':
        case 'slot-handled':
        case 'slot-rejected':
        case 'slot-failed':
        case 'slot-interrupted':
        case 'slot-recovered':
        case 'slot-revoked':
        case 'slot-expired':
          return event.slotId
        case 'slots-swept':
        case 'upload-received':
        case 'upload-handled':
        case 'upload-failed':
          return String(event.seconds)
        default:
          // Were one missing above, this would not compile.
          return event satisfies never
      }
    }
    for (const event of recorder.events) expect(toText(event)).not.toBe('')
    expectTypeOf<EventOf<'file-served'>['part']>().toEqualTypeOf<'whole' | 'range' | 'none'>()
    expectTypeOf<EventOf<'slot-handled'>['savedNames']>().toEqualTypeOf<readonly string[]>()
  })
})

describe('of a slot is told', () => {
  it('each step of an upload, in order, under one id', () => {
    const [{ slotId } = { slotId: '' }] = recorder.of('slot-extended')
    const steps = recorder.events.filter((event) => 'slotId' in event && event.slotId === slotId)
    expect(steps.map(({ type }) => type)).toEqual([
      'slot-minted',
      'slot-extended',
      'slot-claimed',
      'slot-received',
      'slot-handled',
      'slot-refused',
    ])
    expect(steps).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'slot-received', bytes: 5, fileCount: 1 }),
        expect.objectContaining({ type: 'slot-handled', savedNames: ['note.txt'], status: 200 }),
        expect.objectContaining({ type: 'slot-refused', reason: 'used', status: 404 }),
      ]),
    )
  })

  it('why it was refused: a forged URL has no id', () => {
    const forged = recorder.of('slot-refused').find(({ reason }) => reason === 'bad-url')
    expect(forged).toEqual({ type: 'slot-refused', reason: 'bad-url', status: 404 })
  })

  it('who took it back', () => {
    expect(recorder.of('slot-revoked').map(({ by }) => by)).toEqual(['owner', 'uploader'])
  })

  it('what a dead process has left, and what became of it', () => {
    expect(
      recorder
        .of('slot-recovered')
        .map(({ outcome }) => outcome)
        .toSorted(),
    ).toEqual(['handled', 'open-again'])
    expect(recorder.of('slot-interrupted').map(({ reason }) => reason)).toEqual([
      'process-died',
      'overdue',
    ])
    const expired = recorder.of('slot-expired').map(({ wasInterrupted }) => String(wasInterrupted))
    expect(expired.toSorted()).toEqual(['false', 'true'])
  })

  it('why its handler failed, and whether a rejection was for good', () => {
    expect(recorder.of('slot-failed')).toMatchObject([
      { reason: 'slot-handler-failed', attempt: 1 },
    ])
    expect(recorder.of('slot-rejected')).toMatchObject([{ status: 422, retry: false, bytes: 1 }])
  })
})

describe('of an upload without a slot is told', () => {
  it('that it came, what it was saved under, and why it was refused', () => {
    expect(recorder.of('upload-received').map(({ bytes }) => bytes)).toEqual([5, 4])
    expect(recorder.of('upload-handled')).toMatchObject([
      { bytes: 5, savedNames: ['received.txt'] },
    ])
    expect(recorder.of('upload-failed')).toMatchObject([{ bytes: 4 }])
    expect(recorder.of('upload-refused')).toMatchObject([
      { reason: 'upload-too-large', status: 413 },
    ])
  })
})

describe('docs/observability.md', () => {
  const page = readFileSync(path.join(projectFolder, 'docs/observability.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `((?:link|file|slots?|upload)-\w+)` \| (.+) \| (.+) \|$/gm)]

  it('has a row for every event, and no other', () => {
    expect(rows.map((row) => row[1])).toEqual(types)
  })

  it.each(types)('lists the fields of %s, and no other', (type) => {
    const cell = rows.find((row) => row[1] === type)?.[3] ?? ''
    const listed = [...cell.matchAll(/`(\w+)`( where known)?/g)].map(([, field, known]) => [
      field,
      known === undefined ? 'always' : 'where known',
    ])
    expect(Object.fromEntries(listed)).toEqual(fieldsByType[type])
  })
})
