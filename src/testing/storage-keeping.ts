// What a storage must do that keeps more of a file than its bytes, and one that doesn't.

import assert from 'node:assert/strict'
import type { SaveOptions } from '../storage/storage.ts'
import { listNames, openFile, spool, type StorageCase } from './storage-case.ts'

/** The case of `keeps`. */
export const keepingCases: readonly StorageCase[] = [
  {
    name: 'keeps a media type and metadata where it says so, and refuses them where it does not',
    async run(storage) {
      const kept = { contentType: 'text/x-kept', metadata: { 'sent-by': 'Zoë', a: '' } } as const
      for (const option of ['contentType', 'metadata'] as const) {
        const saving: SaveOptions = { [option]: kept[option] }
        if (storage.keeps?.includes(option) !== true) {
          await assert.rejects(storage.save('f', 'x', saving), TypeError, option)
          assert.deepEqual(await listNames(storage), [], option)
          continue
        }
        const saved = await storage.save(`${option}/saved`, 'x', saving)
        const adopted = await storage.adopt(`${option}/a`, await spool(storage, 'x'), saving)
        const copied = await storage.copy(saved, `${option}/copied`)
        const moved = await storage.move(adopted, `${option}/moved`)
        for (const name of [saved, copied, moved]) {
          const opened = await openFile(storage, name)
          await opened.close()
          assert.deepEqual(opened.facts[option], kept[option], name)
          assert.deepEqual((await storage.stat(name))?.[option], kept[option], name)
        }
        await storage.save(saved, 'y', { onTaken: 'replace' })
        assert.equal((await storage.stat(saved))?.[option], undefined, 'what is replaced is gone')
      }
    },
  },
]
