// A door as its battery sees it: a server, and ways to ask it.

import type { Duplex } from 'node:stream'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'

/** A request to a door. */
export interface DoorRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** An answer, with header names in lower case and without what belongs to one moment or hop. */
export interface DoorReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A server with a door in it. */
export interface Door {
  readonly files: Titofisto<LocalStorage>
  ask(request: DoorRequest): Promise<DoorReply>
  /** A bare connection that speaks HTTP/1.1 straight to the server; `null` where there is none. */
  readonly connect: (() => Promise<Duplex>) | null
  /** Whether the door itself decides when a connection closes. */
  readonly ownsConnection: boolean
  /** What answers a path outside our prefix. */
  readonly foreign: { readonly status: number; readonly body: string }
  /** The path of an `ownRoute`, written as the door's framework has it; missing where there is none. */
  readonly ownRoute?: string | undefined
  /** Paths that the framework itself refuses, before the door is asked. */
  readonly refusesItself?: (path: string) => boolean
  close(): Promise<void>
}

/** Starts a server; `create` makes what it serves. */
export type StartDoor = (
  create: (options?: Partial<TitofistoOptions>) => Titofisto<LocalStorage>,
) => Promise<Door>
