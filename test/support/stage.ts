// A fresh ground with a server over it for each test of a suite, and a clock that stands still.

import { stat } from 'node:fs/promises'
import { afterEach, beforeEach, expect } from 'vitest'
import type { LogEntry } from '../../src/log.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import type { Titofisto } from '../../src/titofisto.ts'
import type { TitofistoOptions } from '../../src/titofisto-options.ts'
import { createKeyring } from '../../src/token/keyring.ts'
import { signNativeToken } from '../../src/token/native.ts'
import { createGround, secret } from './file-ground.ts'
import type { Ground } from './file-ground.ts'
import { startFileServer } from './file-server.ts'
import type { FileServer } from './file-server.ts'

/** Where each clock starts. */
export const startMs = 1_700_000_000_000

/** What stands at the start of each test. */
export interface Stage {
  readonly ground: Ground
  readonly files: Titofisto<LocalStorage>
  readonly server: FileServer
  /** What was logged. */
  readonly entries: LogEntry[]
  nowMs: number
  /** Begins again with other options. */
  restart(options: Partial<TitofistoOptions>): Promise<void>
  statusOf(path: string, headers?: Readonly<Record<string, string>>): Promise<number>
  /** Expects what nobody may have: the one 404. */
  expectNothing(path: string): Promise<void>
}

/** Sets the stage for every test of this file. */
export function useStage(): Stage {
  let ground: Ground
  let files: Titofisto<LocalStorage>
  let server: FileServer
  let entries: LogEntry[] = []

  async function start(options: Partial<TitofistoOptions> = {}) {
    entries = []
    files = ground.create({
      now: () => stage.nowMs,
      log: (entry) => entries.push(entry),
      ...options,
    })
    server = await startFileServer((req, res) => void files.handler(req, res))
  }

  const stage: Stage = {
    get ground() {
      return ground
    },
    get files() {
      return files
    },
    get server() {
      return server
    },
    get entries() {
      return entries
    },
    nowMs: startMs,
    async restart(options) {
      await server.close()
      await start(options)
    },
    statusOf: async (path, headers) => (await server.get(path, headers)).status,
    async expectNothing(path) {
      const reply = await server.get(path)
      expect([reply.status, reply.body.toString()], path).toEqual([404, 'Not found\n'])
    },
  }

  beforeEach(async () => {
    stage.nowMs = startMs
    ground = await createGround()
    await start()
  })

  afterEach(async () => {
    await server.close()
    await ground.remove()
  })

  return stage
}

/** A true signature over whatever subject: what an attacker would need us, or a careless signer, to make. */
export function signAnything(
  name: string,
  version: string,
  purpose: 'media' | 'slot' = 'media',
): string {
  return signNativeToken(createKeyring([secret], purpose), { name, version }, startMs / 1000, {})
}

/** The version of a file on the disk, worked out apart from the storage. */
export async function readVersion(path: string): Promise<string> {
  const { mtimeNs, size } = await stat(path, { bigint: true })
  return `${mtimeNs / 1000n}-${size}`
}

/** An answer's headers without the one that belongs to its moment. */
export function withoutDate(headers: readonly (readonly [string, string])[]) {
  return headers.filter(([name]) => name !== 'date')
}
