// Fresh files for each test of an adapter, and what was logged.

import { afterEach, beforeEach } from 'vitest'
import type { LogEntry } from '../../src/index.ts'
import { createGround } from '../support/file-ground.ts'
import type { Ground } from '../support/file-ground.ts'

/** What stands at the start of each test. */
export interface FilesStage {
  readonly ground: Ground
  readonly files: ReturnType<Ground['create']>
  readonly entries: readonly LogEntry[]
}

/** Sets the stage for every test of this file. */
export function useFiles(): FilesStage {
  const stage = {} as { -readonly [Key in keyof FilesStage]: FilesStage[Key] }

  beforeEach(async () => {
    const entries: LogEntry[] = []
    stage.ground = await createGround()
    stage.entries = entries
    stage.files = stage.ground.create({ sweepSeconds: 0, log: (entry) => entries.push(entry) })
  })

  afterEach(async () => {
    await stage.files.close()
    await stage.ground.remove()
  })

  return stage
}
