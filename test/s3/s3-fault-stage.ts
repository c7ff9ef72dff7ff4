// A server over S3 whose way to it goes wrong when it is told to.

import type { Fault } from '../support/engines/fault-proxy.ts'
import type { S3Ground } from './s3-ground.ts'

/** What tests of faults have. */
export function openFaultStage(ground: S3Ground) {
  const bytes = Buffer.from(Uint8Array.from({ length: 2_000_000 }, (_, index) => index % 251))

  async function serveFile() {
    const storage = await ground.createStorage({ timeoutSeconds: 1 })
    await storage.save('f.bin', bytes)
    const app = await ground.serve(storage)
    const slot = app.files.slot('inbox', {
      handler: async ({ file }) => ({ name: await file.save('inbox/up.bin') }),
    })
    return { storage, slot, ...app, url: await app.files.url('f.bin') }
  }

  /** The same fault in each request that matches. */
  function always(fault: Fault, method = 'GET'): void {
    ground.proxy.choose = (request) => (request.method === method ? fault : null)
  }

  return { bytes, serveFile, always }
}
