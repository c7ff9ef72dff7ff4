// The storage's contract on the file systems that this machine can mount; docs/file-systems.md says
// in a table what these tests hold.

import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createLocalStorage } from '../../src/storage/local/local.ts'
import type { LocalStorage } from '../../src/storage/local/local.ts'
import { describeStorage } from '../contracts/storage-contract.ts'
import { mountKinds, tryToMount } from '../support/mounts.ts'
import type { MountKind } from '../support/mounts.ts'
import { describeUnless } from '../support/unless.ts'

for (const kind of mountKinds) {
  const mounted = tryToMount(kind)
  if ('skipReason' in mounted) describeUnless(mounted.skipReason, kind.name, () => it('is there'))
  else describeMounted(kind, mounted.path, mounted.unmount)
}

function describeMounted(kind: MountKind, mountPath: string, unmount: () => void): void {
  async function create(durable: boolean): Promise<LocalStorage> {
    const root = await mkdtemp(join(mountPath, 'root-'))
    return createLocalStorage({ root, durable })
  }

  describe(kind.name, () => {
    afterAll(unmount)

    const lacks = [
      ...(kind.takesAllNames ? [] : ['all-names' as const]),
      ...(kind.replacesAtomically ? [] : ['atomic-replaces' as const]),
    ]
    describeStorage(kind.name, () => create(true), lacks, kind.untried)

    describe('its files', () => {
      let storage: LocalStorage
      beforeEach(async () => {
        storage = await create(true)
      })

      it('never share their bytes', async () => {
        await mkdir(storage.spoolFolder, { recursive: true })
        const spooled = join(storage.spoolFolder, 'upload')
        await writeFile(spooled, 'hello')
        const names = await Promise.all(
          ['a', 'b', 'b'].map((name) => storage.adopt(name, spooled, { keepSpooled: true })),
        )
        // In place: the same inode, with other bytes.
        for (const name of names) await writeFile(join(storage.root, name), `hello ${name}`)
        for (const name of names)
          expect(await readFile(join(storage.root, name), 'utf8')).toBe(`hello ${name}`)
      })

      it('are reached by other capitals only where it takes these for one name', async () => {
        await storage.save('Photo.jpg', 'first')
        expect(await storage.exists('PHOTO.JPG')).toBe(kind.foldsCase)
        const second = await storage.save('photo.JPG', 'second')
        expect(second === 'photo.JPG').toBe(!kind.foldsCase)
        expect(await readFile(join(storage.root, 'Photo.jpg'), 'utf8')).toBe('first')
      })

      it("never lead into the storage's own folder, however it is spelled", async () => {
        await storage.save('f', 'x')
        await mkdir(storage.spoolFolder, { recursive: true })
        await writeFile(join(storage.spoolFolder, 'private'), 'secret')
        for (const name of [
          '.TITOFISTO',
          '.TitoFisto',
          '.titofisto ',
          '.titofisto.',
          'TITOFI~1',
          '.titoﬁsto',
        ]) {
          expect(await storage.open(`${name}/spool/private`)).toBeNull()
          await expect(storage.save(`${name}/x`, 'x')).rejects.toMatchObject({
            code: 'name-invalid',
          })
        }
      })

      it('have names that it takes, or the caller is told that the name is at fault', async () => {
        const long = 'ü'.repeat(200)
        const otherLong = 'ö'.repeat(200)
        for (const name of ['a:b', 'a?.txt', 'a ', 'a.', 'con', 'a*', long, `${otherLong}/f`]) {
          const saved = await storage.save(name, 'x').catch((error: unknown) => error)
          if (typeof saved === 'string') expect(await storage.exists(saved)).toBe(true)
          else expect(saved).toMatchObject({ code: 'name-invalid' })
        }
        expect(
          (await readdir(storage.root)).filter((name) => name.startsWith('.titofisto-')),
        ).toEqual([])
      })

      it('are moved by one of many', async () => {
        await storage.save('f', 'x')
        const outcomes = await Promise.allSettled(
          [1, 2, 3, 4].map((n) => storage.move('f', `g${n}`)),
        )
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect((await storage.list()).files).toHaveLength(1)
      })
    })
  })
}
