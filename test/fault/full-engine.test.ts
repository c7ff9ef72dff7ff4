// A PostgreSQL whose disk is full: a small one of its own, which Linux gives root. (Redis's memory:
// slot-engines.test.ts.)

import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { postgresClients } from '../support/engines/clients.ts'
import { startPostgres, whyNoPostgres } from '../support/engines/postgres.mjs'
import { put, untilStatus, useStage } from '../support/engines/slot-stage.ts'
import { newSlotRecord } from '../support/slot-records.ts'
import { describeUnless } from '../support/unless.ts'

const whyNot = whyNoPostgres() ?? (process.getuid?.() === 0 ? null : 'only root can mount')

describeUnless(whyNot, 'promise 18: slots in a PostgreSQL whose disk is full', () => {
  let disk: string
  let engine: Awaited<ReturnType<typeof startPostgres>>
  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'titofisto-small-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk])
    engine = await startPostgres([], { disk })
  })
  afterAll(async () => {
    await engine.stop()
    execFileSync('umount', ['-l', disk])
    await rm(disk, { recursive: true })
  })
  const stage = useStage(() => engine, postgresClients['pg, a pool'])

  it('are refused in words where they are new; links go on; all works once it has room', async () => {
    const { server, kind, opened } = stage()
    await server.files.storage.save('report.txt', 'A report')
    const link = await server.files.url('report.txt')
    const url = await kind.url()
    const ballast = join(disk, 'ballast')
    fill(ballast)
    // The table has a page or two left.
    const big = randomBytes(50_000).toString('base64')
    const fillTable = async (): Promise<never> => {
      while (true) await opened.store.create({ ...newSlotRecord(), args: big })
    }
    await expect(fillTable()).rejects.toMatchObject({ code: 'storage-full', status: 507 })
    expect(await (await fetch(link)).text()).toBe('A report')
    expect([200, 507]).toContain((await put(url)).status)

    rmSync(ballast)
    await opened.store.create({ ...newSlotRecord(), args: big })
    expect((await untilStatus(200, async () => put(await kind.url()))).status).toBe(200)
  })
})

function fill(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(128 * 1024 * 1024))
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error
  }
}
