// Node's diagnostics channels: every event under its own name, and a span for each run of a handler.

import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import type { Exception, Span, SpanOptions, SpanStatus } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SlotRejection } from '../../src/index.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'
import { EventRecorder } from './event-recorder.ts'

let server: UploadServer

beforeEach(async () => {
  server = await startUploadServer({ options: { sweepSeconds: 0 } })
})

afterEach(() => server.close())

async function upload(handler: () => unknown, body = 'hello'): Promise<Response> {
  const kind = server.files.slot('note', { handler })
  const response = await fetch(await kind.url(), { method: 'PUT', body })
  await response.arrayBuffer()
  return response
}

describe('a diagnostics channel', () => {
  it('carries the events of its name, without the option onEvent', async () => {
    const heard: unknown[] = []
    const listener = (event: unknown): void => void heard.push(event)
    subscribe('titofisto:slot-minted', listener)
    try {
      await server.files.slot('note', { handler: () => {} }).create()
    } finally {
      unsubscribe('titofisto:slot-minted', listener)
    }
    await server.files.slots.mint('note')
    expect(heard).toMatchObject([{ type: 'slot-minted', kind: 'note', lifeSeconds: 3600 }])
  })

  it('carries the same event as the option, and both hear it', async () => {
    const recorder = new EventRecorder()
    const both = await startUploadServer({ options: { onEvent: recorder.onEvent } })
    const heard: unknown[] = []
    const listener = (event: unknown): void => void heard.push(event)
    subscribe('titofisto:link-made', listener)
    try {
      await both.files.storage.save('a.txt', 'One')
      await both.files.url('a.txt')
    } finally {
      unsubscribe('titofisto:link-made', listener)
      await both.close()
    }
    expect(heard).toHaveLength(1)
    expect(heard[0]).toBe(recorder.of('link-made')[0])
  })
})

describe('the tracing channel titofisto:handler', () => {
  const channel = tracingChannel('titofisto:handler')
  const current = new AsyncLocalStorage<unknown>()
  const heard: [string, unknown][] = []
  const subscribers = {
    start: (run: object) => void heard.push(['start', { ...run }]),
    end: (run: object) => void heard.push(['end', { ...run }]),
    asyncStart: (run: object) => void heard.push(['asyncStart', { ...run }]),
    asyncEnd: (run: object) => void heard.push(['asyncEnd', { ...run }]),
    error: (run: object) => void heard.push(['error', { ...run }]),
  }

  beforeEach(() => {
    heard.length = 0
    channel.subscribe(subscribers)
    channel.start.bindStore(current, (run) => run)
  })

  afterEach(() => {
    channel.unsubscribe(subscribers)
    channel.start.unbindStore(current)
  })

  it('spans a run, and what is bound to its start is there in the handler', async () => {
    let seen: unknown
    const handler = async (): Promise<string> => {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
      seen = current.getStore()
      return '/media/a?titofisto_token=canary'
    }
    expect((await upload(handler)).status).toBe(200)
    expect(seen).toMatchObject({ kind: 'note', attempt: 1, slotId: expect.any(String) })
    expect(heard.map(([name]) => name)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(JSON.stringify(heard)).not.toContain('canary')
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no')), 500],
    ['refuses', () => Promise.reject(new SlotRejection('no')), 422],
  ])('says what a handler threw that %s', async (_, handler, status) => {
    expect((await upload(handler)).status).toBe(status)
    expect(heard.map(([name]) => name)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    expect(heard[2]).toMatchObject(['error', { error: { message: 'no' } }])
  })
})

describe('examples/opentelemetry.mjs', () => {
  interface SpanSeen {
    readonly name: string
    readonly options: SpanOptions
    readonly exceptions: Exception[]
    status: SpanStatus | null
    hasEnded: boolean
  }
  const spans: SpanSeen[] = []

  /** A span of the API's own, which records nothing, with an ear on what it is told. */
  function startSpan(name: string, options: SpanOptions = {}): Span {
    const seen: SpanSeen = { name, options, exceptions: [], status: null, hasEnded: false }
    spans.push(seen)
    const span = trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 })
    return Object.assign(span, {
      recordException: (exception: Exception) => void seen.exceptions.push(exception),
      setStatus(status: SpanStatus) {
        seen.status = status
        return span
      },
      end: () => {
        seen.hasEnded = true
      },
    })
  }

  it('makes a span of each download and of each run of a handler', async () => {
    trace.setGlobalTracerProvider({
      getTracer: () => ({ startSpan, startActiveSpan: () => undefined as never }),
    })
    const example = new URL('../../examples/opentelemetry.mjs', import.meta.url)
    await import(example.href)

    await server.files.storage.save('a.txt', 'One')
    await (await fetch(await server.files.url('a.txt'))).text()
    await expect
      .poll(() => spans)
      .toMatchObject([
        {
          name: 'titofisto download',
          options: { attributes: { 'http.response.status_code': 200, 'titofisto.bytes': 3 } },
          status: null,
          hasEnded: true,
        },
      ])

    await upload(() => Promise.reject(new Error('no')))
    await expect
      .poll(() => spans[1])
      .toMatchObject({
        name: 'titofisto handler',
        options: { attributes: { 'titofisto.kind': 'note', 'titofisto.attempt': 1 } },
        exceptions: [{ message: 'no' }],
        status: { code: SpanStatusCode.ERROR },
        hasEnded: true,
      })
  })
})
