import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage } from './local.ts'

let root: string

beforeEach(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'titofisto-options-'))
  await fs.writeFile(join(root, 'f'), 'inside')
})

afterEach(async () => {
  await fs.rm(root, { recursive: true, force: true })
})

describe('createLocalStorage', () => {
  it.each([
    [{ root: undefined }, 'option "root" must be the path of a folder'],
    [{ root: '' }, 'option "root" must be the path of a folder'],
    [{ root: './no/such/folder' }, 'option "root" (./no/such/folder) does not exist; make'],
    [{ root: '/proc/self/environ' }, 'option "root" (/proc/self/environ) is not a folder'],
    [{ rooot: '.' }, 'option "rooot" is unknown; the nearest is "root"'],
    [{ root: '.', symlinks: 'follow' }, 'option "symlinks" must be one of "inside", "refuse"'],
    [{ root: '.', durable: 1 }, 'option "durable" must be true or false'],
    [{ root: '.', fileMode: '0640' }, 'option "fileMode" must be a whole number from 0 to 511'],
    [{ root: '.', generateName: 'x' }, 'option "generateName" must be a function'],
  ])('refuses %j', (options, message) => {
    // @ts-expect-error -- what a program without types may pass
    const create = () => createLocalStorage(options)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })

  it.each([-1, 0o1000, 0.5])('refuses the mode %d', (fileMode) => {
    expect(() => createLocalStorage({ root, fileMode })).toThrow(RangeError)
  })

  it('writes nothing where nothing is saved', async () => {
    const storage = createLocalStorage({ root })
    await storage.list()
    await storage.stat('f')
    expect(storage.spoolFolder).toContain('.titofisto')
    expect(await fs.readdir(root)).toEqual(['f'])
  })

  it('names the verb for one level to whoever asks its list for a delimiter', async () => {
    const storage = createLocalStorage({ root })
    const asked: object = { prefix: 'photos/', delimiter: '/' }
    await expect(storage.list(asked)).rejects.toThrow(TypeError)
    await expect(storage.list(asked)).rejects.toThrow('"delimiter" is unknown: listFolder(folder)')
    await expect(storage.list(null as never)).rejects.toThrow('takes an object of options')
  })
})
