import { describe, expect, it } from 'vitest'
import { describeStorage } from '../contracts/storage-contract.ts'
import { ceph } from '../support/engines/s3-engines.ts'
import { describeDownloadFaults } from './s3-download-faults.ts'
import { describeEngine } from './s3-ground.ts'
import { describeReading } from './s3-reading.ts'
import { describeRedirects } from './s3-redirects.ts'
import { describeSaving } from './s3-saving.ts'
import { describeServers } from './s3-servers.ts'
import { describeUploadFaults } from './s3-upload-faults.ts'

describeEngine(ceph, (ground) => {
  describeStorage('a bucket', () => ground.createStorage(), ['lasting-opens', 'atomic-moves'])
  describe('a bucket that keeps versions, in which this version of Ceph heeds no If-None-Match', () => {
    it('is refused for saves, and serves for the rest', async () => {
      const storage = await ground.createStorage({ bucket: ground.versionedBucket })
      await expect(storage.save('f', 'x')).rejects.toThrow(/does not heed If-None-Match/)
      await storage.save('f', 'first', { onTaken: 'replace' })
      const opened = await storage.open('f')
      await storage.save('f', 'second', { onTaken: 'replace' })
      const chunks: Uint8Array[] = []
      for await (const chunk of opened?.chunks(0, 5) ?? []) chunks.push(chunk)
      expect(Buffer.concat(chunks).toString()).toBe('first')
      expect(await storage.readText('f')).toBe('second')
    })
  })
  describeReading(ground)
  describeRedirects(ground)
  describeSaving(ground, { isAtomic: true })
  describeDownloadFaults(ground)
  describeUploadFaults(ground)
  describeServers(ground)
})
