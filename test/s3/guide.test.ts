// The first program of docs/s3.md, on a real S3.

import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { moto } from '../support/engines/s3-engines.ts'
import { runGuide } from '../support/guide.ts'

it.skipIf(moto.missing !== null)(
  `docs/s3.md serves what it keeps in S3${moto.missing === null ? '' : ` (${moto.missing})`}`,
  { timeout: 120_000 },
  async () => {
    const engine = await moto.start()
    try {
      await engine.connect().send(new CreateBucketCommand({ Bucket: 'letters' }))
      const said = await runGuide('s3', {
        packages: ['@aws-sdk', '@smithy'],
        snippets: [0],
        beginning: `
process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:${engine.port}'
process.env['AWS_ACCESS_KEY_ID'] = 'a'
process.env['AWS_SECRET_ACCESS_KEY'] = 'a'
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
const secret = 'a secret of many letters, for examples'`,
        ending: `
const name = await storage.save('notes/hello.txt', 'Hello')
const url = new URL(await files.url(name), 'http://localhost')
console.log(await (await files.fetch(new Request(url))).text())
await files.close()
process.exit()`,
      })
      expect(said).toBe('Hello\n')
    } finally {
      await engine.stop()
    }
  },
)
