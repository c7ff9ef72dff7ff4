// Promise 15: what is told of what happens has no key in it.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { logErrorsToConsole } from '../../src/log.ts'
import { EventRecorder } from '../events/event-recorder.ts'
import { secret } from '../support/file-ground.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

const recorder = new EventRecorder()
const written = vi.spyOn(console, 'error')
let server: UploadServer
let link: string
let slotUrl: string

beforeEach(async () => {
  written.mockReset().mockImplementation(() => {})
  const entries: string[] = []
  server = await startUploadServer({
    options: {
      sweepSeconds: 0,
      onEvent: recorder.onEvent,
      log(entry) {
        const { cause: _, ...words } = entry
        entries.push(JSON.stringify(words))
        // As it is written where no log is set; what is told of refusals, too.
        logErrorsToConsole({ ...entry, level: 'error' })
      },
    },
  })
  written.mock.calls.push(entries)
  await server.files.storage.save('a.txt', 'One')
  link = await server.files.url('a.txt')
  const kind = server.files.slot('note', {
    handler() {
      throw new Error(`Tell me at ${link}, or at ${slotUrl}.`)
    },
  })
  slotUrl = await kind.url('canary-argument')
})

afterEach(() => server.close())

function expectNoKey(): void {
  const told = JSON.stringify([recorder.events, written.mock.calls])
  for (const hidden of [link.slice(-43), slotUrl.slice(-43), secret, 'canary', server.root])
    expect(told).not.toContain(hidden)
}

describe('promise 15: no event and no log entry has a key in it', () => {
  it.each<[string, (link: string, slotUrl: string) => string]>([
    ['a link whose query was encoded', () => link.replace('?', '%3F')],
    [
      'a link whose query was encoded, and another token',
      () => `${link.replace('?', '%3F')}?titofisto_token=${link.slice(-62)}`,
    ],
    [
      "a slot's URL under another name",
      () => slotUrl.replace('titofisto/upload', 'titofisto/uploads'),
    ],
    [
      "a slot's URL with another token behind it",
      () => `${slotUrl.replace('titofisto/upload', 'x')}?titofisto_token=${link.split('=')[1]}`,
    ],
    ["a slot's URL that lost a letter", () => slotUrl.slice(0, -1)],
  ])('where it is asked for by %s', async (_, spoil) => {
    const response = await fetch(spoil(link, slotUrl))
    await response.arrayBuffer()
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(recorder.events.length).toBeGreaterThan(0)
    expectNoKey()
  })

  it('where a client calls a field of its form so', async () => {
    const kind = server.files.slot('form', { fields: z.object({}), handler() {} })
    const boundary = 'in-between'
    const response = await fetch(await kind.url(), {
      method: 'POST',
      headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
      body: [
        `--${boundary}`,
        'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n',
        'hello',
        `--${boundary}`,
        `Content-Disposition: form-data; name="${link}"`,
        'Content-Type: application/json\r\n',
        'no JSON',
        `--${boundary}--`,
      ].join('\r\n'),
    })
    expect(response.status).toBe(400)
    await response.arrayBuffer()
    expect(JSON.stringify(written.mock.calls)).toContain('[token]')
    expectNoKey()
  })

  it('where a handler throws one', async () => {
    const response = await fetch(slotUrl, { method: 'PUT', body: 'hello' })
    expect(await response.text()).toBe('Internal server error\n')
    expect(JSON.stringify(written.mock.calls)).toContain('[token]')
    expect(JSON.stringify(written.mock.calls)).toContain('events.test.ts')
    expectNoKey()
  })
})
