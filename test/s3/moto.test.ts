import { describeStorage } from '../contracts/storage-contract.ts'
import { moto } from '../support/engines/s3-engines.ts'
import { describeDownloadFaults } from './s3-download-faults.ts'
import { describeLesserEngines } from './s3-engines-differ.ts'
import { describeEngine } from './s3-ground.ts'
import { describeReading } from './s3-reading.ts'
import { describeRedirects } from './s3-redirects.ts'
import { describeSaving } from './s3-saving.ts'
import { describeServers } from './s3-servers.ts'
import { describeUploadFaults } from './s3-upload-faults.ts'

describeEngine(moto, (ground) => {
  describeStorage('a bucket', () => ground.createStorage(), ['lasting-opens', 'atomic-moves'])
  describeStorage(
    'a bucket that keeps versions',
    () => ground.createStorage({ bucket: ground.versionedBucket }),
    ['atomic-moves'],
  )
  describeReading(ground)
  describeRedirects(ground)
  // It looks, and then stores in another step.
  describeSaving(ground, { isAtomic: false })
  describeDownloadFaults(ground)
  describeUploadFaults(ground)
  describeServers(ground)
  describeLesserEngines(ground)
})
