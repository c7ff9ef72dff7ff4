// The page of widgets.test.ts: sends a file of so many bytes by one of the widgets.

import { sendByDropzone } from './dropzone.mjs'
import { sendByFilePond } from './filepond.mjs'
import { sendByUppyXhr } from './uppy-xhr.mjs'

const widgets = { Dropzone: sendByDropzone, FilePond: sendByFilePond, UppyXhr: sendByUppyXhr }

globalThis.send = (widget, url, { sizeBytes, ...more }) => {
  const bytes = new Uint8Array(sizeBytes).map((_, index) => index % 251)
  const file = new File([bytes], 'Größe 日本.csv', { type: 'text/csv' })
  return widgets[widget](url, file, more)
}

// Functions can't come from the test.
globalThis.sendForNothing = (url) =>
  sendByUppyXhr(url, new File(['x'], 'a.txt'), { getResponseData: () => ({}) })
globalThis.isReady = true
