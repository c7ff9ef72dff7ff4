// A long upload by the stock tus client, whose server is killed twice (SIGKILL) on the way. The
// bytes are made as they are sent and hashed as they are made, so that no copy helps anybody.

import { createHash, randomBytes } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SlotTicket } from '../../src/index.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'
import { startTusUpload } from '../support/tus-upload.ts'
import { spawnServer } from '../support/upload-server-process.ts'
import type { SpawnedServer } from '../support/upload-server-process.ts'

const mebibyte = 1024 ** 2
const sizeBytes = 2 * 1024 ** 3

describe('an upload of 2 GiB', () => {
  let source: CompiledSource
  let folder: string
  let server: SpawnedServer

  beforeEach(async () => {
    source = await compileSource()
    folder = await mkdtemp(join(tmpdir(), 'titofisto-two-gibibytes-'))
    server = await start()
  })

  afterEach(async () => {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
    await source.remove()
  })

  /** Its leases are short, since a killed one's are waited for. */
  function start(port = 0): Promise<SpawnedServer> {
    return spawnServer('slot-server-child.mjs', [source.folder, folder, 'never'], port)
  }

  it(
    'goes on after its server was killed, twice; every byte is right, and its handler ran once',
    { timeout: 180_000 },
    async () => {
      const minted = await fetch(`${server.origin}/mint/save`, { method: 'POST' })
      const { id, url } = (await minted.json()) as SlotTicket
      const killsDueAt = [700 * mebibyte, 1400 * mebibyte]
      let restarted: Promise<void> = Promise.resolve()
      async function killAndStart(): Promise<void> {
        await server.kill()
        server = await start(server.port)
      }
      const hash = createHash('sha256')
      const run = startTusUpload(Readable.from(makeBlocks(hash), { objectMode: false }), {
        endpoint: server.origin + url,
        uploadSize: sizeBytes,
        // What it has sent is lost with a killed server up to one piece, so it keeps one.
        chunkSize: 64 * mebibyte,
        // A busy machine takes its time to start a server: a minute.
        retryDelays: Array.from({ length: 1200 }, () => 50),
        onProgress(sentBytes) {
          if (sentBytes < (killsDueAt[0] ?? Infinity)) return
          killsDueAt.shift()
          restarted = killAndStart()
        },
      })
      await run.done
      await restarted
      expect(killsDueAt).toEqual([])
      const saved = join(folder, 'files', `${id}.bin`)
      expect((await stat(saved)).size).toBe(sizeBytes)
      expect(await sha256Of(saved)).toBe(hash.digest('hex'))
      expect(await readFile(join(folder, 'runs.log'), 'utf8')).toBe('save 1\n')
      // It was the server's death that was survived, not a pause between two pieces.
      const resumedAt = run.steps
        .filter((step, index) => step.startsWith('PATCH') && run.steps[index - 2] === 'HEAD')
        .map((step) => Number(step.slice('PATCH '.length)))
      expect(resumedAt).toHaveLength(2)
    },
  )
})

/** All bytes, a mebibyte at a time, no two alike. */
function* makeBlocks(hash: Hash): Generator<Buffer> {
  const pattern = randomBytes(mebibyte)
  for (let sent = 0; sent < sizeBytes; sent += mebibyte) {
    const block = Buffer.from(pattern)
    block.writeBigUInt64LE(BigInt(sent))
    hash.update(block)
    yield block
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: mebibyte }), hash)
  return hash.digest('hex')
}
