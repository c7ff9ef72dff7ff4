import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFileSlotStore } from '../../src/slots/stores/file.ts'
import { createMemorySlotStore } from '../../src/slots/stores/memory.ts'
import { slotStoreContract } from '../../src/testing/slot-store-contract.ts'
import { compileSource } from '../support/compile-source.ts'
import { newSlotRecord } from '../support/slot-records.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'titofisto-slots-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('the memory store', () => {
  for (const { name, run } of slotStoreContract) it(name, () => run(createMemorySlotStore()))
})

describe('the file store', () => {
  for (const { name, run } of slotStoreContract)
    it(name, () => run(createFileSlotStore({ folder })))
})

describe('the file store, not flushing', () => {
  for (const { name, run } of slotStoreContract)
    it(name, () => run(createFileSlotStore({ folder, durable: false })))
})

describe('the file store, shared by four processes', () => {
  it('lets exactly one process win each of 1,000 slots', async () => {
    const source = await compileSource()
    const store = createFileSlotStore({ folder, durable: false })
    const racers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => startRacer(source.folder, folder, name)),
    )
    try {
      const winsByRacer = new Map<string, number>()
      for (let round = 0; round < 1000; round++) {
        const record = newSlotRecord()
        await store.create(record)
        const outcomes = await Promise.all(racers.map((racer) => racer.race(record.id)))
        expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1)
        const winner = racers[outcomes.indexOf('won')]?.name ?? 'nobody'
        expect(await store.read(record.id)).toMatchObject({ revision: 2, args: winner })
        winsByRacer.set(winner, (winsByRacer.get(winner) ?? 0) + 1)
      }
      // Were it always the same one, nobody would have raced.
      expect(winsByRacer.size).toBeGreaterThan(1)
    } finally {
      await Promise.all(racers.map((racer) => racer.stop()))
      await source.remove()
    }
  }, 120_000)
})

interface Racer {
  readonly name: string
  race(id: string): Promise<string>
  stop(): Promise<void>
}

async function startRacer(source: string, storeFolder: string, name: string): Promise<Racer> {
  const program = fileURLToPath(new URL('../support/slot-store-racer.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, source, storeFolder, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect(await lines.next()).toMatchObject({ value: 'ready' })
  return {
    name,
    async race(id) {
      child.stdin.write(`${id}\n`)
      return String((await lines.next()).value)
    },
    async stop() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}
