// The routes that applications write themselves, as the battery of all doors asks them.

import type { LocalStorage, ReceivableRequest, Titofisto } from '../../src/index.ts'
import { ownRoute } from '../contracts/door-uploads.ts'

export type LocalFiles = Titofisto<LocalStorage>

/** What an own route does with a request. */
export const receive = (files: LocalFiles, request: ReceivableRequest) =>
  files.receive(request, ownRoute.limits, ownRoute.use)
