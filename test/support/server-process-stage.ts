// A server of slots in a process of its own over a fresh ground, for each test of a suite: one that
// can be stopped or killed, and started again.

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { createSharedGround, startServerProcess } from './upload-server-process.ts'
import type { ServerProcess, SharedGround } from './upload-server-process.ts'

/** What stands at the start of each test. */
export interface ServerProcessStage {
  readonly ground: SharedGround
  readonly server: ServerProcess
  /** Ends the server in the given way, and starts it anew at the same port. */
  restart(end: 'stop' | 'kill'): Promise<void>
}

/** Sets the stage for every test of this file, or of the suite that it is called in. */
export function useServerProcess(): ServerProcessStage {
  let source: CompiledSource
  let ground: SharedGround
  let server: ServerProcess

  beforeAll(async () => {
    source = await compileSource()
  })

  afterAll(async () => {
    await source.remove()
  })

  beforeEach(async () => {
    ground = await createSharedGround()
    server = await startServerProcess(source.folder, ground)
  })

  afterEach(async () => {
    await server.kill()
    await ground.remove()
  })

  return {
    get ground() {
      return ground
    },
    get server() {
      return server
    },
    async restart(end) {
      const { port } = server
      await server[end]()
      server = await startServerProcess(source.folder, ground, port)
    },
  }
}
