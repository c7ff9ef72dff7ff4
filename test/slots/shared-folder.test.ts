// Two applications that keep their slots in one folder by mistake, each in a process of its own; and
// the processes of one application, which may.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createFileSlotStore,
  createLocalStorage,
  createMemorySlotStore,
  createTitofisto,
} from '../../src/index.ts'
import type { LogEntry, Titofisto, TitofistoOptions } from '../../src/index.ts'
import { compileSource } from '../../tools/compile-source.mjs'
import type { CompiledSource } from '../../tools/compile-source.mjs'

const [ourSecret, theirSecret, newSecret] = ['our', 'their', 'new'].map(
  (whose) => `${whose} secret for tests, 32 bytes and more`,
) as [string, string, string]

let source: CompiledSource
let root = ''
let entries: LogEntry[] = []
const open: Titofisto[] = []
const children: ChildProcess[] = []

beforeAll(async () => {
  source = await compileSource()
})
afterAll(() => source.remove())
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'titofisto-shared-'))
  entries = []
})
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
  for (const files of open.splice(0)) await files.close()
  await rm(root, { recursive: true, force: true })
})

/** An application here, which sweeps its slots. */
function start(secret: string | string[], options: Partial<TitofistoOptions> = {}): Titofisto {
  const files = createTitofisto({
    secret,
    storage: createLocalStorage({ root, durable: false }),
    durable: false,
    log: (entry) => entries.push(entry),
    ...options,
  })
  open.push(files)
  files.slot('inbox', { handler: () => {} })
  return files
}

/** An application in another process. */
async function startElsewhere(secret: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('../support/sweeping-child.mjs', import.meta.url))
  const child = fork(program, {
    env: { ...process.env, TITOFISTO_SOURCE: source.folder, ROOT: root, TITOFISTO_SECRET: secret },
  })
  children.push(child)
  await once(child, 'message')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await ended
}

const notes = () => readdir(join(root, '.titofisto/applications'))
const told = { level: 'warn', event: 'slots-shared' }

describe('an application that finds its slots swept by another one', () => {
  it('says so once, in its log, and names no secret and no path', async () => {
    await startElsewhere(theirSecret)
    const files = start(ourSecret)
    files.slot('outbox', { handler: () => {} })
    expect(entries).toMatchObject([told])
    expect(JSON.stringify(entries)).not.toContain(root)
    for (const secret of [ourSecret, theirSecret])
      expect(JSON.stringify([entries, await notes()])).not.toContain(secret)
  })

  it('says so of one in the same process, too, as long as that is open', async () => {
    const other = start(theirSecret)
    start(ourSecret)
    expect(entries).toMatchObject([told])
    await other.close()
    entries = []
    start([ourSecret])
    expect(entries).toEqual([])
  })

  it('says so of a store in a folder that was named', async () => {
    const slotStore = () => createFileSlotStore({ folder: join(root, 'slots-of-mine') })
    start(theirSecret, { slotStore: slotStore() })
    expect(entries).toEqual([])
    start(ourSecret, { slotStore: slotStore() })
    expect(entries).toMatchObject([told])
  })
})

describe('an application says nothing', () => {
  it('of other processes of its own', async () => {
    await startElsewhere(ourSecret)
    await startElsewhere(ourSecret)
    start(ourSecret)
    expect(entries).toEqual([])
    expect(await notes()).toHaveLength(3)
  })

  it('of those whose place it takes with a new secret, while it knows the old one', async () => {
    const old = await startElsewhere(ourSecret)
    start([newSecret, ourSecret])
    await kill(old)
    start(newSecret)
    expect(entries).toEqual([])
  })

  it('of one that is dead, and takes its note away', async () => {
    await kill(await startElsewhere(theirSecret))
    expect(await notes()).toHaveLength(1)
    start(ourSecret)
    expect(entries).toEqual([])
    expect(await notes()).toHaveLength(1)
  })

  it('of one that can not be seen, and has not renewed its note', async () => {
    start(ourSecret)
    const stranger = join(root, '.titofisto/applications/elsewhere.1.1.x.y~0123456789abcdef')
    await writeFile(stranger, '')
    const long = new Date(Date.now() - 3_600_000)
    await utimes(stranger, long, long)
    start(ourSecret)
    expect(entries).toEqual([])
    await utimes(stranger, new Date(), new Date())
    start(ourSecret)
    expect(entries).toMatchObject([told])
  })

  it('where it sweeps nothing, or keeps its slots elsewhere', async () => {
    start(theirSecret)
    start(ourSecret, { sweepSeconds: 0 })
    start(ourSecret, { slotStore: createMemorySlotStore() })
    expect(entries).toEqual([])
    expect(await notes()).toHaveLength(1)
  })

  it('and takes uploads all the same, where a link stands in the place of the notes', async () => {
    createFileSlotStore({ folder: join(root, '.titofisto') })
    const elsewhere = await mkdtemp(join(tmpdir(), 'titofisto-not-ours-'))
    await symlink(elsewhere, join(root, '.titofisto/applications'))
    const files = start(ourSecret)
    const { url } = await files.slots.mint('inbox')
    const request = new Request(`http://localhost${url}`, { method: 'PUT', body: 'x' })
    expect((await files.fetch(request)).status).toBe(204)
    expect([entries, await readdir(elsewhere)]).toEqual([[], []])
    await rm(elsewhere, { recursive: true })
  })
})

describe('the note of a process', () => {
  it("is its owner's alone, and goes with close()", async () => {
    const files = start([newSecret, ourSecret])
    const [first = '', ...others] = await notes()
    expect(others).toHaveLength(1)
    const { mode, size } = await stat(join(root, '.titofisto/applications', first))
    expect([mode & 0o777, size]).toEqual([0o600, 0])
    await files.close()
    expect(await notes()).toEqual([])
  })
})
