// titofisto/flydrive by FlyDrive's own disks: over its plain file system with our URLs, and over our
// driver; the URLs are used over real sockets.

import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseDriveDuration } from '../../src/adapters/flydrive-duration.ts'
import { createDriveDriver, createDriveUrls } from '../../src/adapters/flydrive.ts'
import type { DriveOptions } from '../../src/adapters/flydrive.ts'
import { createTitofisto, isTitofistoError } from '../../src/index.ts'
import { MapStorage } from '../contracts/map-storage.ts'
import { countDescriptors, until } from '../support/descriptors.ts'
import { secret } from '../support/file-ground.ts'
import { loadFlydrive } from '../support/flydrive.ts'
import { startUploadServer, type UploadServer } from '../support/upload-server.ts'

const flydrive = await loadFlydrive()
const { Disk, DriveDirectory, DriveFile, DriveManager, errors, FSDriver } = flydrive

const nowMs = Date.UTC(2026, 10, 26, 12)
let stage: UploadServer
beforeEach(async () => {
  stage = await startUploadServer({ options: { mediaUrl: '/media/' } })
})
afterEach(async () => {
  await stage.close()
  await until(() => countDescriptors(stage.root) === 0, 'all files are closed')
})

/** A disk of FlyDrive's own, in the folder that our server serves. */
function plainDisk(options: DriveOptions = {}) {
  const urlBuilder = createDriveUrls(stage.files, { origin: stage.origin, ...options })
  return new Disk(new FSDriver({ location: stage.root, visibility: 'private', urlBuilder }))
}

/** A disk over our driver. */
function ourDisk(options: DriveOptions = {}) {
  const { files, origin } = stage
  return new Disk(createDriveDriver(files, flydrive, { origin, ...options }))
}

describe.each([
  ["FlyDrive's file system, with our urlBuilder", plainDisk],
  ['our driver', ourDisk],
])('a disk over %s', (_, createDisk) => {
  it('gives links that work, with ranges', async () => {
    const disk = createDisk()
    await disk.put('reports/2026.txt', '0123456789')
    const url = await disk.getSignedUrl('reports/2026.txt')
    const response = await fetch(url, { headers: { Range: 'bytes=2-4' } })
    expect([response.status, await response.text()]).toEqual([206, '234'])
    expect((await fetch(url.split('?')[0] ?? '')).status).toBe(404)
  })

  it.each([
    [undefined, 1800],
    ['30 mins', 1800],
    ['2h', 7200],
    [90, 90],
  ])('ends a link that expires in %s after %d seconds', async (expiresIn, seconds) => {
    await stage.close()
    stage = await startUploadServer({ options: { mediaUrl: '/media/', now: () => nowMs } })
    const disk = createDisk()
    await disk.put('a.txt', 'A')
    const url = await disk.getSignedUrl('a.txt', expiresIn === undefined ? {} : { expiresIn })
    const { expiresAt } = await stage.files.explain(url)
    expect(expiresAt).toEqual(new Date(nowMs + seconds * 1000))
  })

  it.each(['soon', '30', '', 0, -5, Number.NaN, '-5 mins', '5 fortnights'])(
    'refuses a link that expires in %j',
    async (expiresIn) => {
      const disk = createDisk()
      await disk.put('a.txt', 'A')
      const error = await disk.getSignedUrl('a.txt', { expiresIn }).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(errors.E_CANNOT_GENERATE_URL)
      expect(error).toHaveProperty('cause.option', 'expiresIn')
    },
  )

  it('sends a link with the type and the name that were signed', async () => {
    const disk = createDisk()
    await disk.put('a.bin', 'A')
    const contentDisposition = 'attachment; filename="Bericht für €.txt"'
    const response = await fetch(
      await disk.getSignedUrl('a.bin', { contentType: 'text/plain', contentDisposition }),
    )
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(response.headers.get('content-disposition')).toContain(
      "filename*=UTF-8''Bericht%20f%C3%BCr%20%E2%82%AC.txt",
    )
    const inline = await fetch(await disk.getSignedUrl('a.bin', { contentDisposition: 'inline' }))
    expect(inline.headers.get('content-disposition')).toContain('inline')
  })

  it('refuses terms that it does not know, and no disposition but these', async () => {
    const disk = createDisk()
    await disk.put('a.txt', 'A')
    for (const options of [{ ResponseContentType: 'text/html' }, { contentDisposition: 'x' }])
      await expect(disk.getSignedUrl('a.txt', options)).rejects.toThrow(
        errors.E_CANNOT_GENERATE_URL,
      )
  })

  it('gives a lasting URL of a public file, and of no other', async () => {
    const disk = createDisk()
    await disk.put('public/a.txt', 'A')
    await disk.put('b.txt', 'B')
    const url = await disk.getUrl('public/a.txt')
    expect(url).toBe(`${stage.origin}/media/public/a.txt`)
    expect(await (await fetch(url)).text()).toBe('A')
    expect(await disk.getSignedUrl('public/a.txt')).toBe(url)
    const error = await disk.getUrl('b.txt').catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(errors.E_CANNOT_GENERATE_URL)
    expect(error).toHaveProperty('cause.message', expect.stringContaining('not public'))
  })

  it('gives a URL for one upload, whose file is then on the disk', async () => {
    const disk = createDisk()
    await disk.put('avatars/1.png', 'the old one')
    const url = await disk.getSignedUploadUrl('avatars/1.png')
    expect((await put(url, 'the new one')).status).toBe(204)
    expect(await disk.get('avatars/1.png')).toBe('the new one')
    expect((await put(url, 'once more')).status).toBe(404)
  })

  it('holds an upload to the type and the size that were signed', async () => {
    const disk = createDisk()
    const url = await disk.getSignedUploadUrl('a.csv', {
      contentType: 'text/csv',
      contentSize: 3,
      expiresIn: '5 mins',
    })
    expect((await put(url, 'a,b', 'image/png')).status).toBe(415)
    expect((await put(url, 'a,b,c', 'text/csv')).status).toBe(413)
    expect(await disk.exists('a.csv')).toBe(false)
    expect((await put(url, 'a,b', 'text/csv')).status).toBe(204)
  })

  it('holds all uploads to the limits of its own', async () => {
    const disk = createDisk({ uploads: { maxBytes: 3 } })
    expect((await put(await disk.getSignedUploadUrl('a.txt'), 'long')).status).toBe(413)
    await expect(disk.getSignedUploadUrl('a.txt', { contentSize: 4 })).rejects.toThrow(
      errors.E_CANNOT_GENERATE_URL,
    )
  })

  it('takes no uploads where they are switched off', async () => {
    const disk = createDisk({ uploads: false })
    await expect(disk.getSignedUploadUrl('a.txt')).rejects.toThrow(errors.E_CANNOT_GENERATE_URL)
    await disk.put('a.txt', 'A')
    expect(await disk.getSignedUrl('a.txt')).toContain('?')
  })

  it("makes no URL for the storage's own folder", async () => {
    const disk = createDisk()
    for (const key of ['a/.titofisto/x', 'a/.Titofisto/x']) {
      await expect(disk.getSignedUploadUrl(key)).rejects.toThrow(errors.E_CANNOT_GENERATE_URL)
      await expect(disk.getSignedUrl(key)).rejects.toThrow(errors.E_CANNOT_GENERATE_URL)
    }
  })

  it('may stand beside another one, under a kind of its own', async () => {
    createDisk()
    expect(() => createDisk()).toThrow('"flydrive" is defined already')
    const disk = createDisk({ kind: 'second-disk' })
    expect((await put(await disk.getSignedUploadUrl('a.txt'), 'A')).status).toBe(204)
  })
})

describe('createDriveUrls()', () => {
  it('gives hooks that stand for themselves', async () => {
    const { generateURL, generateSignedURL, generateSignedUploadURL } = createDriveUrls(stage.files)
    await stage.files.storage.save('public/a.txt', 'A')
    // Without an origin they are as mediaUrl has them.
    expect(await generateURL('public/a.txt')).toBe('/media/public/a.txt')
    expect(await generateSignedURL('public/a.txt', '/x', { expiresIn: '30 mins' })).toBe(
      '/media/public/a.txt',
    )
    expect(await generateSignedUploadURL?.('b.txt', '/x')).toMatch(/^\/media\/titofisto\/upload\//)
  })

  it.each([
    [{ origin: 'files.example' }, 'origin'],
    [{ uploads: true }, 'uploads'],
    [{ uploads: { maxBites: 3 } }, 'maxBites'],
    [{ kind: 5 }, 'kind'],
    [{ uplods: false }, 'uplods'],
  ])('refuses %j', (options, option) => {
    expect(() => createDriveUrls(stage.files, options as never)).toThrow(`"${option}"`)
  })
})

describe("FlyDrive's disk over our driver", () => {
  it('writes and reads texts, bytes and streams', async () => {
    const disk = ourDisk()
    await disk.put('notes/a.txt', 'Grüße')
    await disk.put('notes/b.bin', new Uint8Array([0, 255]))
    await disk.putStream('notes/c.txt', Readable.from(['on', 'e']))
    expect(await disk.get('notes/a.txt')).toBe('Grüße')
    expect(await disk.getBytes('notes/b.bin')).toEqual(new Uint8Array([0, 255]))
    expect(await text(await disk.getStream('notes/c.txt'))).toBe('one')
    await disk.put('notes/a.txt', '')
    expect(await disk.get('notes/a.txt')).toBe('')
    expect(await disk.exists('notes/a.txt')).toBe(true)
    expect(await disk.exists('notes')).toBe(false)
  })

  it('gives bytes that share no memory with others', async () => {
    const disk = ourDisk()
    await disk.put('a.txt', 'A')
    expect((await disk.getBytes('a.txt')).buffer.byteLength).toBe(1)
  })

  it('reads ranges, both ends included', async () => {
    const driver = createDriveDriver(stage.files, flydrive)
    await driver.put('a.txt', '0123456789')
    const read = async (range: { start?: number; end?: number }) => {
      const bytes = await driver.getBytes('a.txt', { range })
      const streamed = await text(await driver.getStream('a.txt', { range }))
      expect(streamed).toBe(Buffer.from(bytes).toString())
      return streamed
    }
    expect(await read({ start: 2, end: 4 })).toBe('234')
    expect(await read({ start: 8 })).toBe('89')
    expect(await read({ end: 1 })).toBe('01')
    expect(await read({ start: 0, end: 9 })).toBe('0123456789')
    expect(await read({})).toBe('0123456789')
    for (const range of [
      { start: 10 },
      { end: 10 },
      { start: 4, end: 2 },
      { start: -1 },
      { start: 1.5 },
    ])
      await expect(driver.getStream('a.txt', { range })).rejects.toThrow(RangeError)
  })

  it('keeps the old file where a stream fails, before or after its first bytes', async () => {
    const disk = ourDisk()
    await disk.put('a.txt', 'old')
    const broken = Readable.from(
      (async function* () {
        yield 'ne'
        throw new Error('The source broke.')
      })(),
    )
    await expect(disk.putStream('a.txt', broken)).rejects.toThrow(errors.E_CANNOT_WRITE_FILE)
    const missing = join(stage.root, 'none.txt')
    await expect(disk.copyFromFs(missing, 'a.txt')).rejects.toThrow(errors.E_CANNOT_WRITE_FILE)
    expect(await disk.get('a.txt')).toBe('old')
  })

  it('closes a file whose stream is left early', async () => {
    const disk = ourDisk()
    await disk.put('a.bin', new Uint8Array(1024 * 1024))
    const unread = await disk.getStream('a.bin')
    const begun = await disk.getStream('a.bin')
    await once(begun, 'readable')
    begun.read()
    begun.destroy()
    unread.destroy()
    await until(() => countDescriptors(stage.root) === 0, 'both are closed')
  })

  it('tells what it knows of a file', async () => {
    const disk = ourDisk()
    await disk.put('a.txt', 'A')
    const facts = await stage.files.storage.stat('a.txt')
    const known = await disk.getMetaData('a.txt')
    expect(known).toMatchObject({ contentType: 'text/plain', contentLength: 1, etag: facts?.etag })
    expect(known.lastModified.getTime()).toBe(Math.floor(Number(facts?.mtimeNs) / 1e6))
    const response = await fetch(await disk.getSignedUrl('a.txt'))
    expect(response.headers.get('etag')).toBe(known.etag)
  })

  it('copies, moves and deletes', async () => {
    const disk = ourDisk()
    await disk.put('a.txt', 'A')
    await disk.put('b.txt', 'B')
    await disk.copy('a.txt', 'b.txt')
    expect([await disk.get('a.txt'), await disk.get('b.txt')]).toEqual(['A', 'A'])
    await disk.put('a.txt', 'A2')
    await disk.move('a.txt', 'c/d.txt')
    expect(await disk.exists('a.txt')).toBe(false)
    expect(await disk.get('c/d.txt')).toBe('A2')
    await disk.delete('c/d.txt')
    await disk.delete('c/d.txt')
    expect(await disk.exists('c/d.txt')).toBe(false)
    await mkdir(join(stage.root, 'elsewhere'))
    const local = join(stage.root, 'elsewhere/x.txt')
    await writeFile(local, 'X')
    await disk.moveFromFs(local, 'x.txt')
    expect(await disk.get('x.txt')).toBe('X')
    await expect(readFile(local)).rejects.toThrow('ENOENT')
  })

  it("says in FlyDrive's words, and with ours as the cause, that a file is not there", async () => {
    const disk = ourDisk()
    for (const [ask, FlydriveError] of [
      [() => disk.get('none.txt'), errors.E_CANNOT_READ_FILE],
      [() => disk.getBytes('none.txt'), errors.E_CANNOT_READ_FILE],
      [() => disk.getStream('none.txt'), errors.E_CANNOT_READ_FILE],
      [() => disk.getMetaData('none.txt'), errors.E_CANNOT_GET_METADATA],
      [() => disk.getSignedUrl('none.txt'), errors.E_CANNOT_GENERATE_URL],
      [() => disk.copy('none.txt', 'a.txt'), errors.E_CANNOT_COPY_FILE],
      [() => disk.move('none.txt', 'a.txt'), errors.E_CANNOT_MOVE_FILE],
    ] as const) {
      const error = await (ask() as Promise<unknown>).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(FlydriveError)
      const { cause } = error as Error
      expect(isTitofistoError(cause) && cause.code).toBe('file-missing')
    }
  })

  it('lists a folder: its files, and its folders once', async () => {
    const disk = ourDisk()
    for (const key of ['a/x.txt', 'a/b/1.txt', 'a/b/2.txt', 'a/c/d/3.txt', 'ab.txt', 'a-b/4.txt'])
      await disk.put(key, key)
    expect(await listed(disk, 'a')).toEqual(['a/b/', 'a/c/', 'a/x.txt'])
    expect(await listed(disk, '/')).toEqual(['a-b/', 'a/', 'ab.txt'])
    expect(await listed(disk, '')).toEqual(['a-b/', 'a/', 'ab.txt'])
    expect(await listed(disk, 'none')).toEqual([])
    const { objects } = await disk.listAll('a')
    const file = [...objects].find((object) => object.isFile)
    expect(file).toBeInstanceOf(DriveFile)
    expect(await (file as InstanceType<typeof DriveFile>).get()).toBe('a/x.txt')
    expect([...objects].find((object) => object.isDirectory)).toBeInstanceOf(DriveDirectory)
  })

  it('lists a folder page by page, too, without a look at all that is below it', async () => {
    const disk = ourDisk()
    for (const key of ['a/x.txt', 'a/b/1.txt', 'a/b/2.txt', 'a/c/3.txt']) await disk.put(key, key)
    const pages: string[][] = []
    let paginationToken: string | undefined
    do {
      const options = { maxResults: 2, ...(paginationToken !== undefined && { paginationToken }) }
      const page = await disk.listAll('a', options)
      pages.push([...page.objects].map((object) => (object.isFile ? object.key : object.prefix)))
      paginationToken = page.paginationToken
    } while (paginationToken !== undefined)
    expect(pages).toEqual([['a/b', 'a/c'], ['a/x.txt']])
  })

  it('keeps the media type of what is put, copied and moved, over a storage that can', async () => {
    const storage = new MapStorage(join(stage.root, 'spool'))
    const files = createTitofisto({ secret, storage, sweepSeconds: 0 })
    const disk = new Disk(createDriveDriver(files, flydrive))
    await disk.put('a', '%PDF', { contentType: 'application/pdf' })
    await disk.copy('a', 'b')
    await disk.copy('a', 'c', { contentType: 'text/plain' })
    await disk.move('a', 'd/e')
    const types = ['b', 'c', 'd/e'].map(async (key) => (await disk.getMetaData(key)).contentType)
    expect(await Promise.all(types)).toEqual(['application/pdf', 'text/plain', 'application/pdf'])
    expect(await listed(disk, '/')).toEqual(['b', 'c', 'd/'])
    expect(await listed(disk, 'd')).toEqual(['d/e'])
    await files.close()
  })

  it('lists all below a folder, page by page', async () => {
    const disk = ourDisk()
    const keys = Array.from({ length: 1001 }, (_, index) => `many/${index % 7}/${index}.txt`)
    await Promise.all(keys.map((key) => disk.put(key, '')))
    const found: string[] = []
    let pages = 0
    for (let paginationToken: string | undefined; ;) {
      const page = await disk.listAll('many', {
        recursive: true,
        ...(paginationToken !== undefined && { paginationToken }),
      })
      pages += 1
      found.push(...[...page.objects].map((object) => (object.isFile ? object.key : '?')))
      paginationToken = page.paginationToken
      if (paginationToken === undefined) break
    }
    expect(pages).toBe(2)
    expect(found.toSorted()).toEqual(keys.toSorted())
  })

  it('deletes a folder, and not what only begins with its name', async () => {
    const disk = ourDisk()
    for (const key of ['a/x.txt', 'a/b/1.txt', 'ab.txt']) await disk.put(key, key)
    await disk.deleteAll('a')
    expect(await listed(disk, '/')).toEqual(['ab.txt'])
    await disk.deleteAll('/')
    expect(await listed(disk, '/')).toEqual([])
  })

  it('promises no visibility that a name does not have', async () => {
    const disk = ourDisk()
    await disk.put('public/a.txt', 'A', { visibility: 'public' })
    await disk.put('b.txt', 'B', { visibility: 'private' })
    expect(await disk.getVisibility('public/a.txt')).toBe('public')
    expect(await disk.getVisibility('b.txt')).toBe('private')
    await disk.setVisibility('b.txt', 'private')
    await expect(disk.setVisibility('b.txt', 'public')).rejects.toThrow(
      errors.E_CANNOT_SET_VISIBILITY,
    )
    await expect(disk.put('public/c.txt', 'C', { visibility: 'private' })).rejects.toThrow(
      errors.E_CANNOT_WRITE_FILE,
    )
    expect(await disk.exists('public/c.txt')).toBe(false)
    await expect(disk.copy('b.txt', 'd.txt', { visibility: 'public' })).rejects.toThrow(
      errors.E_CANNOT_COPY_FILE,
    )
  })

  it('has no buckets', () => {
    expect(() => createDriveDriver(stage.files, flydrive).bucket('other')).toThrow('no buckets')
  })

  it("is what FlyDrive's manager takes, and its snapshots lead back to the file", async () => {
    const manager = new DriveManager({
      default: 'files',
      services: { files: () => createDriveDriver(stage.files, flydrive) },
    })
    const disk = manager.use()
    await disk.put('a.txt', 'A')
    const snapshot = await disk.file('a.txt').toSnapshot()
    expect(await disk.fromSnapshot(snapshot).get()).toBe('A')
  })
})

describe('a duration', () => {
  it.each([
    ['30 mins', 1800],
    ['30mins', 1800],
    ['1 minute', 60],
    ['1.5h', 5400],
    ['2 days', 172_800],
    ['1w', 604_800],
    ['1 YEAR', 31_557_600],
    ['1500 ms', 2],
    [0.2, 1],
    [90, 90],
  ])('of %j is %d seconds', (duration, seconds) => {
    expect(parseDriveDuration(duration)).toBe(seconds)
  })

  it('of anything else is none, in whole seconds from 1 on', () => {
    fc.assert(
      fc.property(fc.anything(), (duration) => {
        const seconds = parseDriveDuration(duration)
        if (seconds !== null) expect(seconds).toBeGreaterThanOrEqual(1)
        if (seconds !== null && seconds !== Infinity) expect(Number.isInteger(seconds)).toBe(true)
      }),
    )
  })
})

async function listed(disk: InstanceType<typeof Disk>, prefix: string): Promise<string[]> {
  const { objects } = await disk.listAll(prefix)
  return [...objects].map((object) => (object.isFile ? object.key : `${object.prefix}/`)).toSorted()
}

function put(url: string, body: string, type = 'application/octet-stream'): Promise<Response> {
  return fetch(url, { method: 'PUT', body, headers: { 'Content-Type': type } })
}
