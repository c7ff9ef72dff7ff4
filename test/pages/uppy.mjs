// The page of uppy.test.ts: one Uppy with its Tus plug-in, and what the test calls.

import Uppy from '@uppy/core'
import Tus from '@uppy/tus'

globalThis.begin = (options, sizeBytes) => {
  const uppy = new Uppy({ logger: { debug() {}, warn() {}, error() {} } })
  globalThis.uppy = uppy.use(Tus, options)
  const bytes = new Uint8Array(sizeBytes).map((_, index) => index % 251)
  // By name, type, size and date Uppy knows the file again after the page was loaded again.
  uppy.addFile(new File([bytes], 'film.bin', { type: 'application/x-film', lastModified: 1 }))
  globalThis.ended = new Promise((resolve) => {
    uppy.on('complete', ({ successful, failed }) =>
      resolve({ successful: successful.length, failed: failed.map((file) => file.error) }),
    )
  })
  uppy.upload().catch(() => {})
}
globalThis.isReady = true
