// A listener hears, and can harm nothing.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEntry, TitofistoEvent } from '../../src/index.ts'
import { createGround, tenBytes } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'
import { startUploadServer } from '../support/upload-server.ts'
import { EventRecorder } from './event-recorder.ts'

let ground: Ground

beforeEach(async () => {
  ground = await createGround()
})

afterEach(() => ground.remove())

// oxlint-disable-next-line unicorn/no-thenable -- what a listener may give
const thenable = { then: (_: unknown, reject: (cause: unknown) => void) => reject(new Error('no')) }

describe('a listener', () => {
  it.each<[string, (event: TitofistoEvent) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['gives what only looks like a promise and rejects', () => thenable],
    [
      'throws what is no error',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error -- others do
        throw null
      },
    ],
    [
      'gives what throws when it is looked at',
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- as above
        get then() {
          throw new Error('no')
        },
      }),
    ],
  ])(
    'that %s breaks neither links, downloads nor uploads, and is logged once',
    async (_, listener) => {
      const server = await startUploadServer({ options: { onEvent: listener as () => void } })
      const kind = server.files.slot('note', { handler: ({ file }) => file.save('note.bin') })
      const answer = await fetch(await kind.url(), { method: 'PUT', body: tenBytes })
      expect(await answer.json()).toBe('note.bin')
      const download = await fetch(await server.files.url('note.bin'))
      expect(Buffer.from(await download.arrayBuffer()).equals(tenBytes)).toBe(true)
      await server.close()
      const told = server.log.filter(({ event }) => event === 'listener-failed')
      expect(told).toHaveLength(1)
      expect(told[0]).toMatchObject({ level: 'error', message: expect.stringContaining('onEvent') })
    },
  )

  it('that throws beside a log that throws harms nothing either', async () => {
    const fail = (): never => {
      throw new Error('no')
    }
    const files = ground.create({ onEvent: fail, log: fail })
    expect(await files.url('ten.bin')).toContain('ten.bin')
  })

  it('must be a function', () => {
    const create = () => ground.create({ onEvent: 'console.log' as never })
    expect(create).toThrow(/"onEvent" must be a function/)
  })

  it('hears of its own application alone', async () => {
    const [one, other] = [new EventRecorder(), new EventRecorder()]
    await ground.create({ onEvent: one.onEvent }).url('ten.bin')
    await ground.create({ onEvent: other.onEvent }).url('big.bin')
    expect(one.events).toMatchObject([{ name: 'ten.bin' }])
    expect(other.events).toMatchObject([{ name: 'big.bin' }])
  })
})

describe('where nobody listens', () => {
  it('all is as it was: downloads, uploads and the log', async () => {
    const log: LogEntry[] = []
    const server = await startUploadServer({ options: { log: (entry) => log.push(entry) } })
    const kind = server.files.slot('note', { handler: ({ file }) => file.save('note.bin') })
    await (await fetch(await kind.url(), { method: 'PUT', body: tenBytes })).text()
    const download = await fetch(await server.files.url('note.bin'))
    expect(Buffer.from(await download.arrayBuffer()).equals(tenBytes)).toBe(true)
    await server.close()
    expect(log).toEqual([])
  })
})
