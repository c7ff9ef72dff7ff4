// Dropzone for widgets.test.ts.

import { Dropzone } from 'dropzone'

export const sendByDropzone = (url, file, more) => {
  const element = document.createElement('div')
  document.body.append(element)
  const dropzone = new Dropzone(element, {
    url,
    // Else a refusal comes as JSON, and is shown so.
    headers: { Accept: 'text/plain' },
    ...more,
  })
  const ended = new Promise((resolve) => {
    dropzone.on('success', ({ xhr }, answer) =>
      resolve({ status: xhr.status, text: JSON.stringify(answer) }),
    )
    dropzone.on('error', (_, words, xhr) => resolve({ status: xhr?.status, text: words }))
  })
  dropzone.addFile(file)
  return ended
}
