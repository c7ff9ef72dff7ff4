import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MapStorage } from '../../test/contracts/map-storage.ts'
import { createGround, secret, type Ground } from '../../test/support/file-ground.ts'
import { createTitofisto } from '../titofisto.ts'

let ground: Ground

beforeAll(async () => {
  ground = await createGround()
})

afterAll(() => ground.remove())

describe('links to many files', () => {
  it('are those that each file would get, in the order of the names', async () => {
    const files = ground.create({ now: () => 1_800_000_000_000 })
    const names = ['ten.bin', 'public/open.txt', 'folder/inner.txt', 'ten.bin']
    const one = await Promise.all(names.map((name) => files.url(name)))
    expect(await files.urls(names)).toEqual(one)
    const options = { expiresIn: 600, bind: 'me' }
    expect(await files.urls(['ten.bin'], options)).toEqual([await files.url('ten.bin', options)])
    expect(await files.urls([])).toEqual([])
  })

  it('work', async () => {
    const files = ground.create()
    const urls = await files.urls(['ten.bin', 'folder/inner.txt'])
    const replies = urls.map((url) => files.fetch(new Request(`http://localhost${url}`)))
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual([200, 200])
  })

  it('have null where there is no file, or no name of one', async () => {
    const files = ground.create()
    await writeFile(join(ground.root, 'gone.txt'), 'x')
    await rm(join(ground.root, 'gone.txt'))
    const names = ['gone.txt', 'folder', '../outside.txt', 'out.txt', '', 'pipe', 'ten.bin']
    const urls = await files.urls(names)
    expect(urls.slice(0, -1)).toEqual([null, null, null, null, null, null])
    expect(urls.at(-1)).toContain('/media/ten.bin?')
  })

  it('are refused together for what is no fault of one file', async () => {
    const files = ground.create()
    await expect(files.urls(['ten.bin'], { expiresIn: -1 })).rejects.toThrow(RangeError)
    const text: unknown = 'ten.bin'
    await expect(files.urls(text as string[])).rejects.toThrow(TypeError)
    const fault = new Error('the network is gone')
    class Failing extends MapStorage {
      override stat() {
        return Promise.reject(fault)
      }
    }
    const failing = createTitofisto({ secret, storage: new Failing(join(ground.folder, 'spool')) })
    await expect(failing.urls(['a', 'b'])).rejects.toBe(fault)
  })

  it('take one look each, sixteen at once', async () => {
    let looks = 0
    let underWay = 0
    let most = 0
    class Counting extends MapStorage {
      override async stat(name: string) {
        looks++
        most = Math.max(most, ++underWay)
        await new Promise(setImmediate)
        underWay--
        return super.stat(name)
      }
    }
    const storage = new Counting(join(ground.folder, 'spool'))
    const names = Array.from({ length: 100 }, (_, index) => `${index}.txt`)
    for (const name of names) await storage.save(name, name)
    looks = 0
    const urls = await createTitofisto({ secret, storage }).urls(names)
    expect(urls.every((url, index) => url?.startsWith(`/media/${index}.txt?`))).toBe(true)
    expect(looks).toBe(100)
    expect(most).toBe(16)
  })
})
