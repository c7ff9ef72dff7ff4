// Serves one file request, until it is over or a signal says stop.

import { setTimeout as pause } from 'node:timers/promises'
import { defineInboxKind, type InboxKind } from '../kinds/inbox-kind.ts'
import { refused } from '../cli-failure.ts'
import { toPrintable } from '../printable.ts'
import { announceRequest } from './announce-request.ts'
import { runServer } from './run-server.ts'
import type { Arguments } from '../arguments.ts'
import type { FilePlace } from '../settings/file-place.ts'
import type { Settings } from '../settings/settings.ts'
import type { FileRequest } from '../../slots/requests/file-request.ts'
import type { RequestOptions } from '../../slots/requests/make-request.ts'

/** Makes a request: of the kind that is served, by the options of whoever calls. */
export type MakeRequest = (
  make: (options: RequestOptions) => Promise<FileRequest>,
) => Promise<FileRequest>

const lookEveryMs = 1000

/** Where what is sent is put. */
export interface RequestPlace {
  readonly place: FilePlace
  /** What names begin with there: `''`, or a folder with its slash. */
  readonly prefix: string
}

/**
 * Serves a folder for one request. Gives the exit code.
 *
 * @throws CliFailure where it can't serve, or no files can be taken.
 */
export function serveRequest(
  args: Arguments,
  settings: Settings,
  { place, prefix }: RequestPlace,
  makeRequest: MakeRequest,
): Promise<number> {
  const folder = place.kind === 'bucket' ? place.shown + prefix : place.root
  let kind: InboxKind | null = null
  let request: FileRequest | null = null
  return runServer(args, {
    settings,
    place,
    defineKinds({ files, accessLog }) {
      kind = defineInboxKind(files, accessLog.log)
    },
    async greet({ origin }) {
      if (kind === null) throw refused(`No files can be taken: ${folder} can't be written to.`)
      const inbox = kind
      request = await makeRequest((options) => inbox.request({ prefix }, options))
      await announceRequest(args, { request, folder, settings, origin, isServedHere: true })
    },
    async whenOver() {
      if (request === null) return
      await waitForEnd(request)
      if (!args.has('quiet') && !args.has('json')) await tellWhoSent(request)
    },
  })
}

/** Waits until nobody can send any more, and nobody does. */
async function waitForEnd(request: FileRequest): Promise<void> {
  while (true) {
    const status = await request.status()
    if (status === null) return
    const isOver = status.state !== 'open' && status.state !== 'full'
    if (isOver && status.waitingCount === 0) return
    await pause(lookEveryMs, undefined, { ref: false })
  }
}

async function tellWhoSent(request: FileRequest): Promise<void> {
  console.log('The file request is over.')
  for await (const { person, state, savedNames } of request.uploads())
    if (state === 'done')
      console.log(`  ${toPrintable(`${person ?? 'somebody'}: ${savedNames.join(', ')}`)}`)
}
