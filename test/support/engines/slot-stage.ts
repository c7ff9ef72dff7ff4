// A server whose slots are in an engine, for each test of a suite, and what tests of its faults ask of it.

import { once } from 'node:events'
import { request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { afterEach, beforeEach, expect } from 'vitest'
import type { SlotKind } from '../../../src/index.ts'
import { startUploadServer } from '../upload-server.ts'
import type { UploadServer } from '../upload-server.ts'
import type { OpenSetting, OpenStore } from './clients.ts'
import { openProxy } from './proxy.ts'
import type { EngineProxy } from './proxy.ts'

/** What every engine's start script gives. */
export interface Engine {
  readonly host: string
  readonly port: number
  readonly url: string
  pause(): void
  goOn(): void
  kill(): Promise<void>
  startAgain(setting: { readonly keepsData: boolean }): Promise<void>
}

/** Opens a store by one of the clients. */
export type Open = (setting: OpenSetting) => Promise<OpenStore>

/** The server, and what stands around it. */
export interface Stage {
  readonly opened: OpenStore
  readonly server: UploadServer
  /** Its handler saves the file. */
  readonly kind: SlotKind
  /** Between the server and the engine, where it was asked for. */
  readonly proxy: EngineProxy
  /** How often the handler ran. */
  readonly runs: () => number
}

/** Starts one before each test, whose calls take two seconds at most, and ends it afterwards. */
export function useStage(
  engine: () => Engine,
  open: Open,
  where: 'straight' | 'behind a proxy' = 'straight',
): () => Stage {
  let stage: Stage
  beforeEach(async () => {
    const { host, port } = engine()
    const proxy = await openProxy(port)
    const place = where === 'straight' ? { host, port } : { port: proxy.port }
    const opened = await open({ ...place, timeoutSeconds: 2 })
    const server = await startUploadServer({
      options: { slotStore: opened.store, sweepSeconds: 0 },
    })
    let count = 0
    const kind = server.files.slot('note', {
      async handler({ file }) {
        count += 1
        return { name: await file.save('note.txt') }
      },
    })
    stage = { opened, server, kind, proxy, runs: () => count }
  })
  afterEach(async () => {
    engine().goOn()
    await stage.server.close()
    await stage.opened.close()
    await stage.proxy.close()
  })
  return () => stage
}

/** Uploads a note. */
export function put(url: string): Promise<Response> {
  return fetch(url, { method: 'PUT', body: 'a note' })
}

/** Asks by tus how far an upload came. */
export function tusHead(url: string): Promise<Response> {
  return fetch(url, { method: 'HEAD', headers: { 'Tus-Resumable': '1.0.0' } })
}

/** Begins an upload that goes on until `end`. */
export function beginPut(url: string, first: string): ClientRequest {
  const upload = request(url, { method: 'PUT' })
  upload.write(first)
  return upload
}

/** The answer to an upload that was begun. */
export async function answerTo(upload: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(upload, 'response')) as [IncomingMessage]
  answer.resume()
  return answer
}

/** Tries until it is this answer, which is given; of what comes before, a refusal that passes is all there may be. */
export async function untilStatus(status: number, ask: () => Promise<Response>): Promise<Response> {
  let last: Response | null = null
  await expect
    .poll(async () => {
      last = await ask()
      if (last.status !== status) expect([409, 503, 200]).toContain(last.status)
      return last.status
    })
    .toBe(status)
  return last ?? expect.unreachable()
}

/** A refusal that passes, and says so. */
export async function expectComeAgain(answer: Response): Promise<void> {
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('5')
  const words = await answer.text()
  if (answer.url !== '' && words !== '') expect(words).toMatch(/again later/)
}

/** A slot's state; right after the engine is back, a connection may still be on its way. */
export async function stateOf(
  kind: Pick<SlotKind, 'status'>,
  id: string,
): Promise<string | undefined> {
  return (await kind.status(id).catch(() => null))?.state
}
