// All file requests of an application, for after a restart.

import { isRequest } from '../stores/known-records.ts'
import type { SlotParts } from '../parts/slot-parts.ts'
import { parseSlotId } from '../record/slot.ts'
import { toFileRequest, type FileRequest } from './file-request.ts'

/** All file requests, of whatever kind. */
export interface FileRequests {
  /**
   * Every request that is remembered, in no promised order.
   * @example
   * await avatar.request()
   * for await (const request of files.requests.list()) {
   *   await request.status() //=> { kind: 'avatar', state: 'open', … }
   * }
   */
  list(): AsyncIterable<FileRequest>
  /**
   * A request by its id; `null` where there is none, or none any more.
   * @example
   * const { id } = await avatar.request()
   * const request = await files.requests.find(id)
   * await request?.status() //=> { state: 'open', uploadCount: 0, … }
   */
  find(id: string): Promise<FileRequest | null>
}

/** Makes the view of all requests. */
export function createFileRequests(parts: SlotParts): FileRequests {
  return {
    async *list() {
      for await (const record of parts.store.requests.listEverything())
        if (isRequest(record)) yield toFileRequest(parts, record)
    },
    async find(id) {
      const requestId = parseSlotId(id)
      const record = requestId === null ? null : await parts.store.requests.read(requestId)
      return record === null ? null : toFileRequest(parts, record)
    },
  }
}

/** The view of requests whose folders are made with the first call. */
export function openLater(open: () => FileRequests): FileRequests {
  return {
    async *list() {
      yield* open().list()
    },
    find: async (id) => open().find(id),
  }
}
