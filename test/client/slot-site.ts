// A real server of slots for the client's tests: it notes each request, and can hold one up.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SlotDefinition, SlotOverrides, SlotTicket } from '../../src/index.ts'
import { createDeferred } from '../support/deferred.ts'
import type { Deferred } from '../support/deferred.ts'
import { startUploadServer } from '../support/upload-server.ts'
import type { UploadServer } from '../support/upload-server.ts'

/** What a handler got. */
export interface Got {
  readonly name: string
  readonly type: string
  readonly sizeBytes: number
  readonly sha256: string
}

/** The server, and what came. */
export interface SlotSite extends UploadServer {
  /** Such as `PATCH 1048576`, without preflights. */
  readonly asked: string[]
  /** What handlers got, a run each. */
  readonly handled: Got[]
  /** Answers the next requests, one each, in the place of titofisto. */
  readonly answersInstead: ((res: ServerResponse) => void)[]
  mint(definition?: Partial<SlotDefinition>, overrides?: SlotOverrides): Promise<SlotTicket>
  /** Holds the next request of this description up. */
  hold(request: string): { readonly reached: Promise<void>; release(): void }
}

/** Starts it. */
export async function startSlotSite(): Promise<SlotSite> {
  const asked: string[] = []
  const handled: Got[] = []
  const gates = new Map<string, { readonly reached: Deferred; readonly mayPass: Deferred }>()
  const answersInstead: ((res: ServerResponse) => void)[] = []
  let kindCount = 0
  const server = await startUploadServer({
    hang: (files) => async (req, res) => {
      const request = describeRequest(req)
      if (req.method !== 'OPTIONS') asked.push(request)
      const gate = gates.get(request)
      if (gate !== undefined && req.method !== 'OPTIONS') {
        gates.delete(request)
        gate.reached.resolve()
        await gate.mayPass.promise
      }
      const instead = req.method === 'OPTIONS' ? undefined : answersInstead.shift()
      return instead === undefined ? files.handler(req, res) : instead(res)
    },
  })
  return {
    ...server,
    asked,
    handled,
    answersInstead,
    mint(definition = {}, overrides = {}) {
      kindCount += 1
      const kind = server.files.slot(`kind-${kindCount}`, {
        maxBytes: 1024 ** 3,
        async handler({ file }) {
          const { name, type, sizeBytes } = file
          const got = { name, type, sizeBytes, sha256: await file.sha256() }
          handled.push(got)
          return got
        },
        ...definition,
      })
      return kind.create(undefined, overrides)
    },
    hold(request) {
      const gate = { reached: createDeferred(), mayPass: createDeferred() }
      gates.set(request, gate)
      return { reached: gate.reached.promise, release: () => gate.mayPass.resolve() }
    },
  }
}

function describeRequest({ method, headers }: IncomingMessage): string {
  const offset = headers['upload-offset']
  if (offset === undefined) return String(method)
  // The first request of a resumable upload is empty: it begins.
  const isEmpty = headers['content-length'] === '0'
  return `${method} ${String(offset)}${isEmpty ? ' empty' : ''}`
}
