// Uppy's XHR plug-in for widgets.test.ts.

import Uppy from '@uppy/core'
import XHRUpload from '@uppy/xhr-upload'

export const sendByUppyXhr = async (url, file, more) => {
  const uppy = new Uppy({ logger: { debug() {}, warn() {}, error() {} } })
  uppy.use(XHRUpload, {
    endpoint: url,
    // A slot is used up by one upload: what was refused once is refused again.
    shouldRetry: () => false,
    ...more,
  })
  uppy.addFile(file)
  const ended = new Promise((resolve) => {
    uppy.on('upload-success', (_, { status, body }) =>
      resolve({ status, text: JSON.stringify(body) }),
    )
    uppy.on('upload-error', (_, error, xhr) =>
      resolve({ status: xhr?.status, text: xhr?.responseText ?? error.message }),
    )
  })
  await uppy.upload()
  return ended
}
