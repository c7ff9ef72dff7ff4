// What the owner's page is made of: everything that its parts look at and act on.

import { withFileVerbs, type FileVerbs } from '../../storage/verbs/file-verbs.ts'
import { createIsShown, type IsShown } from './concealed.ts'
import { createSlotsLook, type OpenSlots } from './open-slots.ts'
import { createTransfers, type Transfers } from './transfers.ts'
import type { Log } from '../../log.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Titofisto } from '../../titofisto.ts'
import type { InboxKind } from '../kinds/inbox-kind.ts'

/** The parts. */
export interface Desk {
  readonly files: Titofisto
  readonly storage: Storage & FileVerbs
  readonly isShown: IsShown
  /** The kind of slots that file requests make; `null` where no uploads are taken. */
  readonly inbox: InboxKind | null
  readonly transfers: Transfers
  lookAtSlots(): Promise<OpenSlots>
  /** How long a link lives that says nothing of it, in seconds; `Infinity` for ever. */
  readonly timeoutSeconds: number
  /** The origins by which others of the network reach us; the first is the likeliest. */
  lanOrigins(): readonly string[]
  readonly log: Log
  readonly now: () => number
}

/** Where a request came to. */
export interface Visit {
  /** By which the page is open: `http://192.168.1.7:8080`. */
  readonly origin: string
}

/** What it is made from. */
export interface DeskFacts extends Pick<
  Desk,
  'files' | 'inbox' | 'timeoutSeconds' | 'lanOrigins' | 'log'
> {
  /** The folder that is served. */
  readonly root: string
  /** Files and folders of the server's own, which are shown to nobody, wherever they lie. */
  readonly privatePaths: readonly string[]
}

/** Puts the parts together. */
export function createDesk({ root, privatePaths, ...facts }: DeskFacts): Desk {
  const { files } = facts
  return {
    ...facts,
    storage: withFileVerbs(files.storage),
    isShown: createIsShown(root, privatePaths),
    transfers: createTransfers(files.mountPath),
    lookAtSlots: createSlotsLook(files),
    now: Date.now,
  }
}
